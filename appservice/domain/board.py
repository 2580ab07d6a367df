"""How all desks stand at a moment, as shift leaders see it; and what of it cannot wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from appservice.domain.availability import Staffing
from appservice.domain.desk import Desk
from appservice.domain.ids import DeskId

DANGER_WAITS_AT_MOST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DeskLoad:
    """What a desk has to do, in counts: nothing here tells one signalement from another."""

    waiting: int = 0
    waiting_since: datetime | None = None
    """Since when the one waits who waits longest."""

    in_danger: int = 0
    """Of those who wait."""

    in_danger_since: datetime | None = None
    active: int = 0

    def with_more(self, more: "DeskLoad") -> "DeskLoad":
        """Both together."""
        return DeskLoad(
            self.waiting + more.waiting,
            _earlier(self.waiting_since, more.waiting_since),
            self.in_danger + more.in_danger,
            _earlier(self.in_danger_since, more.in_danger_since),
            self.active + more.active,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A desk on the board. `available`: agents who are there, whether they have room or not."""

    desk: Desk
    load: DeskLoad
    available: int
    on_duty: bool


class AlarmKind(StrEnum):
    DANGER_WAITS = "danger_waits"
    NOBODY_THERE = "nobody_there"
    WAITS_LONG = "waits_long"


@dataclass(frozen=True, slots=True)
class Alarm:
    """`since` makes it the same alarm as long as it goes on."""

    kind: AlarmKind
    desk_id: DeskId
    since: datetime


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


def rows(desks: Sequence[Desk], loads: Mapping[DeskId, DeskLoad], staffing: Staffing, now: datetime) -> list[Row]:
    """A row for each desk, in the order of the configuration."""
    return [
        Row(
            desk,
            loads.get(desk.desk_id, DeskLoad()),
            available=len(staffing.available_in(desk, now)),
            on_duty=desk.shifts.on_duty(now),
        )
        for desk in desks
    ]


def alarms(board: Sequence[Row], now: datetime, waits_long_after: timedelta) -> list[Alarm]:
    """What a shift leader has to look after now, the gravest first; one of a desk at a time."""
    found = [alarm for row in board if (alarm := _alarm(row, now, waits_long_after)) is not None]
    return sorted(found, key=lambda alarm: (list(AlarmKind).index(alarm.kind), alarm.since))


def _alarm(row: Row, now: datetime, waits_long_after: timedelta) -> Alarm | None:
    load, desk = row.load, row.desk.desk_id
    if load.in_danger_since is not None and now - load.in_danger_since >= DANGER_WAITS_AT_MOST:
        return Alarm(AlarmKind.DANGER_WAITS, desk, load.in_danger_since)
    if load.waiting_since is None:
        return None
    if not row.available:
        return Alarm(AlarmKind.NOBODY_THERE, desk, load.waiting_since)
    if now - load.waiting_since >= waits_long_after:
        return Alarm(AlarmKind.WAITS_LONG, desk, load.waiting_since)
    return None
