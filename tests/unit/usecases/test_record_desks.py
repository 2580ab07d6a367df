"""Who became an agent of a desk, and who was one, is in the record, once for all rooms of the desk."""

import pytest

from appservice.domain.audit.events import ConfigurationApplied, DeskMemberAdded, DeskMemberRemoved
from appservice.domain.audit.values import OPERATOR
from appservice.domain.desk_plan import Change, DeskPlace, Kind, Make, Name, PutOut, Seat
from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.usecases.record_desks import RecordDesks
from tests.fakes.audit import FakeAuditLog
from tests.fakes.stores import FakeStores
from tests.fakes.world import FakeClock

NEW, OLD, FORMER = DeskId("new"), DeskId("old"), DeskId("former")
ALICE, BOB, BOT = UserId("@alice:fake"), UserId("@bob:fake"), UserId("@veilleuse_desk_new:fake")
ROOM = RoomId("!room")


@pytest.fixture
def log() -> FakeAuditLog:
    return FakeAuditLog(FakeStores(), FakeClock())


def seats(desk: DeskId, *members: UserId) -> list[Change]:
    return [
        Seat(DeskPlace(desk, kind), member)
        for kind in (Kind.SPACE, Kind.DESK_ROOM, Kind.TEAM_ROOM)
        for member in members
    ]


async def test_members_are_recorded_once_and_bots_are_none(log: FakeAuditLog) -> None:
    made = [Make(DeskPlace(NEW, kind), "New") for kind in (Kind.SPACE, Kind.DESK_ROOM, Kind.TEAM_ROOM)]
    out: list[Change] = [PutOut(ROOM, DeskPlace(OLD, Kind.DESK_ROOM), BOB), PutOut(ROOM, None, BOB)]
    gone: list[Change] = [PutOut(ROOM, DeskPlace(FORMER, Kind.DESK_ROOM), ALICE)]
    done = [*out, *gone, *made, *seats(NEW, ALICE, BOT), Name(ALICE, "Agent 1")]
    await RecordDesks(log, lambda user: user == BOT)(done, {NEW, OLD}, OPERATOR)
    assert log.told == [
        DeskMemberRemoved(OLD, log.person(BOB)),
        DeskMemberRemoved(FORMER, log.person(ALICE)),
        DeskMemberAdded(NEW, log.person(ALICE)),
        ConfigurationApplied(desks_added=1, desks_changed=1, desks_removed=1),
    ]
    assert {entry.actor for entry in log.kept} == {OPERATOR}


async def test_nothing_changed_is_nothing_recorded(log: FakeAuditLog) -> None:
    await RecordDesks(log, lambda user: False)([], {NEW}, OPERATOR)
    assert log.told == []
