from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.desk import PARIS
from appservice.domain.shifts import Shift, Shifts, unattended

REUNION = ZoneInfo("Indian/Reunion")
EVERY_DAY = frozenset(range(7))
MONDAY = datetime(2026, 11, 23, tzinfo=PARIS)
HOURS = st.times(max_value=time(23, 59)).map(lambda hour: hour.replace(second=0, microsecond=0))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001 hypothesis wants naive bounds


def shifts(*spans: tuple[frozenset[int], int, int], zone: ZoneInfo = PARIS) -> Shifts:
    return Shifts(zone, tuple(Shift(days, time(starts), time(ends)) for days, starts, ends in spans))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of the week of 23 November 2026, on Paris's clock."""
    return (MONDAY + timedelta(days=day)).replace(hour=hour, minute=minute)


@given(MOMENTS)
def test_without_shifts_somebody_is_always_there(moment: datetime) -> None:
    assert Shifts(PARIS).on_duty(moment)


@pytest.mark.parametrize(
    ("moment", "on_duty"),
    [(at(0, 6, 59), False), (at(0, 7), True), (at(0, 21, 59), True), (at(0, 22), False), (at(1, 12), False)],
)
def test_a_shift_begins_at_its_hour_and_is_over_at_its_end(moment: datetime, on_duty: bool) -> None:
    assert shifts((frozenset({0}), 7, 22)).on_duty(moment) is on_duty


@pytest.mark.parametrize(
    ("moment", "on_duty"),
    [
        (at(6, 23), True),
        (at(0, 3), True),
        (at(0, 5, 59), True),
        (at(0, 6), False),
        (at(6, 3), False),
        (at(0, 23), False),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(moment: datetime, on_duty: bool) -> None:
    sunday_night = shifts((frozenset({6}), 22, 6))
    assert sunday_night.on_duty(moment + timedelta(weeks=1 if moment.weekday() == 0 else 0)) is on_duty


def test_a_shift_that_ends_when_it_begins_lasts_a_day() -> None:
    whole_weekend = shifts((frozenset({5, 6}), 9, 9))
    assert not whole_weekend.on_duty(at(5, 8, 59))
    assert all(whole_weekend.on_duty(at(5, 9) + timedelta(hours=hour)) for hour in range(48))
    assert not whole_weekend.on_duty(at(7, 9))


def test_the_hours_are_those_of_the_desk_s_own_clock() -> None:
    office = (EVERY_DAY, 8, 18)
    early = datetime(2026, 11, 25, 5, tzinfo=UTC)  # 6 in Paris, 9 in La Réunion
    assert not shifts(office).on_duty(early)
    assert shifts(office, zone=REUNION).on_duty(early)


@pytest.mark.parametrize(("day", "hours"), [(datetime(2026, 3, 29), 23), (datetime(2026, 10, 25), 25)])  # noqa: DTZ001 made aware below
def test_the_night_of_a_change_of_the_clock_is_covered_from_wall_hour_to_wall_hour(day: datetime, hours: int) -> None:
    begins = day.replace(tzinfo=PARIS).astimezone(UTC)
    all_day = shifts((EVERY_DAY, 0, 0))
    night = shifts((EVERY_DAY, 22, 6))
    quarters = [begins + timedelta(minutes=15 * number) for number in range(4 * hours)]
    assert all(all_day.on_duty(quarter) for quarter in quarters)
    assert [night.on_duty(quarter) for quarter in quarters] == [
        not 6 <= quarter.astimezone(PARIS).hour < 22 for quarter in quarters
    ]


@given(MOMENTS, HOURS, HOURS)
def test_two_shifts_that_meet_leave_no_gap(moment: datetime, change: time, other: time) -> None:
    both = Shifts(PARIS, (Shift(EVERY_DAY, change, other), Shift(EVERY_DAY, other, change)))
    assert both.on_duty(moment)


@given(MOMENTS, HOURS, HOURS)
def test_whoever_asks_from_another_zone_gets_the_same_answer(moment: datetime, starts: time, ends: time) -> None:
    one = Shifts(PARIS, (Shift(frozenset({0, 3}), starts, ends),))
    assert one.on_duty(moment) == one.on_duty(moment.astimezone(REUNION))


SPANS = st.tuples(st.frozensets(st.integers(0, 6), min_size=1), st.integers(0, 23), st.integers(0, 23))
DESKS = st.lists(
    st.lists(SPANS, min_size=1, max_size=3).map(lambda spans: shifts(*spans))
    | st.just(shifts((frozenset({2}), 22, 3), zone=REUNION)),
    max_size=3,
)


@given(DESKS, st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001 hypothesis wants naive bounds
def test_hours_without_anybody_are_those_in_which_no_desk_is_on_duty(desks: list[Shifts], begin: datetime) -> None:
    since = begin.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    gaps = unattended(desks, since, since + timedelta(days=7))
    for hour in range(7 * 24):
        moment = since + timedelta(hours=hour)
        assert any(begins <= moment < ends for begins, ends in gaps) is not any(desk.on_duty(moment) for desk in desks)
    assert all(one[1] < other[0] for one, other in pairwise(gaps))


def test_a_desk_without_shifts_leaves_no_hour_unattended() -> None:
    assert unattended([Shifts(PARIS), shifts((EVERY_DAY, 7, 22))], MONDAY, at(6, 0)) == []
    assert unattended([], MONDAY, at(6, 0)) == [(MONDAY, at(6, 0))]
