"""What the auditors' bot answers, from a record on SQLite and on PostgreSQL that it can only read."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appservice.domain.audit.checkpoint import Signer, new_secret
from appservice.domain.audit.events import (
    AgentSilent,
    Announced,
    Claimed,
    Closed,
    DeskMemberAdded,
    DeskMemberRemoved,
    ErasureOrdered,
    Event,
    ListenerJoined,
    ListenerLeft,
    Opened,
    PolicyViolation,
    PurgeReported,
    PurgeStep,
    Reassigned,
    Released,
)
from appservice.domain.audit.pseudonyms import Pseudonyms
from appservice.domain.audit.values import GUEST, SERVICE, Actor, ActorKind, Code, Department, Pseudonym, TableName
from appservice.domain.erasure import Step
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import DeskId, UserId
from appservice.domain.signalement import Cause, Outcome, Role
from appservice.store.audit import SqlAuditLog
from appservice.store.database import Database
from policies.compliance_bot.answers import Answer, Answers
from policies.compliance_bot.checkpoints import CheckpointFile
from policies.compliance_bot.periods import last_days
from policies.compliance_bot.questions import Question, ask
from policies.compliance_bot.record import Record
from policies.compliance_bot.rules import Limits, Watch
from policies.compliance_bot.service import Grave
from tests.fakes.audit import FakeKeyShelf
from tests.fakes.world import FakeClock, FakeRandomness
from tests.unit.factories import a_signalement

DOCS = Path(__file__).parents[2] / "docs"
DESK = DeskId("guyancourt")
AGENT = UserId("@agent:example.org")


class Names:
    """Knows one signalement and one person."""

    def __init__(self, log: SqlAuditLog) -> None:
        self.log = log
        self.references: dict[str, Pseudonym] = {}

    async def of_signalement(self, reference: str) -> Pseudonym:
        if reference not in self.references:
            raise InvalidInput("unknown")
        return self.references[reference]

    async def tombstone(self, room_hash: str) -> Grave:
        if room_hash != "f" * 64:
            raise InvalidInput("unknown")
        return Grave("guest_left", "2026-11-18", 0)

    async def of_person(self, user_id: str) -> Sequence[Pseudonym]:
        return self.log.names_of(UserId(user_id))


@dataclass
class Auditors:
    """The record as the service writes it, and the bot that reads it."""

    log: SqlAuditLog
    writing: Database
    clock: FakeClock
    record: Record
    checkpoints: CheckpointFile
    watch: Watch = field(default_factory=lambda: Watch(Limits()))

    def __post_init__(self) -> None:
        self.names = Names(self.log)
        self.answers = Answers(self.record, self.names, self.checkpoints, self.watch)

    async def ask(self, text: str) -> Answer:
        question = ask(text, self.clock.now())
        assert isinstance(question, Question), text
        self.watch.feed(await self.record.after(self.watch.sequence, 10_000))
        return await self.answers.to(question, self.clock.now())

    async def reads(self, text: str) -> str:
        return (await self.ask(text)).words.plain

    async def life(self, number: int, *, waits: timedelta, residue: int = 0) -> Pseudonym:
        """A signalement that is opened, claimed, erased and purged."""
        signalement = replace(a_signalement(f"!life-{number}"), opened_at=self.clock.now())
        agent = Actor(ActorKind.AGENT, self.log.person(AGENT))
        left = ((TableName("events"), residue),) if residue else ()
        steps: tuple[tuple[timedelta, Event, Actor], ...] = (
            (timedelta(0), Opened(DESK, Department("78"), Role.VICTIM, in_danger=False), SERVICE),
            (timedelta(seconds=2), Announced(DESK), SERVICE),
            (waits, Claimed(DESK), agent),
            (timedelta(minutes=20), ErasureOrdered(Cause.GUEST_LEFT), SERVICE),
            (timedelta(milliseconds=400), PurgeStep(Step.DESTROY), SERVICE),
            (
                timedelta(seconds=1),
                PurgeReported(Cause.GUEST_LEFT, left, ((Step.DESTROY, 400), (Step.SILENCE, 300), (Step.SWEEP, 900))),
                SERVICE,
            ),
        )
        for after, event, actor in steps:
            self.clock.advance(after)
            await self.log.append(event, by=actor, of=signalement)
        return self.log.signalement(signalement)


@pytest.fixture(params=["sqlite", "postgres"])
async def auditors(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Auditors]:
    url = role = f"sqlite:///{tmp_path / 'veilleuse.db'}"
    if request.param == "postgres":
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(name := await postgres.new_database())
        role = url.replace("postgres@", f"auditor_of_{name}@")
    writing, reading = Database(url), Database(role, read_only=True)
    await writing.start()
    if request.param == "postgres":
        await make_the_documented_role(writing, name)
    await reading.start()
    clock = FakeClock(datetime(2026, 11, 18, 8, 0, tzinfo=UTC))
    log = SqlAuditLog(writing, Pseudonyms(FakeKeyShelf(), FakeRandomness()), clock)
    checkpoints = CheckpointFile(tmp_path / "checkpoints.txt", (Signer(new_secret()),))
    yield Auditors(log, writing, clock, Record(reading), checkpoints)
    await reading.stop()
    await writing.stop()


async def make_the_documented_role(database: Database, name: str) -> None:
    """As docs/auditors.md says, in this database, under a name of its own: roles are the whole server's."""
    (block,) = re.findall(r"```sql\n(.+?)```", (DOCS / "auditors.md").read_text(), re.DOTALL)
    documented = block.replace("veilleuse_auditor", f"auditor_of_{name}").replace(
        "DATABASE veilleuse", f"DATABASE {name}"
    )
    for statement in filter(None, map(str.strip, documented.split(";"))):
        await database.execute(statement)


@pytest.mark.parametrize("auditors", ["postgres"], indirect=True)
async def test_the_documented_role_reads_the_record_and_no_other_table(auditors: Auditors) -> None:
    await auditors.life(1, waits=timedelta(minutes=1))
    assert "guyancourt · 1" in await auditors.reads("délais")
    for table in ("signalement", "tombstone", "desk_bot"):
        with pytest.raises(Exception, match=r"permission denied"):
            await auditors.record._database.rows(f"SELECT * FROM {table}")  # noqa: S608 these three


async def test_the_bot_cannot_write_to_the_record(auditors: Auditors) -> None:
    await auditors.life(1, waits=timedelta(minutes=1))
    for statement in ("DELETE FROM audit_head", "INSERT INTO opening (guest_mxid, started_at) VALUES ('@x', 1)"):
        with pytest.raises(Exception, match=r"readonly|read-only"):
            await auditors.record._database.execute(statement)


async def test_a_life_is_told_by_reference_and_by_pseudonym(auditors: Auditors) -> None:
    pseudonym = await auditors.life(1, waits=timedelta(minutes=1))
    auditors.names.references["K7QM-42"] = pseudonym
    by_reference = await auditors.reads("vie k7qm-42")
    assert by_reference == await auditors.reads(f"vie {pseudonym}")
    kinds = [line.split(" · ")[2] for line in by_reference.splitlines() if line.count(" · ") == 3][1:]
    assert kinds == ["opened", "announced", "claimed", "erasure_ordered", "purge_step", "purge_reported"]


@pytest.mark.parametrize("about", ["ZZZZ-99", "aaaaaaaaaaaaaaaa", "';DROP-TABLE-audit_entry;--"])
async def test_what_the_record_does_not_know_is_said_so(auditors: Auditors, about: str) -> None:
    with pytest.raises(InvalidInput, match="ne connaît pas"):
        await auditors.reads(f"vie {about}")


async def test_purges_are_listed_with_their_proof(auditors: Auditors) -> None:
    clean = await auditors.life(1, waits=timedelta(minutes=1))
    answer = await auditors.reads("purges 7 d")
    assert clean in answer
    assert "nothing was left" in answer
    assert "0.7 s" in answer  # until nobody could read anything
    assert "1.6 s" in answer  # until the report
    await auditors.life(2, waits=timedelta(minutes=1), residue=3)
    assert "WARNING: after 1 of them something was left" in await auditors.reads("purges 7 d")


async def test_times_are_by_desk_with_those_that_nobody_took(auditors: Auditors) -> None:
    for minutes in (1, 2, 3, 4, 5):
        await auditors.life(minutes, waits=timedelta(minutes=minutes))
    lost = replace(a_signalement("!lost"), opened_at=auditors.clock.now())
    await auditors.log.append(Announced(DESK), of=lost)
    row = (await auditors.reads("délais")).splitlines()[-1]
    assert row == "guyancourt · 6 · 3 min 00 s · 4 min 36 s · 1"


async def test_a_period_that_begins_and_ends_quietly_has_what_came_between_and_a_clock_set_back_loses_nothing(
    auditors: Auditors,
) -> None:
    auditors.clock.advance(timedelta(days=10))
    await auditors.life(1, waits=timedelta(minutes=1))
    auditors.clock.advance(-timedelta(minutes=50))
    await auditors.life(2, waits=timedelta(minutes=3))
    auditors.clock.advance(timedelta(days=10))
    for asked in ("délais 12 j", "délais 365 j"):
        assert (await auditors.reads(asked)).splitlines()[-1].startswith("guyancourt · 2 · 2 min 00 s")
    assert "Rien" in await auditors.reads("délais 8 j")


async def test_violations_are_added_up_by_rule(auditors: Auditors) -> None:
    for count in (2, 3):
        await auditors.log.append(PolicyViolation(Code("reaction"), ActorKind.AGENT, count))
    assert "reaction · 5" in await auditors.reads("violations")
    assert "Rien" in await auditors.reads("infractions 2026-01")


async def test_who_was_given_an_agent_by_a_leader_was_answered(auditors: Auditors) -> None:
    signalement, log = replace(a_signalement("!given"), opened_at=auditors.clock.now()), auditors.log
    await log.append(Announced(DESK), by=GUEST, of=signalement)
    auditors.clock.advance(timedelta(minutes=3))
    await log.append(Reassigned(DESK, None, log.person(AGENT)), of=signalement)
    auditors.clock.advance(timedelta(seconds=1))
    assert "guyancourt · 1 · 3 min 00 s · 3 min 00 s · 0" in await auditors.reads("times")


async def test_a_tombstone_tells_that_a_room_was_erased(auditors: Auditors) -> None:
    assert "Effacé le 2026-11-18 (guest_left). Lignes restées sur le serveur : 0" in await auditors.reads(
        f"vie {'F' * 64}"
    )
    with pytest.raises(InvalidInput, match="SHA-256"):
        await auditors.reads(f"life {'0' * 64}")


async def test_access_is_told_of_a_signalement_and_of_a_person(auditors: Auditors) -> None:
    pseudonym = await auditors.life(1, waits=timedelta(minutes=1))
    person = auditors.log.person(AGENT)
    of_signalement = await auditors.reads(f"accès {pseudonym}")
    assert "claimed" in of_signalement
    assert "purge_step" not in of_signalement
    assert f"agent:{person}" in of_signalement
    assert "claimed" in await auditors.reads(f"access {AGENT}")
    with pytest.raises(InvalidInput, match="does not know this account"):
        await auditors.reads("access @somebody:example.org")
    assert "Nothing in this period" in await auditors.reads(f"access {AGENT} 2020")


async def test_access_begins_and_ends_and_is_of_the_period_that_is_asked_for(auditors: Auditors) -> None:
    signalement, log = replace(a_signalement("!access"), opened_at=auditors.clock.now()), auditors.log
    agent = Actor(ActorKind.AGENT, log.person(AGENT))
    for event, by in (
        (Claimed(DESK), agent),
        (ListenerJoined(DESK), agent),
        (ListenerLeft(DESK), agent),
        (AgentSilent(log.person(AGENT)), SERVICE),
        (Closed(Outcome.INFORMED), agent),
        (ErasureOrdered(Cause.GUEST_LEFT), SERVICE),
    ):
        await log.append(event, by=by, of=signalement)
    whole = await auditors.reads(f"access {log.signalement(signalement)}")
    for kind in ("claimed", "listener_joined", "listener_left", "agent_silent", "closed", "erasure_ordered"):
        assert f" · {kind} · " in whole
    assert "Nothing in this period" in await auditors.reads(f"access {log.signalement(signalement)} 2020")


async def test_what_an_agent_did_is_told_across_the_turn_of_the_year(auditors: Auditors) -> None:
    auditors.clock.advance(datetime(2026, 12, 31, tzinfo=UTC) - auditors.clock.now())
    for _ in range(2):
        await auditors.log.append(Claimed(DESK), by=Actor(ActorKind.AGENT, auditors.log.person(AGENT)))
        auditors.clock.advance(timedelta(days=2))
    assert (await auditors.reads(f"access {AGENT} 7 d")).count("claimed") == 2
    assert (await auditors.reads(f"access {AGENT} 2026")).count("claimed") == 1


async def test_a_desk_that_nobody_knows_is_not_one_without_members(auditors: Auditors) -> None:
    await auditors.log.append(DeskMemberAdded(DESK, auditors.log.person(AGENT)))
    auditors.clock.advance(timedelta(seconds=1))
    assert auditors.log.person(AGENT) in await auditors.reads("members Guyancourt")
    with pytest.raises(InvalidInput, match="no desk “nowhere”. It knows: guyancourt"):
        await auditors.reads("members nowhere")


async def test_members_are_those_of_the_moment(auditors: Auditors) -> None:
    first, second = auditors.log.person(AGENT), auditors.log.person(UserId("@other:example.org"))
    await auditors.log.append(DeskMemberAdded(DESK, first))
    auditors.clock.advance(timedelta(days=2))
    await auditors.log.append(DeskMemberAdded(DESK, second))
    await auditors.log.append(DeskMemberRemoved(DESK, first))
    auditors.clock.advance(timedelta(days=1))
    assert (await auditors.reads("membres guyancourt")).splitlines()[-1] == second
    assert (await auditors.reads("membres guyancourt 2026-11-19")).splitlines()[-1] == first


async def test_status_and_due_tell_what_is_open_and_what_is_wrong(auditors: Auditors) -> None:
    assert "Aucun manquement" in await auditors.reads("état")
    waiting = replace(a_signalement("!waiting"), opened_at=auditors.clock.now())
    await auditors.log.append(Opened(DESK, None, Role.WITNESS, in_danger=True), of=waiting)
    await auditors.log.append(Announced(DESK), of=waiting)
    assert "(waiting: 1, claimed: 0, being erased: 0)" in await auditors.reads("status")
    auditors.clock.advance(timedelta(minutes=11))
    assert f"claimed_late · {auditors.log.signalement(waiting)}" in await auditors.reads("status")
    assert f"{auditors.log.signalement(waiting)} · waiting" in await auditors.reads("échéances")
    await auditors.log.append(Claimed(DESK), of=waiting)
    await auditors.log.append(Released(DESK), of=waiting)
    assert "No breach" in await auditors.reads("status")


async def test_verify_finds_an_edited_entry_and_a_cut_end(auditors: Auditors) -> None:
    await auditors.life(1, waits=timedelta(minutes=1))
    assert "6 entries" in await auditors.reads("verify")
    assert "veilleuse-checkpoint v1 6 " in await auditors.reads("checkpoint")
    postgres = "postgres" in str(type(auditors.writing._database)).lower()
    # As somebody who owns the database would: past the triggers.
    await auditors.writing.execute(
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL" if postgres else "DROP TRIGGER audit_entry_no_delete"
    )
    await auditors.writing.execute("DELETE FROM audit_entry WHERE sequence = 6")
    await auditors.writing.execute(
        "UPDATE audit_head SET sequence = 5, hash = (SELECT hash FROM audit_entry WHERE sequence = 5)"
    )
    assert "THE RECORD WAS EDITED. Entry 6" in await auditors.reads("verify")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_an_export_holds_every_entry_of_the_period(auditors: Auditors, form: str) -> None:
    await auditors.life(1, waits=timedelta(minutes=1))
    answer = await auditors.ask(f"exporter 2026-11 {form}")
    (file,) = answer.attachments
    lines = file.content.decode().splitlines()
    assert len(lines) == (7 if form == "csv" else 6)
    assert file.name == f"2026-11-01.{form}"


@pytest.mark.parametrize("command", ["rapport 2026-W47", "report 2026-W47"])
async def test_the_report_of_a_week_has_a_picture(auditors: Auditors, command: str) -> None:
    await auditors.life(1, waits=timedelta(minutes=7))
    answer = await auditors.ask(command)
    (picture,) = answer.attachments
    assert picture.content.startswith(b"\x89PNG")
    assert "7 min 00 s" in answer.words.plain
    assert "<table>" in answer.words.html


async def test_nothing_that_was_said_or_names_anybody_is_in_any_answer(auditors: Auditors) -> None:
    pseudonym = await auditors.life(1, waits=timedelta(minutes=1))
    texts = [
        await auditors.reads(text)
        for text in ("status", "purges", "times", "violations", f"access {pseudonym}", f"life {pseudonym}", "due")
    ]
    everything = "".join(texts)
    for name in (AGENT, "life-1", "example.org", "K7QM"):
        assert name not in everything


async def test_a_period_before_the_record_began_is_empty(auditors: Auditors) -> None:
    assert await auditors.record.counts(last_days(datetime(2020, 1, 1, tzinfo=UTC))) == {}
