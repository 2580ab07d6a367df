"""Why an agent does not get what it asked for. Nothing was changed; none names a colleague who was not named."""

from datetime import datetime
from enum import StrEnum

from appservice.domain.errors import VeilleuseError
from appservice.domain.ids import UserId


class Refusal(VeilleuseError):
    """The edge that asked puts it into words for the agent."""


class NoSuchSignalement(Refusal):
    """There is none by this reference: mistyped, or erased."""


class AlreadyTaken(Refusal):
    """A colleague was faster."""


class NotTaken(Refusal):
    """The guest still waits: somebody has to take it first."""


class Ended(Refusal):
    """The conversation has ended, or is being erased."""


class NotReady(Refusal):
    """The guest's page cannot decrypt yet."""


class NotOfTheDesk(Refusal):
    """The agent does not belong to the desk that has the signalement."""


class NotTheInterlocutor(Refusal):
    """Only the agent who has the conversation, or a shift leader, may do this."""


class CapacityReached(Refusal):
    """The agent holds as many conversations as the desk lets one hold: close or hand over one first."""

    def __init__(self, agent: UserId, capacity: int) -> None:
        super().__init__(f"{agent} holds {capacity} conversations already")
        self.agent = agent
        self.capacity = capacity


class PauseFirst(Refusal):
    """So many hard conversations in a row are enough: the agent's pause comes first, until then."""

    def __init__(self, agent: UserId, until: datetime) -> None:
        super().__init__(f"{agent} rests until {until}")
        self.agent = agent
        self.until = until


class Hindrance(StrEnum):
    """Why an agent can be given nobody."""

    OFF = "off"
    PAUSED = "paused"
    FULL = "full"


class NotFree(Refusal):
    """The agent who was to have it could not look after the guest now.

    `name` is the agent's; `until`, when a pause ends, None if that is not known; `free`: the names of those of the same
    desk who could have it.
    """

    def __init__(self, name: str, why: Hindrance, until: datetime | None, free: tuple[str, ...]) -> None:
        super().__init__(f"{name} is {why}")
        self.name = name
        self.why = why
        self.until = until
        self.free = free


class AlreadyThere(Refusal):
    """The agent is in the conversation already, or has it already."""


class TooManyListeners(Refusal):
    """Two listen in already: nobody should have to face a crowd."""


class NotListening(Refusal):
    """The agent does not listen in; or has the conversation, and nobody does."""


class NoSuchAgent(Refusal):
    """No desk has an agent by this Matrix id."""


class NoSuchDesk(Refusal):
    """There is no desk by this name."""


class NoSuchUnit(Refusal):
    """The directory has no unit by this id."""


class NothingProposed(Refusal):
    """There is no proposal that the guest has not answered yet."""
