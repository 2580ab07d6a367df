from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.errors import InvalidInput
from appservice.domain.opening_hours import ALL_DAY, MIDNIGHT, OpeningHours, Openness, Span
from tests.unit.units import OFFICE_HOURS

PARIS = ZoneInfo("Europe/Paris")
# Clocks that are put forward and back, in both halves of the year, and clocks that never are.
ZONES = [ZoneInfo(name) for name in ("Europe/Paris", "America/Miquelon", "Indian/Reunion", "Pacific/Marquesas")]
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)


def never(day: date) -> bool:
    return False


def on(day: date, hour: int, minute: int = 0, zone: ZoneInfo = PARIS, fold: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold)


def every_day(*spans: Span, on_holidays: tuple[Span, ...] | None = None) -> OpeningHours:
    return OpeningHours((spans,) * 7, on_holidays)


@pytest.mark.parametrize(
    ("hour", "minute", "openness"),
    [
        (7, 59, Openness.CLOSED),
        (8, 0, Openness.OPEN),
        (11, 59, Openness.OPEN),
        (12, 0, Openness.CLOSED),
        (14, 0, Openness.OPEN),
        (18, 0, Openness.CLOSED),
    ],
)
def test_a_split_day_is_open_from_its_hours_to_before_their_end(hour: int, minute: int, openness: Openness) -> None:
    monday = date(2026, 11, 23)
    assert OFFICE_HOURS.at(on(monday, hour, minute), PARIS, never) is openness


def test_a_day_without_hours_is_closed_and_the_next_opening_is_told() -> None:
    sunday = date(2026, 11, 22)
    assert OFFICE_HOURS.at(on(sunday, 10), PARIS, never) is Openness.CLOSED
    assert OFFICE_HOURS.changes_at(on(sunday, 10), PARIS, never) == on(date(2026, 11, 23), 8)


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    hours = OpeningHours(((),) * 4 + ((Span(22 * 60, 30 * 60),),) + ((),) * 2)
    friday, saturday = date(2026, 11, 27), date(2026, 11, 28)
    assert hours.at(on(friday, 1), PARIS, never) is Openness.CLOSED
    assert hours.at(on(friday, 23), PARIS, never) is Openness.OPEN
    assert hours.at(on(saturday, 5, 59), PARIS, never) is Openness.OPEN
    assert hours.at(on(saturday, 6), PARIS, never) is Openness.CLOSED


def test_a_public_holiday_of_which_nothing_is_said_makes_openings_unknown_and_nothing_else() -> None:
    holiday = date(2026, 11, 11)  # a Wednesday
    assert OFFICE_HOURS.at(on(holiday, 10), PARIS, holiday.__eq__) is Openness.UNKNOWN
    assert OFFICE_HOURS.at(on(holiday, 13), PARIS, holiday.__eq__) is Openness.CLOSED
    assert OFFICE_HOURS.at(on(holiday + timedelta(days=1), 10), PARIS, holiday.__eq__) is Openness.OPEN


@pytest.mark.parametrize(("holidays", "openness"), [((), Openness.CLOSED), (ALL_DAY, Openness.OPEN)])
def test_hours_of_public_holidays_replace_those_of_the_day(holidays: tuple[Span, ...], openness: Openness) -> None:
    holiday = date(2026, 11, 11)
    hours = OpeningHours(OFFICE_HOURS.week, holidays)
    assert hours.at(on(holiday, 10), PARIS, holiday.__eq__) is openness


@given(st.sampled_from(ZONES), st.integers(0, 5 * 366 * 86_400))
def test_day_and_night_is_open_at_every_instant_and_never_changes(zone: ZoneInfo, seconds: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert OpeningHours.always().at(moment, zone, lambda day: day.day == 1) is Openness.OPEN
    assert OpeningHours.always().changes_at(moment, zone, never) is None


def test_where_the_clock_is_put_back_an_opening_ends_when_its_hour_strikes_for_the_last_time() -> None:
    hours = every_day(Span(60, 150))  # 1:00 to 2:30; at 3:00 it is 2:00 again
    assert hours.at(on(BACK, 2, 29), PARIS, never) is Openness.OPEN
    assert hours.at(on(BACK, 2, 45), PARIS, never) is Openness.OPEN
    assert hours.at(on(BACK, 2, 29, fold=1), PARIS, never) is Openness.OPEN
    assert hours.at(on(BACK, 2, 30, fold=1), PARIS, never) is Openness.CLOSED


def test_an_hour_that_the_clock_leaves_out_is_the_instant_of_the_change() -> None:
    opens_then, closes_then = every_day(Span(150, 300)), every_day(Span(60, 150))
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    for hours, before, after in (
        (opens_then, Openness.CLOSED, Openness.OPEN),
        (closes_then, Openness.OPEN, Openness.CLOSED),
    ):
        assert hours.at(change - timedelta(seconds=1), PARIS, never) is before
        assert hours.at(change, PARIS, never) is after
    assert every_day(Span(130, 170)).at(on(FORWARD, 3), PARIS, never) is Openness.CLOSED


@st.composite
def days(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, MIDNIGHT - 1), max_size=6)))
    spans = [Span(opens, closes) for opens, closes in zip(edges[::2], edges[1::2], strict=False)]
    if len(edges) % 2:
        spans.append(Span(edges[-1], draw(st.integers(edges[-1] + 1, edges[-1] + MIDNIGHT))))
    return tuple(spans)


weeks = st.builds(OpeningHours, st.tuples(*[days()] * 7), st.none() | days())
# Around both changes of the clock, and the midnights beside them.
moments = st.builds(
    lambda day, seconds: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds),
    st.sampled_from([FORWARD, BACK, date(2026, 3, 8), date(2026, 11, 1), date(2026, 12, 31)]),
    st.integers(-86_400, 2 * 86_400),
)


@given(weeks, st.sampled_from(ZONES), moments, st.sets(st.integers(0, 6)))
def test_what_is_said_now_holds_until_it_is_said_to_change(
    hours: OpeningHours, zone: ZoneInfo, moment: datetime, holiday_weekdays: set[int]
) -> None:
    def is_holiday(day: date) -> bool:
        return day.weekday() in holiday_weekdays

    now, change = hours.at(moment, zone, is_holiday), hours.changes_at(moment, zone, is_holiday)
    assert change is None or change > moment
    end = change or moment + timedelta(days=7)
    step = (end - moment) / 20
    assert {hours.at(moment + step * number, zone, is_holiday) for number in range(20)} == {now}
    if change is not None:
        assert hours.at(change - timedelta(milliseconds=1), zone, is_holiday) is now
        assert hours.at(change, zone, is_holiday) is not now


@given(weeks, st.sampled_from(ZONES), moments)
def test_away_from_a_change_of_the_clock_it_is_open_as_the_clock_on_the_wall_says(
    hours: OpeningHours, zone: ZoneInfo, moment: datetime
) -> None:
    wall = moment.astimezone(zone)
    offsets = {(moment + timedelta(hours=hour)).astimezone(zone).utcoffset() for hour in (-3, 0, 3)}
    minute = wall.hour * 60 + wall.minute
    today = any(span.opens <= minute < span.closes for span in hours.week[wall.weekday()])
    night = any(minute + MIDNIGHT < span.closes for span in hours.week[wall.weekday() - 1])
    if len(offsets) == 1:
        assert (hours.at(moment, zone, never) is Openness.OPEN) == (today or night)


@pytest.mark.parametrize(("opens", "closes"), [(-1, 10), (600, 600), (600, 500), (1440, 1500), (600, 2041)])
def test_an_opening_that_ends_before_it_begins_or_lasts_longer_than_a_day_is_refused(opens: int, closes: int) -> None:
    with pytest.raises(InvalidInput):
        Span(opens, closes)


@pytest.mark.parametrize("spans", [(Span(480, 720), Span(700, 900)), (Span(840, 1080), Span(480, 720))])
def test_a_day_whose_hours_overlap_or_are_not_in_order_is_refused(spans: tuple[Span, ...]) -> None:
    with pytest.raises(InvalidInput):
        every_day(*spans)
    with pytest.raises(InvalidInput):
        every_day(on_holidays=spans)


def test_a_week_has_seven_days() -> None:
    with pytest.raises(InvalidInput):
        OpeningHours((ALL_DAY,) * 6)
