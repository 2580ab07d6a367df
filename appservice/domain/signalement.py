"""The life of a signalement: `opened → waiting → claimed → erasing → purged`.

`opened` lasts from the guest's press on *start* until its device can decrypt; agents do not know of it yet. Every
transition is a pure function that returns a new signalement, or raises `InvalidTransition` and changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

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
    ERASING = "erasing"


class Cause(StrEnum):
    """Why a signalement is erased."""

    GUEST_LEFT = "guest_left"
    """The emergency, or the end the guest chose: on Matrix both are a leave."""

    NEVER_READY = "never_ready"
    """The page never got as far as being able to decrypt."""


@dataclass(frozen=True, slots=True)
class Signalement:
    """`room_id` and `guest_mxid` never change; `agent_mxid` is set exactly while `state` is `claimed`.

    `department`: INSEE's code, None where the postal code does not tell.
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

    def ready(self) -> "Signalement":
        """The guest's device can decrypt: from now on agents may know of the signalement."""
        self._must_be(State.OPENED)
        return replace(self, state=State.WAITING)

    def claimed_by(self, agent: UserId) -> "Signalement":
        """One agent, and one only, takes it."""
        self._must_be(State.WAITING)
        return replace(self, state=State.CLAIMED, agent_mxid=agent)

    def released(self) -> "Signalement":
        """The agent went away; the guest waits again."""
        self._must_be(State.CLAIMED)
        return replace(self, state=State.WAITING, agent_mxid=None)

    def announced_as(self, announcement_id: EventId) -> "Signalement":
        """The message in the desk room that tells of this signalement."""
        self._must_be(State.WAITING, State.CLAIMED)
        return replace(self, announcement_id=announcement_id)

    def erased(self) -> "Signalement":
        """From any state but itself: there is no way back."""
        self._must_be(State.OPENED, State.WAITING, State.CLAIMED)
        return replace(self, state=State.ERASING, agent_mxid=None)

    def _must_be(self, *allowed: State) -> None:
        if self.state not in allowed:
            raise InvalidTransition(f"signalement {self.reference} is {self.state}")
