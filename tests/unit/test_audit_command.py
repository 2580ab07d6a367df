"""The record on the command line: verified, exported, and signed for."""

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appservice.audit_command import export_record, sign_checkpoint, verdict, verify_record
from appservice.domain.audit.chain import GENESIS, START, StoredEntry
from appservice.domain.audit.checkpoint import Signer, new_secret, read_checkpoints
from appservice.domain.audit.events import Alarm, Claimed, PurgeStep
from appservice.domain.audit.pseudonyms import Pseudonyms
from appservice.domain.audit.values import Code
from appservice.domain.audit.verification import Flaw
from appservice.domain.erasure import Step
from appservice.domain.errors import ConfigurationError, InvalidInput
from appservice.domain.ids import DeskId
from appservice.store.audit import SqlAuditLog
from appservice.store.audit_verification import Verified, verify_chain
from appservice.store.database import Database, opened
from tests.fakes.audit import FakeKeyShelf
from tests.fakes.world import START as NOW
from tests.fakes.world import FakeClock, FakeRandomness
from tests.unit.factories import a_signalement

ENTRIES = 6
SIGNER = Signer(new_secret())


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A database with six entries, a minute apart."""
    path = tmp_path / "veilleuse.db"
    database, clock = Database(f"sqlite:///{path}"), FakeClock()
    await database.start()
    log = SqlAuditLog(database, Pseudonyms(FakeKeyShelf(), FakeRandomness()), clock)
    told = (Claimed(DeskId("rennes")), Alarm(Code("late")), PurgeStep(Step.KICK))
    for number in range(ENTRIES):
        await log.append(told[number % 3], of=a_signalement() if number % 3 else None)
        clock.advance(timedelta(minutes=1))
    await database.stop()
    return path


def url(file: Path) -> str:
    return f"sqlite:///{file}"


def tamper(file: Path, *statements: str) -> None:
    """With the database's own tools, as its administrator could."""
    with closing(sqlite3.connect(file)) as connection:
        for name in ("no_update", "no_delete", "leads"):
            connection.execute(f"DROP TRIGGER audit_entry_{name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def write_anew(file: Path, change: Callable[[StoredEntry], StoredEntry]) -> None:
    """Every entry changed, every hash computed again, and the head with them."""
    with closing(sqlite3.connect(file)) as connection:
        columns = ", ".join(StoredEntry._fields)
        stored = [StoredEntry(*row) for row in connection.execute(f"SELECT {columns} FROM audit_entry")]  # noqa: S608
    previous = GENESIS
    statements = []
    for entry in stored:
        entry = change(entry)._replace(previous=previous)
        previous = entry.hashed()
        statements.append(
            f"UPDATE audit_entry SET kind = '{entry.kind}', fields = '{entry.fields}', previous = '{entry.previous}',"  # noqa: S608
            f" hash = '{previous}' WHERE sequence = {entry.sequence}"
        )
    tamper(file, *statements, f"UPDATE audit_head SET hash = '{previous}'")  # noqa: S608


async def test_an_untouched_record_is_in_order(file: Path) -> None:
    verified = await verify_record(url(file))
    assert (verified.entries, verified.fault) == (ENTRIES, None)
    assert verdict(verified).startswith(
        "6 entries are in order. Whether the record was cut short or written anew, only"
    )


@pytest.mark.parametrize(
    ("statement", "sequence", "flaw"),
    [
        ("UPDATE audit_entry SET at = at + 1 WHERE sequence = 3", 3, Flaw.ALTERED),
        ("UPDATE audit_entry SET signalement = NULL WHERE sequence = 3", 3, Flaw.ALTERED),
        ("UPDATE audit_entry SET fields = x'00ff' WHERE sequence = 2", 2, Flaw.ALTERED),
        ("DELETE FROM audit_entry WHERE sequence = 4", 4, Flaw.OUT_OF_SEQUENCE),
        ("DELETE FROM audit_entry WHERE sequence = 1", 1, Flaw.OUT_OF_SEQUENCE),
        ("DELETE FROM audit_entry WHERE sequence > 4", 5, Flaw.TRUNCATED),
        ("DELETE FROM audit_entry", 1, Flaw.TRUNCATED),
        ("UPDATE audit_entry SET sequence = 9 WHERE sequence = 6", 6, Flaw.OUT_OF_SEQUENCE),
    ],
)
async def test_the_first_broken_entry_is_named(file: Path, statement: str, sequence: int, flaw: Flaw) -> None:
    tamper(file, statement)
    verified = await verify_record(url(file))
    assert verified.fault is not None
    assert (verified.fault.sequence, verified.fault.flaw) == (sequence, flaw)
    assert verdict(verified).startswith(f"Entry {sequence}: ")
    assert verdict(verified).endswith(f" The {verified.entries} entries before it are in order.")
    assert verified.entries >= sequence - 1


REBUILT = (
    "CREATE TABLE bare AS SELECT * FROM audit_entry",
    "DROP TABLE audit_entry",
    "ALTER TABLE bare RENAME TO audit_entry",
)
FORGED = "'agent:aaaaaaaaaaaaaaaa', kind, signalement, fields, previous, hash FROM audit_entry WHERE sequence = "


@pytest.mark.parametrize(
    ("statements", "sequence", "flaw"),
    [
        (["UPDATE audit_entry SET sequence = 'abc' WHERE sequence = 4"], 4, Flaw.OUT_OF_SEQUENCE),
        (["UPDATE audit_entry SET actor = CAST(x'ff41' AS TEXT) WHERE sequence = 4"], 4, Flaw.UNREADABLE),
        (["DROP TABLE audit_entry"], 1, Flaw.UNREADABLE),
        (["DROP TABLE audit_head"], 7, Flaw.UNACCOUNTED),
        (["DELETE FROM audit_head"], 7, Flaw.UNACCOUNTED),
        (["UPDATE audit_head SET sequence = 'abc'"], 7, Flaw.UNACCOUNTED),
        (
            ["UPDATE audit_head SET sequence = 5, hash = (SELECT hash FROM audit_entry WHERE sequence = 5)"],
            6,
            Flaw.UNACCOUNTED,
        ),
        ([*REBUILT, f"INSERT INTO audit_entry SELECT NULL, at, {FORGED}4"], 1, Flaw.OUT_OF_SEQUENCE),
        ([*REBUILT, f"INSERT INTO audit_entry SELECT sequence, at, {FORGED}4"], 5, Flaw.OUT_OF_SEQUENCE),
        ([*REBUILT, f"INSERT INTO audit_entry SELECT sequence, at, {FORGED}6"], 7, Flaw.OUT_OF_SEQUENCE),
        ([*REBUILT, "UPDATE audit_entry SET hash = NULL WHERE sequence = 4"], 4, Flaw.ALTERED),
    ],
)
async def test_whatever_was_done_to_the_tables_there_is_a_verdict(
    file: Path, statements: list[str], sequence: int, flaw: Flaw
) -> None:
    tamper(file, *statements)
    fault = (await verify_record(url(file))).fault
    assert fault is not None
    assert (fault.sequence, fault.flaw) == (sequence, flaw)


async def test_a_row_that_hides_between_two_readings_is_counted(file: Path) -> None:
    tamper(file, *REBUILT, f"INSERT INTO audit_entry SELECT sequence, at, {FORGED}4")
    async with opened(url(file), read_only=True) as database:
        fault = (await verify_chain(database, batch=4)).fault
    assert fault is not None
    assert (fault.sequence, fault.flaw) == (7, Flaw.SURPLUS)


async def test_entries_that_are_appended_meanwhile_are_verified_too(file: Path) -> None:
    writing = Database(url(file))
    await writing.start()
    log = SqlAuditLog(writing, Pseudonyms(FakeKeyShelf(), FakeRandomness()), FakeClock())

    class Busy(Database):
        """Something happens each time the record is looked at, until twenty things have."""

        async def rows(self, query: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
            rows = await super().rows(query, *arguments)
            if (await log.head()).sequence < 20:
                await log.append(Alarm(Code("late")))
            return rows

    reading = Busy(url(file), read_only=True)
    await reading.start()
    assert await verify_chain(reading) == Verified(20, 0, None)
    await reading.stop()
    await writing.stop()


async def test_verifying_makes_no_database_and_changes_none(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        await verify_record(url(tmp_path / "nowhere.db"))
    assert not (tmp_path / "nowhere.db").exists()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("UPDATE veilleuse_version SET version = 3")
        connection.commit()
    before = file.read_bytes()  # noqa: ASYNC240 a small file
    assert (await verify_record(url(file))).fault is None
    assert file.read_bytes() == before  # noqa: ASYNC240


async def test_a_checkpoint_kept_elsewhere_shows_a_clean_cut(file: Path) -> None:
    line = await sign_checkpoint(url(file), SIGNER, NOW)
    tamper(
        file,
        "DELETE FROM audit_entry WHERE sequence > 4",
        "UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit_entry WHERE sequence = 4)",
    )
    assert (await verify_record(url(file))).fault is None
    fault = (await verify_record(url(file), read_checkpoints(line, {SIGNER.public_key}))).fault
    assert fault is not None
    assert (fault.sequence, fault.flaw) == (5, Flaw.TRUNCATED)


async def test_a_checkpoint_kept_elsewhere_shows_a_record_that_was_written_anew(file: Path) -> None:
    line = await sign_checkpoint(url(file), SIGNER, NOW)

    def hide_the_alarms(entry: StoredEntry) -> StoredEntry:
        if entry.kind != "alarm":
            return entry
        return entry._replace(kind="purge_step", fields='{"step":"kick"}')

    write_anew(file, hide_the_alarms)
    assert (await verify_record(url(file))).fault is None
    fault = (await verify_record(url(file), read_checkpoints(line, {SIGNER.public_key}))).fault
    assert fault is not None
    assert (fault.sequence, fault.flaw) == (ENTRIES, Flaw.REWRITTEN)


async def test_a_checkpoint_covers_what_there_is_and_holds_as_the_record_grows(file: Path, tmp_path: Path) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    async with opened(empty):
        pass  # which makes it
    (of_nothing,) = read_checkpoints(await sign_checkpoint(empty, SIGNER, NOW), {SIGNER.public_key})
    assert of_nothing.head == START
    (checkpoint,) = read_checkpoints(await sign_checkpoint(url(file), SIGNER, NOW), {SIGNER.public_key})
    assert (checkpoint.head.sequence, checkpoint.at) == (ENTRIES, NOW)
    database = Database(url(file))
    await database.start()
    await SqlAuditLog(database, Pseudonyms(FakeKeyShelf(), FakeRandomness()), FakeClock()).append(Alarm(Code("late")))
    await database.stop()
    verified = await verify_record(url(file), [of_nothing, checkpoint])
    assert verdict(verified) == "7 entries are in order, and agree with 2 checkpoints."


async def test_lines_of_an_export_can_be_verified_without_this_program(file: Path) -> None:
    out = io.StringIO()
    assert await export_record(url(file), "jsonl", out) == ENTRIES
    previous = "0" * 64
    for number, line in enumerate(out.getvalue().splitlines(), start=1):
        entry = json.loads(line)
        claimed = entry.pop("hash")
        assert (entry["sequence"], entry["previous"]) == (number, previous)
        text = json.dumps(entry, separators=(",", ":"))
        previous = hashlib.sha256(b"veilleuse-audit-entry-v1\n" + text.encode()).hexdigest()
        assert previous == claimed
    assert number == ENTRIES


async def test_a_table_for_people_has_a_heading_and_times_that_they_read(file: Path) -> None:
    out = io.StringIO()
    assert await export_record(url(file), "csv", out) == ENTRIES
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert rows[0].keys() == set(StoredEntry._fields)
    first, second, *_ = rows
    assert (first["sequence"], first["at"], first["actor"]) == ("1", "2026-11-25T02:30:00.000+00:00", "service")
    assert (first["kind"], first["fields"], first["signalement"]) == ("claimed", '{"desk":"rennes"}', "")
    assert (len(second["signalement"]), second["previous"]) == (16, first["hash"])


@pytest.mark.parametrize(
    ("since", "until", "expected"), [(None, None, 6), (2, None, 4), (None, 2, 2), (1, 3, 2), (9, None, 0), (3, 3, 0)]
)
async def test_an_export_is_of_a_period(file: Path, since: int | None, until: int | None, expected: int) -> None:
    ends = [None if minutes is None else NOW + timedelta(minutes=minutes) for minutes in (since, until)]
    out = io.StringIO()
    assert await export_record(url(file), "jsonl", out, *ends) == expected
    assert len(out.getvalue().splitlines()) == expected


async def test_a_table_is_not_made_of_what_was_tampered_with_until_it_cannot_be_read(file: Path) -> None:
    tamper(file, "UPDATE audit_entry SET at = 'yesterday' WHERE sequence = 2")
    with pytest.raises(InvalidInput):
        await export_record(url(file), "csv", io.StringIO())
