"""When a desk is on duty: hours of the week on the desk's own clock, nights and changes of the clock included."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
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
