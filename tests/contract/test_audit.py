"""What every audit record must do: in memory, on SQLite, on PostgreSQL; and what the files of its keys must."""

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from appservice.audit_port import AuditLog, Selection
from appservice.domain.audit.chain import START as NO_ENTRY
from appservice.domain.audit.chain import AuditEntry, Head
from appservice.domain.audit.events import Alarm, AlarmCleared, Announced, Claimed, Released
from appservice.domain.audit.pseudonyms import KeyShelf, Period, Pseudonyms
from appservice.domain.audit.values import GUEST, SERVICE, Actor, ActorKind, Code
from appservice.domain.audit.verification import Verifier
from appservice.domain.errors import ConfigurationError
from appservice.domain.ids import DeskId, SignalementId, UserId
from appservice.ports import Stores
from appservice.store.audit import KeyFiles, SqlAuditLog
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from tests.databases import DATABASES
from tests.fakes.audit import FakeAuditLog, FakeKeyShelf
from tests.fakes.stores import FakeStores
from tests.fakes.world import START, FakeClock, FakeRandomness
from tests.postgres import Postgres
from tests.unit.factories import a_signalement
from tests.waiting import until

AGENT = UserId("@agent:example.org")
DESK = DeskId("guyancourt")
FIRST, SECOND = Claimed(DESK), Released(DESK)


@dataclass
class Record:
    log: AuditLog
    stores: Stores
    clock: FakeClock


@pytest.fixture(params=DATABASES)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'veilleuse.db'}"
    postgres = request.getfixturevalue("postgres")
    address: str = postgres.url(await postgres.new_database())
    return address


@pytest.fixture(params=["fake", *DATABASES])
async def record(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Record]:
    clock = FakeClock()
    if request.param == "fake":
        stores = FakeStores()
        yield Record(FakeAuditLog(stores, clock), stores, clock)
        return
    address = f"sqlite:///{tmp_path / 'veilleuse.db'}"
    if request.param == "postgres":
        postgres = request.getfixturevalue("postgres")
        address = postgres.url(await postgres.new_database())
    database = Database(address)
    await database.start()
    pseudonyms = Pseudonyms(KeyFiles(tmp_path / "keys"), FakeRandomness())
    yield Record(SqlAuditLog(database, pseudonyms, clock), SqlStores(database), clock)
    await database.stop()


async def all_of(log: AuditLog, selection: Selection = Selection(), batch: int = 100) -> list[AuditEntry]:  # noqa: B008 immutable
    return [entry async for entries in log.entries(selection, batch) for entry in entries]


async def is_whole(log: AuditLog) -> bool:
    verifier = Verifier(recorded=await log.head())
    async for entries in log.stored():
        verifier.feed(entries)
    return verifier.finish() is None


async def test_a_record_begins_empty(record: Record) -> None:
    assert await record.log.head() == NO_ENTRY
    assert await all_of(record.log) == []
    assert await is_whole(record.log)


async def test_an_entry_comes_back_as_it_was_told(record: Record) -> None:
    agent = Actor(ActorKind.AGENT, record.log.person(AGENT))
    record.clock.advance(timedelta(microseconds=1999))
    added = await record.log.append(FIRST, agent, a_signalement())
    assert (added.sequence, added.event, added.actor) == (1, FIRST, agent)
    assert added.at == START + timedelta(milliseconds=1)
    assert added.signalement == record.log.signalement(a_signalement())
    assert await all_of(record.log) == [added]
    assert await record.log.head() == Head(1, added.hash)


async def test_each_entry_is_linked_to_the_one_before_and_the_chain_is_whole(record: Record) -> None:
    for number in range(5):
        await record.log.append(FIRST if number % 2 else Alarm(Code("late")), GUEST, a_signalement())
    entries = await all_of(record.log)
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert await is_whole(record.log)


async def test_act_and_entry_take_place_together(record: Record) -> None:
    async with record.stores.transaction():
        await record.stores.add(a_signalement())
        await record.log.append(Announced(DESK), SERVICE, a_signalement())
    assert await record.stores.by_id(a_signalement().signalement_id) == a_signalement()
    assert [entry.event for entry in await all_of(record.log)] == [Announced(DESK)]


async def test_or_neither_does(record: Record) -> None:
    await record.log.append(FIRST)
    before = await record.log.head()

    async def fail() -> None:
        async with record.stores.transaction():
            await record.stores.add(a_signalement())
            await record.log.append(SECOND, SERVICE, a_signalement())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await record.stores.by_id(a_signalement().signalement_id) is None
    assert await record.log.head() == before
    await record.log.append(SECOND)
    assert [entry.event for entry in await all_of(record.log)] == [FIRST, SECOND]
    assert await is_whole(record.log)


async def test_entries_are_found_by_time_kind_and_signalement(record: Record) -> None:
    other = replace(a_signalement(), signalement_id=SignalementId("another"))
    told = [
        await record.log.append(FIRST, SERVICE, a_signalement()),
        await record.log.append(Alarm(Code("late")), SERVICE, other),
    ]
    record.clock.advance(timedelta(seconds=1))
    told.append(await record.log.append(SECOND, SERVICE, a_signalement()))
    record.clock.advance(timedelta(seconds=1))
    told.append(await record.log.append(AlarmCleared(Code("late"))))
    a_second_later, a_moment_after = told[2].at, told[2].at + timedelta(microseconds=1)
    name = record.log.signalement(a_signalement())

    async def found(selection: Selection) -> list[int]:
        return [entry.sequence for entry in await all_of(record.log, selection, batch=2)]

    assert await found(Selection()) == [1, 2, 3, 4]
    assert await found(Selection(since=a_second_later)) == [3, 4]
    assert await found(Selection(since=a_moment_after)) == [4]
    assert await found(Selection(until=a_second_later)) == [1, 2]
    assert await found(Selection(until=a_moment_after)) == [1, 2, 3]
    assert await found(Selection(kinds=(Alarm, AlarmCleared))) == [2, 4]
    assert await found(Selection(signalement=name)) == [1, 3]
    assert await found(Selection(since=a_second_later, kinds=(Claimed, Released), signalement=name)) == [3]
    assert await found(Selection(since=told[3].at + timedelta(seconds=1))) == []


async def test_reading_goes_in_batches_and_what_is_added_meanwhile_does_no_harm(record: Record) -> None:
    for _ in range(5):
        await record.log.append(FIRST)
    sizes = []
    async for entries in record.log.entries(batch=2):
        sizes.append(len(entries))
        await record.log.append(SECOND)
    assert sizes[:2] == [2, 2]
    assert sum(sizes) >= 5
    assert len(await all_of(record.log)) == 5 + len(sizes)
    assert await is_whole(record.log)


async def test_several_processes_append_to_one_chain(url: str, tmp_path: Path) -> None:
    databases = [Database(url) for _ in range(3)]
    for database in databases:
        await database.start()
    logs = [
        SqlAuditLog(database, Pseudonyms(KeyFiles(tmp_path / "keys"), FakeRandomness()), FakeClock())
        for database in databases
    ]
    await asyncio.gather(*(log.append(FIRST, SERVICE, a_signalement()) for _ in range(20) for log in logs))
    entries = await all_of(logs[0])
    assert [entry.sequence for entry in entries] == list(range(1, 61))
    assert len({entry.signalement for entry in entries}) == 1
    assert await is_whole(logs[1])
    for database in databases:
        await database.stop()


@pytest.mark.parametrize("fails", [False, True])
async def test_who_appends_waits_for_the_end_of_a_transaction_that_has_appended(
    postgres: Postgres, fails: bool
) -> None:
    database = Database(postgres.url(await postgres.new_database()))
    await database.start()
    log = SqlAuditLog(database, Pseudonyms(FakeKeyShelf(), FakeRandomness()), FakeClock())
    appended, go_on = asyncio.Event(), asyncio.Event()
    happened: list[str] = []

    async def slow() -> None:
        async with database.transaction():
            await log.append(FIRST)
            appended.set()
            await go_on.wait()
            happened.append("the first ends")
            if fails:
                raise ZeroDivisionError

    async def other() -> AuditEntry:
        entry = await log.append(SECOND)
        happened.append("the second has appended")
        return entry

    async def is_blocked() -> bool:
        query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return await database.row(query) is not None

    first = asyncio.create_task(slow())
    await appended.wait()
    second = asyncio.create_task(other())
    await until(is_blocked)
    go_on.set()
    outcome, entry = await asyncio.gather(first, second, return_exceptions=True)
    assert isinstance(outcome, ZeroDivisionError) is fails
    assert happened == ["the first ends", "the second has appended"]
    assert await all_of(log) == [entry] if fails else (await all_of(log))[1:] == [entry]
    assert await is_whole(log)
    await database.stop()


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET kind = 'alarm'", "DELETE FROM audit_entry"])
async def test_the_database_refuses_to_change_an_entry(url: str, statement: str) -> None:
    database = Database(url)
    await database.start()
    log = SqlAuditLog(database, Pseudonyms(FakeKeyShelf(), FakeRandomness()), FakeClock())
    entry = await log.append(FIRST)
    with pytest.raises(Exception, match="only added to"):
        await database.execute(statement)
    assert await all_of(log) == [entry]
    await database.stop()


async def test_a_role_that_may_read_the_record_can_do_nothing_else(postgres: Postgres) -> None:
    name = await postgres.new_database()
    database = Database(postgres.url(name))
    await database.start()
    await SqlAuditLog(database, Pseudonyms(FakeKeyShelf(), FakeRandomness()), FakeClock()).append(FIRST)
    await database.execute(f"CREATE ROLE reader_of_{name} LOGIN")
    await database.execute(f"GRANT SELECT ON audit_entry, audit_head TO reader_of_{name}")
    reader = await asyncpg.connect(postgres.url(name).replace("postgres@", f"reader_of_{name}@"))
    try:
        assert await reader.fetchval("SELECT count(*) FROM audit_entry") == 1
        assert await reader.fetchval("SELECT sequence FROM audit_head") == 1
        for forbidden in (
            "SELECT * FROM signalement",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
            "UPDATE audit_entry SET kind = 'alarm'",
            "UPDATE audit_head SET sequence = 0",
            "INSERT INTO audit_entry SELECT * FROM audit_entry",
            "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await reader.execute(forbidden)
    finally:
        await reader.close()
        await database.stop()


async def test_a_record_without_its_head_is_not_appended_to(url: str) -> None:
    database = Database(url)
    await database.start()
    log = SqlAuditLog(database, Pseudonyms(FakeKeyShelf(), FakeRandomness()), FakeClock())
    await database.execute("DELETE FROM audit_head")
    operations: tuple[Callable[[], Awaitable[object]], ...] = (lambda: log.append(FIRST), log.head)
    for operation in operations:
        with pytest.raises(ConfigurationError, match="audit_head"):
            await operation()
    await database.stop()


@pytest.mark.parametrize(
    ("selection", "index"),
    [
        ("at >= 5 AND at < 9", "COVERING INDEX audit_entry_at (at>? AND at<?)"),
        ("kind IN ('alarm')", "COVERING INDEX audit_entry_kind (kind=?)"),
        ("signalement = 'abcdefghij234567'", "COVERING INDEX audit_entry_signalement (signalement=?)"),
    ],
)
async def test_the_ends_of_a_selection_are_found_by_an_index(tmp_path: Path, selection: str, index: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'veilleuse.db'}")
    await database.start()
    query = f"EXPLAIN QUERY PLAN SELECT min(sequence), max(sequence) FROM audit_entry WHERE TRUE AND {selection}"  # noqa: S608
    plan = [row["detail"] for row in await database.rows(query)]
    assert plan == [f"SEARCH audit_entry USING {index}"]
    await database.stop()


NOVEMBER, YEAR = Period("signalement-2026-11"), Period("person-2026")


@pytest.fixture(params=["fake", "files"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> KeyShelf:
    return FakeKeyShelf() if request.param == "fake" else KeyFiles(tmp_path / "keys")


def test_a_key_is_kept_once_and_dropped_for_good(shelf: KeyShelf) -> None:
    assert shelf.get(NOVEMBER) is None
    assert list(shelf.periods()) == []
    assert shelf.put(NOVEMBER, "first") == "first"
    assert shelf.put(NOVEMBER, "second") == "first"
    shelf.put(YEAR, "third")
    assert (shelf.get(NOVEMBER), shelf.get(YEAR)) == ("first", "third")
    assert sorted(shelf.periods()) == [YEAR, NOVEMBER]
    for _ in range(2):
        shelf.drop(NOVEMBER)
        assert shelf.get(NOVEMBER) is None
    assert list(shelf.periods()) == [YEAR]


def test_keys_are_in_files_of_their_owner_alone_and_no_draft_is_left(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    directory.mkdir(mode=0o755)
    shelf = KeyFiles(directory)
    for _ in range(2):
        shelf.put(NOVEMBER, "first")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in directory.iterdir()] == [(NOVEMBER, 0o600)]
    (directory / "notes.txt").touch()
    assert list(shelf.periods()) == [NOVEMBER]


def test_a_key_that_another_process_dropped_or_renewed_is_not_used_any_more(tmp_path: Path) -> None:
    one, another = KeyFiles(tmp_path / "keys"), KeyFiles(tmp_path / "keys")
    one.put(NOVEMBER, "first")
    assert another.get(NOVEMBER) == "first"
    one.drop(NOVEMBER)
    assert another.get(NOVEMBER) is None
    one.put(NOVEMBER, "second")
    assert another.get(NOVEMBER) == "second"


def test_a_dropped_key_is_no_longer_in_its_blocks(tmp_path: Path) -> None:
    shelf = KeyFiles(tmp_path / "keys")
    shelf.put(NOVEMBER, "a key that must go")
    second_name = tmp_path / "the same blocks"
    second_name.hardlink_to(tmp_path / "keys" / NOVEMBER)
    shelf.drop(NOVEMBER)
    assert b"must go" not in second_name.read_bytes()


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    shelf = KeyFiles(tmp_path / "keys")
    shelf.put(NOVEMBER, "first")
    (tmp_path / "keys" / NOVEMBER).chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        KeyFiles(tmp_path / "keys").get(NOVEMBER)
