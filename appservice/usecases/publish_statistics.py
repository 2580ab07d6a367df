"""How many signalements there were, by department and week, fit to be published."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from appservice.audit_port import AuditLog, Selection
from appservice.domain.audit.events import Opened, StatisticsPublished
from appservice.domain.audit.values import OPERATOR, Department
from appservice.domain.disclosure import Publication, publish
from appservice.domain.errors import InvalidInput

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


Statistics = Publication[Department | None, Week]
"""None: the postal code told no department."""


class PublishStatistics:
    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit

    async def __call__(self, first: date, last: date) -> Statistics:
        """Of whole weeks, from a Monday to a Sunday, both included; notes in the record that it was asked for.

        Raises `InvalidInput` for other days: numbers of overlapping periods would tell of the days between them.
        """
        weeks = weeks_between(first, last)
        counts: Counter[tuple[Department | None, Week]] = Counter()
        selection = Selection(_midnight(first), _midnight(last + timedelta(days=1)), (Opened,))
        async for entries in self._audit.entries(selection):
            for entry in entries:
                if isinstance(entry.event, Opened):
                    counts[entry.event.department, Week.of(entry.at.astimezone(_ZONE).date())] += 1
        departments = sorted({department for department, _ in counts}, key=lambda code: (code is None, code))
        statistics = publish(counts, tuple(departments), weeks)
        await self._audit.append(StatisticsPublished(first, last, statistics.suppressed), by=OPERATOR)
        return statistics


def weeks_between(first: date, last: date) -> tuple[Week, ...]:
    """Raises `InvalidInput` unless these are a Monday and a later Sunday."""
    if first.weekday() != _MONDAY or last.weekday() != _SUNDAY or last < first:
        monday = first - timedelta(days=first.weekday())
        sunday = last + timedelta(days=_SUNDAY - last.weekday())
        raise InvalidInput(
            f"Statistics are of whole weeks, from a Monday to a Sunday: from {monday} to {max(monday, sunday)}, say."
        )
    days = range(0, (last - first).days, 7)
    return tuple(Week.of(first + timedelta(days=day)) for day in days)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _ZONE)
