"""How many signalements there were, by department and week, fit to be published."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from appservice.audit_port import AuditLog, Selection
from appservice.domain.audit.events import FeedbackPublished, Opened, StatisticsPublished
from appservice.domain.audit.values import OPERATOR, Department
from appservice.domain.disclosure import Publication, blurring, publish
from appservice.domain.errors import InvalidInput
from appservice.ports import Clock

_ZONE = ZoneInfo("Europe/Paris")
_MONDAY, _SUNDAY = 0, 6


@dataclass(frozen=True, order=True, slots=True)
class Week:
    """Of ISO 8601."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"

    @classmethod
    def of(cls, day: date) -> "Week":
        year, number, _ = day.isocalendar()
        return cls(year, number)


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Edition(Generic[Row]):
    table: Publication[Row, Week]
    draft: str | None
    """Why it is not fit to be published, in a sentence: then it is not noted as published. None if it is."""


Statistics = Edition[Department | None]
"""None: the postal code told no department."""


class PublishStatistics:
    def __init__(self, audit: AuditLog, clock: Clock, departments: Collection[Department], key: bytes) -> None:
        """`departments`: all that are served, so that none is told by its absence. `key` blurs the totals."""
        self._audit = audit
        self._clock = clock
        self._departments = frozenset(departments)
        self._key = key

    async def __call__(self, first: date, last: date) -> Statistics:
        """Of whole weeks, from a Monday to a Sunday, both included; notes in the record that it was published.

        A draft if the last week is not over, or if some of the weeks were published with others: numbers of periods
        that overlap would tell of the days between them. The same again is the same. Raises `InvalidInput` for other
        days.
        """
        weeks = whole_weeks(first, last, self._clock.now())
        draft = await why_draft(self._audit, StatisticsPublished, first, last, self._clock.now())
        counts: Counter[tuple[Department | None, Week]] = Counter()
        selection = Selection(_midnight(first), _midnight(last + timedelta(days=1)), (Opened,))
        async for entries in self._audit.entries(selection):
            for entry in entries:
                if isinstance(entry.event, Opened):
                    counts[entry.event.department, Week.of(entry.at.astimezone(_ZONE).date())] += 1
        departments = sorted(self._departments | {department for department, _ in counts if department is not None})
        blur = blurring(self._key, f"statistics {first} {last}")
        table = publish(counts, (*departments, None), weeks, blur)
        if draft is None:
            await self._audit.append(StatisticsPublished(first, last, table.suppressed), by=OPERATOR)
        return Edition(table, draft)


def whole_weeks(first: date, last: date, now: datetime) -> tuple[Week, ...]:
    """Raises `InvalidInput` unless these are a Monday and a later Sunday, of this week at the latest, in Paris."""
    sunday = _sunday_of(now)
    if last > sunday:
        raise InvalidInput(f"Nothing is known of the future: until {sunday} at the latest.")
    if first.weekday() != _MONDAY or last.weekday() != _SUNDAY or last < first:
        monday = first - timedelta(days=first.weekday())
        sunday = last + timedelta(days=_SUNDAY - last.weekday())
        raise InvalidInput(
            f"Statistics are of whole weeks, from a Monday to a Sunday: from {monday} to {max(monday, sunday)}, say."
        )
    days = range(0, (last - first).days, 7)
    return tuple(Week.of(first + timedelta(days=day)) for day in days)


async def why_draft(
    audit: AuditLog, kind: type[StatisticsPublished] | type[FeedbackPublished], first: date, last: date, now: datetime
) -> str | None:
    if last == _sunday_of(now):
        return f"The week until {last} is not over."
    async for entries in audit.entries(Selection(kinds=(kind,))):
        for entry in entries:
            event = entry.event
            if not isinstance(event, StatisticsPublished | FeedbackPublished):
                continue
            same = (event.first_day, event.last_day) == (first, last)
            if not same and event.first_day <= last and first <= event.last_day:
                return (
                    f"Some of these weeks were published already, from {event.first_day} to {event.last_day}: two"
                    " tables that overlap tell more than one."
                )
    return None


def _sunday_of(now: datetime) -> date:
    """The last day of this week, in Paris."""
    today = now.astimezone(_ZONE).date()
    return today + timedelta(days=_SUNDAY - today.weekday())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _ZONE)
