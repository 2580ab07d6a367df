"""Periods that auditors ask about: days, weeks, months and years on the clock of Paris."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appservice.domain.errors import InvalidInput

ZONE = ZoneInfo("Europe/Paris")

_DAYS = re.compile(r"(\d{1,4})\s*(?:d|j|days?|jours?)")
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(?:\.\.|–|/|to|au|until|jusqu'au)\s*(\d{4}-\d{2}-\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEK = re.compile(r"(\d{4})-?[ws](\d{1,2})", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")

USUAL = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Period:
    """`since` is included, `until` is not; both are aware."""

    since: datetime
    until: datetime

    def __str__(self) -> str:
        """The days, both included."""
        last = (self.until - timedelta(microseconds=1)).astimezone(ZONE)
        return f"{self.since.astimezone(ZONE):%Y-%m-%d} – {last:%Y-%m-%d}"


def last_days(now: datetime, length: timedelta = USUAL) -> Period:
    """Up to and including this moment."""
    return Period(now - length, now + timedelta(milliseconds=1))


def week_before(now: datetime) -> Period:
    """The last whole week, from Monday to Sunday."""
    today = now.astimezone(ZONE).date()
    monday = today - timedelta(days=today.weekday())
    return _days(monday - timedelta(days=7), monday)


def parse_period(text: str, now: datetime) -> Period:
    """`7 d`, `30 jours`, `2026-11-01..2026-11-15`, `2026-11-01`, `2026-W47`, `2026-11`, `2026`; empty: the last 7 days.

    Raises `InvalidInput`.
    """
    asked = text.strip().lower()
    if not asked:
        return last_days(now)
    try:
        if written := _DAYS.fullmatch(asked):
            return last_days(now, timedelta(days=int(written[1])))
        if written := _SPAN.fullmatch(asked):
            return _days(date.fromisoformat(written[1]), date.fromisoformat(written[2]) + timedelta(days=1))
        if _DAY.fullmatch(asked):
            day = date.fromisoformat(asked)
            return _days(day, day + timedelta(days=1))
        if written := _WEEK.fullmatch(asked):
            monday = date.fromisocalendar(int(written[1]), int(written[2]), 1)
            return _days(monday, monday + timedelta(days=7))
        if written := _MONTH.fullmatch(asked):
            first = date(int(written[1]), int(written[2]), 1)
            return _days(first, (first + timedelta(days=32)).replace(day=1))
        if _YEAR.fullmatch(asked):
            return _days(date(int(asked), 1, 1), date(int(asked) + 1, 1, 1))
    except (ValueError, OverflowError):
        pass  # a day, week or month that no calendar has
    raise InvalidInput("7 d · 2026-11-01..2026-11-15 · 2026-11-01 · 2026-W47 · 2026-11 · 2026")


def _days(first: date, after_last: date) -> Period:
    """Raises `ValueError` if there is no day in it."""
    if after_last <= first:
        raise ValueError
    return Period(datetime.combine(first, time(), ZONE), datetime.combine(after_last, time(), ZONE))
