"""What is on the shift leaders' board, and what raises an alarm."""

from datetime import timedelta

from appservice.domain.availability import AgentStatus, Presence, Staffing
from appservice.domain.board import Alarm, AlarmKind, DeskLoad, alarms, rows
from appservice.domain.ids import DeskId, UserId
from tests.fakes.world import START
from tests.unit.factories import a_desk

LONG = timedelta(minutes=5)
DESK = a_desk("guyancourt", ("@one:fake", "@two:fake"))
OTHER = a_desk("rennes", ("@three:fake",))
NOBODY_SAID_ANYTHING = Staffing({}, {})


def one_waits(for_: timedelta, *, in_danger: bool = False) -> DeskLoad:
    since = START - for_
    return DeskLoad(1, since, int(in_danger), since if in_danger else None)


def raised(load: DeskLoad, staffing: Staffing = NOBODY_SAID_ANYTHING) -> list[AlarmKind]:
    board = rows([DESK], {DESK.desk_id: load}, staffing, START)
    return [alarm.kind for alarm in alarms(board, START, LONG)]


def test_a_desk_without_anybody_has_a_row_too() -> None:
    first, second = rows([DESK, OTHER], {OTHER.desk_id: DeskLoad(active=3)}, NOBODY_SAID_ANYTHING, START)
    assert (first.load, first.available) == (DeskLoad(), 2)
    assert (second.load.active, second.available) == (3, 1)


def test_nothing_is_alarming_about_somebody_who_waits_a_moment() -> None:
    assert raised(DeskLoad()) == []
    assert raised(one_waits(timedelta(seconds=30), in_danger=True)) == []


def test_somebody_in_danger_waits_a_minute_at_most() -> None:
    assert raised(one_waits(timedelta(minutes=1), in_danger=True)) == [AlarmKind.DANGER_WAITS]


def test_who_waits_long_is_told_of() -> None:
    assert raised(one_waits(LONG)) == [AlarmKind.WAITS_LONG]


def test_who_waits_where_nobody_is_there_is_told_of_at_once() -> None:
    gone = AgentStatus(Presence.OFF)
    staffing = Staffing({UserId("@one:fake"): gone, UserId("@two:fake"): gone}, {})
    assert raised(one_waits(timedelta(0)), staffing) == [AlarmKind.NOBODY_THERE]


def test_the_gravest_comes_first_and_is_the_same_as_long_as_it_goes_on() -> None:
    loads = {DESK.desk_id: one_waits(LONG), OTHER.desk_id: one_waits(LONG, in_danger=True)}
    board = rows([DESK, OTHER], loads, NOBODY_SAID_ANYTHING, START)
    first, second = alarms(board, START, LONG)
    assert first == Alarm(AlarmKind.DANGER_WAITS, DeskId("rennes"), START - LONG)
    assert second.kind is AlarmKind.WAITS_LONG
    assert alarms(board, START + LONG, LONG) == [first, second]
