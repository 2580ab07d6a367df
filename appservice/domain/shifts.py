"""When a desk is on duty: hours of the week on the desk's own clock, nights and changes of the clock included."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

_DAYS_BACK = (0, 1)  # a shift of yesterday may last into today


@dataclass(frozen=True, slots=True)
class Shift:
    """`days`: 0 for Monday to 6 for Sunday, on which it begins; unless `ends` is later, it ends the day after."""

    days: frozenset[int]
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Shifts:
    """All shifts of a desk, on the clock of `zone`. Without any, the desk is on duty day and night."""

    zone: ZoneInfo
    shifts: tuple[Shift, ...] = ()

    def on_duty(self, at: datetime) -> bool:
        """Whether somebody is to be there at a moment, which must be aware. The end of a shift is no longer in it."""
        if not self.shifts:
            return True
        local = at.astimezone(self.zone)
        return any(self._covers(shift, local, back) for shift in self.shifts for back in _DAYS_BACK)

    def _covers(self, shift: Shift, local: datetime, days_back: int) -> bool:
        day = local.date() - timedelta(days=days_back)
        if day.weekday() not in shift.days:
            return False
        last_day = day if shift.ends > shift.starts else day + timedelta(days=1)
        wall = local.replace(tzinfo=None)
        return datetime.combine(day, shift.starts) <= wall < datetime.combine(last_day, shift.ends)

    def changes(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """The moments (UTC) between two at which a shift begins or ends, in no order."""
        days = (until - since).days + 3
        first = since.astimezone(self.zone).date() - timedelta(days=1)
        for day in (first + timedelta(days=number) for number in range(days)):
            for clock in {clock for shift in self.shifts for clock in (shift.starts, shift.ends)}:
                moment = datetime.combine(day, clock, self.zone).astimezone(UTC)
                if since < moment < until:
                    yield moment


def unattended(desks: Collection[Shifts], since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """From when to when (UTC) not one of the desks is on duty, between two moments; all of the time without desks."""
    moments = sorted({since, until, *(moment for shifts in desks for moment in shifts.changes(since, until))})
    gaps: list[tuple[datetime, datetime]] = []
    for begins, ends in pairwise(moments):
        if any(shifts.on_duty(begins) for shifts in desks):
            continue
        if gaps and gaps[-1][1] == begins:
            begins = gaps.pop()[0]
        gaps.append((begins, ends))
    return gaps
