"""Who became an agent or an auditor, who was one, and by which files the service goes, is in the record, for good."""

from datetime import UTC, datetime

import pytest

from appservice.domain.audit.events import (
    AuditorAdded,
    AuditorRemoved,
    ConfigurationApplied,
    ConfigurationChanged,
    DeskMemberAdded,
    DeskMemberRemoved,
    Event,
)
from appservice.domain.audit.values import OPERATOR, SERVICE, ConfigurationFile, Digest
from appservice.domain.desk import Desk, DeskKind, Force
from appservice.domain.desk_plan import Change, DeskPlace, Kind, Make, Name, PutOut, Seat
from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.usecases.reconcile_desks import Applied
from appservice.usecases.record_desks import RecordDesks
from tests.fakes.audit import FakeAuditLog
from tests.fakes.stores import FakeStores
from tests.fakes.world import FakeClock

NEW, OLD, FORMER = DeskId("new"), DeskId("old"), DeskId("former")
ALICE, BOB, CLAIRE, BOT = (UserId(f"@{name}:fake") for name in ("alice", "bob", "claire", "veilleuse_desk_new"))
ROOM = RoomId("!room")
NOTHING = Applied((), ())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def log(clock: FakeClock) -> FakeAuditLog:
    return FakeAuditLog(FakeStores(), clock)


def desk(desk_id: DeskId, *agents: UserId) -> Desk:
    return Desk(desk_id, desk_id, DeskKind.REGIONAL, Force.NONE, agents=agents)


def seats(desk: DeskId, *members: UserId) -> list[Change]:
    return [
        Seat(DeskPlace(desk, kind), member)
        for kind in (Kind.SPACE, Kind.DESK_ROOM, Kind.TEAM_ROOM)
        for member in members
    ]


async def told_by(log: FakeAuditLog, *desks: Desk, applied: Applied = NOTHING) -> list[Event]:
    """What a start of a new process has written down."""
    before = len(log.told)
    await RecordDesks(log)(applied, desks, SERVICE)
    return log.told[before:]


async def test_members_are_recorded_once_and_bots_are_none(log: FakeAuditLog) -> None:
    record = RecordDesks(log)
    await record(NOTHING, [desk(OLD, BOB), desk(FORMER, ALICE)], OPERATOR)
    made = [Make(DeskPlace(NEW, kind), "New") for kind in (Kind.SPACE, Kind.DESK_ROOM, Kind.TEAM_ROOM)]
    out: list[Change] = [PutOut(ROOM, DeskPlace(OLD, Kind.DESK_ROOM), BOB), PutOut(ROOM, None, BOB)]
    gone: list[Change] = [PutOut(ROOM, DeskPlace(FORMER, Kind.DESK_ROOM), ALICE)]
    done = [*out, *gone, *made, *seats(NEW, ALICE, BOT), Name(ALICE, "Agent 1")]
    await record(Applied(tuple(done), ()), [desk(NEW, ALICE), desk(OLD)], OPERATOR)
    assert log.told == [
        DeskMemberAdded(FORMER, log.person(ALICE)),
        DeskMemberAdded(OLD, log.person(BOB)),
        DeskMemberRemoved(FORMER, log.person(ALICE)),
        DeskMemberAdded(NEW, log.person(ALICE)),
        DeskMemberRemoved(OLD, log.person(BOB)),
        ConfigurationApplied(desks_added=1, desks_changed=1, desks_removed=1),
    ]
    assert {entry.actor for entry in log.kept} == {OPERATOR}


async def test_nothing_changed_is_nothing_recorded(log: FakeAuditLog) -> None:
    await told_by(log, desk(NEW, ALICE))
    assert await told_by(log, desk(NEW, ALICE)) == []


async def test_what_was_changed_by_a_process_that_died_is_recorded_by_the_next(log: FakeAuditLog) -> None:
    await told_by(log, desk(NEW, ALICE, BOB))
    # Bob was put out and Claire seated, and nothing is left to do on Matrix.
    events = await told_by(log, desk(NEW, ALICE, CLAIRE))
    assert events == [DeskMemberRemoved(NEW, log.person(BOB)), DeskMemberAdded(NEW, log.person(CLAIRE))]


async def test_who_was_refused_a_seat_is_no_member_and_who_could_not_be_put_out_is_one(log: FakeAuditLog) -> None:
    await told_by(log, desk(NEW, BOB))
    refused: list[Change] = [*seats(NEW, ALICE), PutOut(ROOM, DeskPlace(NEW, Kind.DESK_ROOM), BOB)]
    applied = Applied((), tuple((change, "M_FORBIDDEN") for change in refused))
    assert await told_by(log, desk(NEW, ALICE), applied=applied) == []
    assert await told_by(log, desk(NEW, ALICE)) == [
        DeskMemberRemoved(NEW, log.person(BOB)),
        DeskMemberAdded(NEW, log.person(ALICE)),
    ]


async def test_at_the_turn_of_the_year_everybody_is_written_down_under_the_names_of_the_new_one(
    log: FakeAuditLog, clock: FakeClock
) -> None:
    record = RecordDesks(log)
    await record(NOTHING, [desk(NEW, ALICE, BOB)], SERVICE)
    await record.auditors([CLAIRE])
    former = {log.person(person) for person in (ALICE, BOB, CLAIRE)}
    await record.again()
    before = len(log.told)
    clock.advance(datetime(2027, 1, 1, 4, tzinfo=UTC) - clock.now())
    await record.again()
    fresh = [log.person(person) for person in (ALICE, BOB, CLAIRE)]
    assert former.isdisjoint(fresh)
    assert (
        log.told[before:]
        == [
            *(DeskMemberRemoved(NEW, member) for member in sorted(former - {log.told[2].auditor})),  # type: ignore[attr-defined]
            *(DeskMemberAdded(NEW, member) for member in sorted(fresh[:2])),
            AuditorRemoved(log.told[2].auditor),  # type: ignore[attr-defined]
            AuditorAdded(fresh[2]),
        ]
    )
    await record.again()
    assert len(log.told) == before + 6


async def test_who_became_an_auditor_and_who_was_one_is_recorded(log: FakeAuditLog) -> None:
    await RecordDesks(log).auditors([ALICE, BOB])
    await RecordDesks(log).auditors([ALICE])
    await RecordDesks(log).auditors([ALICE])
    assert set(log.told[:2]) == {AuditorAdded(log.person(ALICE)), AuditorAdded(log.person(BOB))}
    assert log.told[2:] == [AuditorRemoved(log.person(BOB))]


async def test_a_file_that_is_not_as_it_was_is_recorded(log: FakeAuditLog) -> None:
    settings, retention = ConfigurationFile.SETTINGS, ConfigurationFile.RETENTION
    one, other = Digest("0" * 64), Digest("1" * 64)
    for files in ({settings: one, retention: one}, {settings: one, retention: one}, {settings: one, retention: other}):
        await RecordDesks(log).files(files)
    await RecordDesks(log).files({settings: other}, OPERATOR)
    assert log.told == [
        ConfigurationChanged(retention, one),
        ConfigurationChanged(settings, one),
        ConfigurationChanged(retention, other),
        ConfigurationChanged(settings, other),
    ]
    assert log.kept[-1].actor == OPERATOR
