"""Who can take a signalement now, and which desk it goes to when its own cannot. There is always one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from appservice.domain.desk import Desk
from appservice.domain.ids import DeskId, UserId


class Presence(StrEnum):
    """What agents say of themselves; who says nothing is there."""

    AVAILABLE = "available"
    PAUSED = "paused"
    OFF = "off"
    """The shift is over."""


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """`until`: when a pause ends by itself, None for never."""

    presence: Presence = Presence.AVAILABLE
    until: datetime | None = None

    def available(self, now: datetime) -> bool:
        ended = self.until is not None and self.until <= now
        return self.presence is Presence.AVAILABLE or ended

    def resting(self, until: datetime) -> "AgentStatus":
        """With a pause laid over what the agent said: who is off stays off, and of two pauses the later end holds."""
        pauses_longer = self.presence is Presence.PAUSED and (self.until is None or self.until >= until)
        if self.presence is Presence.OFF or pauses_longer:
            return self
        return AgentStatus(Presence.PAUSED, until)


class DeskState(StrEnum):
    """Why a desk was passed over. Stored: append, never rename."""

    FREE = "free"
    """Somebody is there and has room for one more."""

    BUSY = "busy"
    """Everybody who is there has as many conversations as the desk's capacity."""

    ABSENT = "absent"
    """All agents pause, or have ended their shift; or the desk has none."""

    OFF_SHIFT = "off_shift"
    """The desk's hours."""


@dataclass(frozen=True, slots=True)
class Staffing:
    """How things stand with agents: what each said, and how many conversations each holds."""

    statuses: Mapping[UserId, AgentStatus]
    conversations: Mapping[UserId, int]

    def available_in(self, desk: Desk, now: datetime) -> tuple[UserId, ...]:
        """Agents of the desk who are there, whether they have room or not."""
        return tuple(agent for agent in desk.agents if self.statuses.get(agent, AgentStatus()).available(now))

    def free_in(self, desk: Desk, now: datetime) -> tuple[UserId, ...]:
        """Agents of the desk who are there and have room for one more."""
        return tuple(agent for agent in self.available_in(desk, now) if self.has_room(desk, agent))

    def has_room(self, desk: Desk, agent: UserId) -> bool:
        return self.conversations.get(agent, 0) < desk.capacity

    def state_of(self, desk: Desk, now: datetime) -> DeskState:
        if not desk.shifts.on_duty(now):
            return DeskState.OFF_SHIFT
        if not self.available_in(desk, now):
            return DeskState.ABSENT
        return DeskState.FREE if self.free_in(desk, now) else DeskState.BUSY


@dataclass(frozen=True, slots=True)
class Choice:
    """The desk that gets the signalement, how it stands, and who was asked before, in order, with how they stand."""

    desk_id: DeskId
    state: DeskState
    passed: tuple[tuple[DeskId, DeskState], ...] = ()


def choose(chain: Sequence[DeskId], last_resort: DeskId, state_of: Callable[[DeskId], DeskState]) -> Choice:
    """The first desk of `chain` that is free; where none is, the first that has somebody there; where nobody is there
    at all, `last_resort`, which must be in the chain. Never nobody.
    """
    states: list[tuple[DeskId, DeskState]] = []
    for desk in chain:
        state = state_of(desk)
        if state is DeskState.FREE:
            return Choice(desk, state, tuple(states))
        states.append((desk, state))
    for position, (desk, state) in enumerate(states):
        if state is DeskState.BUSY:
            return Choice(desk, state, tuple(states[:position]))
    others = tuple((desk, state) for desk, state in states if desk != last_resort)
    return Choice(last_resort, dict(states)[last_resort], others)
