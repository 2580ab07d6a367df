"""When a place is open: hours by the week, on the place's own clock, and what is not known of public holidays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from appservice.domain.errors import InvalidInput

MIDNIGHT = 24 * 60
"""The end of a day, in minutes since its beginning."""

_DAYS_LOOKED_AHEAD = 9
"""A week, and room for a public holiday on the only day of the week that has hours."""


class Openness(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `opens` to before `closes`, in minutes since the beginning of the day on which it opens.

    Past midnight, `closes` is above 1440: 22:00 to 06:00 is `Span(1320, 1800)`.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens < MIDNIGHT and self.opens < self.closes <= self.opens + MIDNIGHT):
            raise InvalidInput(f"No opening lasts from minute {self.opens} to minute {self.closes} of a day.")


ALL_DAY = (Span(0, MIDNIGHT),)


@dataclass(frozen=True, slots=True)
class Interval:
    """An opening between two instants (UTC). `certain` is false where a public holiday may or may not cancel it."""

    opens_at: datetime
    closes_at: datetime
    certain: bool


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The hours of each day of the week, Monday first, and those of public holidays.

    A day without spans is a day on which the place does not open. `on_holidays` is None when nothing is said of public
    holidays: what would be an opening is then unknown. A span belongs to the day on which it opens: one that passes
    midnight into a holiday ends at its hour.

    Raises `InvalidInput` unless there are seven days whose spans are in order and apart.
    """

    week: tuple[tuple[Span, ...], ...]
    on_holidays: tuple[Span, ...] | None = None

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise InvalidInput("Opening hours are given for seven days, Monday first.")
        for spans in (*self.week, self.on_holidays or ()):
            if any(earlier.closes > later.opens for earlier, later in zip(spans, spans[1:], strict=False)):
                raise InvalidInput("The opening hours of a day overlap, or are not in order.")

    @classmethod
    def always(cls) -> "OpeningHours":
        """Day and night, public holidays included."""
        return cls(week=(ALL_DAY,) * 7, on_holidays=ALL_DAY)

    def at(self, moment: datetime, zone: ZoneInfo, is_holiday: Callable[[date], bool]) -> Openness:
        """Whether the place is open at an instant, on the clock of `zone`.

        Where the clock is put back, an opening lasts until its hour has struck for the last time; where it is put
        forward, an hour that does not strike counts as the instant of the change. So a place never opens twice for
        one span.
        """
        return _openness(self._intervals(_local_day(moment, zone) - timedelta(days=1), 2, zone, is_holiday), moment)

    def changes_at(self, moment: datetime, zone: ZoneInfo, is_holiday: Callable[[date], bool]) -> datetime | None:
        """The next instant (UTC) at which `at` answers something else, or None if that is more than a week away."""
        yesterday = _local_day(moment, zone) - timedelta(days=1)
        intervals = self._intervals(yesterday, 1 + _DAYS_LOOKED_AHEAD, zone, is_holiday)
        now = _openness(intervals, moment)
        edges = {edge for interval in intervals for edge in (interval.opens_at, interval.closes_at)}
        # After the last day looked at nothing is known: its end is no change.
        known_until = _instant(yesterday + timedelta(days=1 + _DAYS_LOOKED_AHEAD), 0, zone)
        for edge in sorted(edges):
            if moment < edge < known_until and _openness(intervals, edge) is not now:
                return edge
        return None

    def _intervals(self, first: date, days: int, zone: ZoneInfo, is_holiday: Callable[[date], bool]) -> list[Interval]:
        """The openings of so many days, in order of their beginning."""
        return [
            interval
            for ahead in range(days)
            for interval in self._of_day(first + timedelta(days=ahead), zone, is_holiday)
        ]

    def _of_day(self, day: date, zone: ZoneInfo, is_holiday: Callable[[date], bool]) -> Iterator[Interval]:
        spans, certain = self.week[day.weekday()], True
        if is_holiday(day):
            spans, certain = (spans, False) if self.on_holidays is None else (self.on_holidays, True)
        for span in spans:
            opens_at, closes_at = _instant(day, span.opens, zone), _instant(day, span.closes, zone, last=True)
            if opens_at < closes_at:
                yield Interval(opens_at, closes_at, certain)


def _openness(intervals: list[Interval], moment: datetime) -> Openness:
    now = [interval for interval in intervals if interval.opens_at <= moment < interval.closes_at]
    if any(interval.certain for interval in now):
        return Openness.OPEN
    return Openness.UNKNOWN if now else Openness.CLOSED


def _local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _instant(day: date, minute: int, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """When the clock of `zone` shows a minute of a day: the first time, or the last, if it does so twice.

    A minute that the clock leaves out is the instant at which it was put forward.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    instant = wall.replace(tzinfo=zone, fold=int(last)).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    before, after = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
