"""The life of a signalement: `opened → waiting → claimed → closed → erasing → purged`.

`opened` lasts from the guest's press on *start* until its device can decrypt; agents do not know of it yet. From
`claimed` it may go back to `waiting`, at the same desk or at another. Every transition is a pure function that returns
a new signalement, or raises `InvalidTransition` and changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from appservice.domain.availability import DeskState
from appservice.domain.desk_routing import Why
from appservice.domain.errors import InvalidTransition
from appservice.domain.ids import DeskId, EventId, Reference, RoomId, SignalementId, UserId


class Role(StrEnum):
    """Who the guest says to be. It changes the words, never the rights."""

    VICTIM = "victim"
    WITNESS = "witness"
    RELATIVE = "relative"
    PROFESSIONAL = "professional"


class State(StrEnum):
    OPENED = "opened"
    WAITING = "waiting"
    CLAIMED = "claimed"
    CLOSED = "closed"
    ERASING = "erasing"


class Cause(StrEnum):
    """Why a signalement is erased."""

    GUEST_LEFT = "guest_left"
    """The emergency, or the end the guest chose: on Matrix both are a leave."""

    NEVER_READY = "never_ready"
    """The page never got as far as being able to decrypt."""

    LOST_CONTACT = "lost_contact"
    """The page gave no sign for so long that there is nobody any more."""

    RETENTION = "retention"
    """The time is over for which a conversation in this state is kept."""

    OPERATOR = "operator"
    """Somebody with access to the machine ordered it."""

    RESTORED = "restored"
    """It had been erased, or was known to one side only: a backup was restored."""

    UNUSED = "unused"
    """Its room was made ahead of need, and nobody came."""


class Outcome(StrEnum):
    """How the agent says that a conversation ended. Stored: append, never rename."""

    COMPLAINT = "complaint"
    ASSOCIATION = "association"
    INFORMED = "informed"
    WITNESS_HEARD = "witness_heard"
    NOT_COMPETENT = "not_competent"
    ABUSE = "abuse"
    NO_NEED = "no_need"
    OTHER = "other"


class Interruption(StrEnum):
    """Why a guest who had an interlocutor has none. The page reads the value."""

    HANDED_OVER = "handed_over"
    AGENT_AWAY = "agent_away"


@dataclass(frozen=True, slots=True)
class Routed:
    """How the signalement came to its desk: why there, and which desks were asked before, with how they stood."""

    why: Why
    passed: tuple[tuple[DeskId, DeskState], ...] = ()


@dataclass(frozen=True, slots=True)
class Signalement:
    """`room_id` and `guest_mxid` never change; `agent_mxid` is set exactly while `state` is `claimed`.

    `department`: INSEE's code, None where the postal code does not tell. `routed` is None for who came before it was
    kept.
    """

    signalement_id: SignalementId
    reference: Reference
    room_id: RoomId
    guest_mxid: UserId
    desk_id: DeskId
    department: str | None
    role: Role
    in_danger: bool
    opened_at: datetime
    state: State = State.OPENED
    agent_mxid: UserId | None = None
    announcement_id: EventId | None = None
    """The message in the room of `desk_id` that tells of this signalement."""
    routed: Routed | None = None

    at_desk_since: datetime | None = None
    """When it came into the queue of `desk_id`; None while agents do not know of it."""

    stay: int = 0
    """Counts the desks it has been at."""

    told_at: datetime | None = None
    """When the desk was last told that somebody waits; None: it is to be told."""

    claimed_at: datetime | None = None
    """When `agent_mxid` took it, or was given it."""

    listeners: tuple[UserId, ...] = ()
    """Who listens in, in the order in which they came; the guest sees them."""

    interruption: Interruption | None = None
    passed: tuple[DeskId, ...] = ()
    """Desks where nobody took it in time; it does not come back to them by itself."""

    hard: bool = False
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    revision: int = 0
    """Counts the transitions: what was decided on an earlier state is not stored over a later one."""

    @property
    def urgency(self) -> tuple[bool, datetime, SignalementId]:
        """The order of the queue: danger first, then who has been with us longest, then an order that is no other's."""
        return not self.in_danger, self.opened_at, self.signalement_id

    def as_of(self, desk: DeskId, announcement_id: EventId | None) -> "Signalement":
        """As a desk knew it that it has left: to take away there what told of it."""
        return replace(self, desk_id=desk, announcement_id=announcement_id)

    def ready(self, at: datetime) -> "Signalement":
        """The guest's device can decrypt: from now on agents may know of the signalement."""
        self._must_be(State.OPENED)
        return self._changed(state=State.WAITING, at_desk_since=at)

    def claimed_by(self, agent: UserId, at: datetime) -> "Signalement":
        """One agent, and one only, takes it."""
        self._must_be(State.WAITING)
        return self._changed(state=State.CLAIMED, agent_mxid=agent, claimed_at=at, interruption=None, passed=())

    def released(self, at: datetime, why: Interruption | None = None) -> "Signalement":
        """The agent went away; the guest waits again, at the same desk."""
        self._must_be(State.CLAIMED)
        return self._waiting(at, why)

    def handed_to(self, agent: UserId, desk: DeskId, at: datetime) -> "Signalement":
        """Another agent has it from now on: of the same desk or of another, which is then the signalement's."""
        self._must_be(State.WAITING, State.CLAIMED)
        if agent == self.agent_mxid:
            raise InvalidTransition(f"signalement {self.reference} is this agent's already")
        interruption = Interruption.HANDED_OVER if self.state is State.CLAIMED else None
        return self._moved(desk, at)._changed(
            revision=self.revision + 1,
            state=State.CLAIMED,
            agent_mxid=agent,
            claimed_at=at,
            listeners=(),
            interruption=interruption,
            passed=(),
            hard=False,
        )

    def handed_to_desk(self, desk: DeskId, at: datetime) -> "Signalement":
        """The guest waits, at this desk; the desk may be the same."""
        self._must_be(State.WAITING, State.CLAIMED)
        interruption = Interruption.HANDED_OVER if self.state is State.CLAIMED else self.interruption
        return self._moved(desk, at)._waiting(at, interruption)._changed(revision=self.revision + 1, passed=())

    def overflowed_to(self, desk: DeskId, at: datetime) -> "Signalement":
        """Nobody took it in time where it is."""
        self._must_be(State.WAITING)
        passed = (*self.passed, self.desk_id)
        return self._moved(desk, at)._changed(revision=self.revision + 1, passed=passed)

    def announced_as(self, announcement_id: EventId, at: datetime) -> "Signalement":
        """The message in the desk room that tells of this signalement."""
        self._must_be(State.WAITING, State.CLAIMED)
        return self._changed(announcement_id=announcement_id, told_at=at)

    def told_again(self, at: datetime) -> "Signalement":
        """The desk was told, louder, that somebody waits still."""
        self._must_be(State.WAITING)
        return self._changed(told_at=at)

    def listened_by(self, listener: UserId) -> "Signalement":
        """A second agent comes in, visibly."""
        self._must_be(State.CLAIMED)
        if listener == self.agent_mxid or listener in self.listeners:
            raise InvalidTransition(f"{listener} is in signalement {self.reference} already")
        return self._changed(listeners=(*self.listeners, listener))

    def no_longer_listened_by(self, *listeners: UserId) -> "Signalement":
        self._must_be(State.CLAIMED)
        return self._changed(listeners=tuple(other for other in self.listeners if other not in listeners))

    def marked_in_danger(self, in_danger: bool) -> "Signalement":
        self._must_be(State.WAITING, State.CLAIMED)
        return self._changed(in_danger=in_danger)

    def marked_hard(self, hard: bool) -> "Signalement":
        """The agent says that it weighs; a pause is offered afterwards. It counts for nobody who has it later."""
        self._must_be(State.CLAIMED)
        return self._changed(hard=hard)

    def touched(self) -> "Signalement":
        """Something that belongs to it has changed, and its room is to say so."""
        self._must_be(State.WAITING, State.CLAIMED)
        return self._changed()

    def closed(self, outcome: Outcome, at: datetime) -> "Signalement":
        """The agent has ended the conversation. What was said stays until its time is over."""
        self._must_be(State.WAITING, State.CLAIMED)
        return self._changed(
            state=State.CLOSED, agent_mxid=None, listeners=(), interruption=None, closed_at=at, outcome=outcome
        )

    def erased(self) -> "Signalement":
        """From any state but itself: there is no way back."""
        self._must_be(State.OPENED, State.WAITING, State.CLAIMED, State.CLOSED)
        return self._changed(state=State.ERASING, agent_mxid=None, listeners=())

    def _waiting(self, at: datetime, why: Interruption | None) -> "Signalement":
        return self._changed(
            state=State.WAITING,
            agent_mxid=None,
            claimed_at=None,
            listeners=(),
            interruption=why,
            at_desk_since=at,
            told_at=None,
            hard=False,
        )

    def _moved(self, desk: DeskId, at: datetime) -> "Signalement":
        if desk == self.desk_id:
            return self
        return self._changed(desk_id=desk, at_desk_since=at, stay=self.stay + 1, announcement_id=None, told_at=None)

    def _changed(self, **fields: Any) -> "Signalement":
        return replace(self, **({"revision": self.revision + 1} | fields))

    def _must_be(self, *allowed: State) -> None:
        if self.state not in allowed:
            raise InvalidTransition(f"signalement {self.reference} is {self.state}")
