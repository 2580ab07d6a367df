"""Periods that auditors ask about: days, weeks, months and years on the clock of Paris."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appservice.domain.errors import InvalidInput

ZONE = ZoneInfo("Europe/Paris")

_LAST = re.compile(r"(\d{1,4}) ?(d|j|days?|jours?|w|weeks?|semaines?)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEK = re.compile(r"(\d{4})-?[ws](\d{1,2})")
_WEEK_ALONE = re.compile(r"(?:semaine|week) (\d{1,2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")

_BETWEEN = re.compile(
    r" ?(?:\.{2,3}|…|–) ?| (?:-|/|a|to|au|and|et|until|jusqu'au) |(?<=\d)/(?=\d)|(?<=\d{4}-\d{2}-\d{2}) "
)
_FILLER = re.compile(r"(?:du|de|d'|from|between|entre|le|la|on|in|en) ?(?=\S)")
_DAY_FIRST = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")
_MONTH_FIRST = re.compile(r"(?<![-/\d])(\d{1,2})/(\d{4})\b")
_MONTHS = (
    ("janvier", "january"),
    ("fevrier", "february"),
    ("mars", "march"),
    ("avril", "april"),
    ("mai", "may"),
    ("juin", "june"),
    ("juillet", "july"),
    ("aout", "august"),
    ("septembre", "september"),
    ("octobre", "october"),
    ("novembre", "november"),
    ("decembre", "december"),
)
_IN_WORDS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names}
_NAMED = re.compile(rf"(?:\b(\d{{1,2}})(?:er|st|nd|rd|th)? )?\b({'|'.join(_IN_WORDS)}) (\d{{4}})\b")

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
    """`7 d`, `2026-11-01`, `01/11/2026`, `2026-W47`, `semaine 47`, `2026-11`, `novembre 2026`, `2026`, `hier`, and what
    lies from one of them to another: `2026-11-01..2026-11-15`, `du 1er novembre 2026 au 15 novembre 2026`. Empty: the
    last 7 days. In French and in English; accents and capitals do not count.

    Raises `InvalidInput`.
    """
    asked = _in_figures(text)
    if not asked:
        return last_days(now)
    try:
        return _span(asked, now)
    except (ValueError, OverflowError):  # a day, week or month that no calendar has
        raise InvalidInput("7 d · 2026-11-01..2026-11-15 · 2026-11-01 · 2026-W47 · 2026-11 · 2026") from None


def _in_figures(text: str) -> str:
    """Lower case, without accents or months' names, each date with its year first."""
    letters = unicodedata.normalize("NFKD", text.replace("…", "..").casefold().replace("’", "'"))
    plain = " ".join("".join(each for each in letters if not unicodedata.combining(each)).split())
    plain = _DAY_FIRST.sub(lambda at: f"{at[3]}-{int(at[2]):02}-{int(at[1]):02}", plain)
    plain = _MONTH_FIRST.sub(lambda at: f"{at[2]}-{int(at[1]):02}", plain)
    return _NAMED.sub(lambda at: f"{at[3]}-{_IN_WORDS[at[2]]:02}" + (f"-{int(at[1]):02}" if at[1] else ""), plain)


def _span(asked: str, now: datetime) -> Period:
    """Raises `ValueError`, `OverflowError`."""
    asked = _FILLER.sub("", asked, count=1) if _FILLER.match(asked) else asked
    match _BETWEEN.split(asked):
        case [first, last]:
            return _checked(_single(first, now).since, _single(last, now).until)
    return _single(asked, now)


def _single(asked: str, now: datetime) -> Period:
    """Raises `ValueError`, `OverflowError`."""
    if written := _LAST.fullmatch(asked):
        days = timedelta(days=int(written[1]) * (7 if written[2][0] in "ws" else 1))
        if not days:
            raise ValueError
        return _checked(now - days, last_days(now).until)
    if (seen_from_now := _SEEN_FROM_NOW.get(asked)) is not None:
        return seen_from_now(now)
    if _DAY.fullmatch(asked):
        day = date.fromisoformat(asked)
        return _days(day, day + timedelta(days=1))
    if written := _WEEK.fullmatch(asked):
        return _week(int(written[1]), int(written[2]))
    if written := _WEEK_ALONE.fullmatch(asked):
        year, this_week, _ = now.astimezone(ZONE).date().isocalendar()
        return _week(year - (int(written[1]) > this_week), int(written[1]))
    if written := _MONTH.fullmatch(asked):
        first = date(int(written[1]), int(written[2]), 1)
        return _days(first, (first + timedelta(days=32)).replace(day=1))
    if _YEAR.fullmatch(asked):
        return _days(date(int(asked), 1, 1), date(int(asked) + 1, 1, 1))
    raise ValueError(asked)


def _yesterday(now: datetime) -> Period:
    today = now.astimezone(ZONE).date()
    return _days(today - timedelta(days=1), today)


def _today(now: datetime) -> Period:
    today = now.astimezone(ZONE).date()
    return _days(today, today + timedelta(days=1))


def _this_week(now: datetime) -> Period:
    monday = week_before(now).until.astimezone(ZONE).date()
    return _days(monday, monday + timedelta(days=7))


_SEEN_FROM_NOW: dict[str, Callable[[datetime], Period]] = {
    "hier": _yesterday,
    "yesterday": _yesterday,
    "aujourd'hui": _today,
    "today": _today,
    "cette semaine": _this_week,
    "this week": _this_week,
    "semaine derniere": week_before,
    "last week": week_before,
}


def _week(year: int, number: int) -> Period:
    monday = date.fromisocalendar(year, number, 1)
    return _days(monday, monday + timedelta(days=7))


def _checked(since: datetime, until: datetime) -> Period:
    if until <= since:
        raise ValueError
    return Period(since, until)


def _days(first: date, after_last: date) -> Period:
    """Raises `ValueError` if there is no day in it."""
    if after_last <= first:
        raise ValueError
    return Period(datetime.combine(first, time(), ZONE), datetime.combine(after_last, time(), ZONE))
