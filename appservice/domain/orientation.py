"""A complaint or an association, proposed by the agent, decided by the guest. Nothing in it is about the guest."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from appservice.domain.errors import InvalidTransition
from appservice.domain.ids import DeskId, ProposalId, SignalementId


class OrientationKind(StrEnum):
    COMPLAINT = "complaint"
    ASSOCIATION = "association"


class Wish(StrEnum):
    """When the guest would like to be received."""

    AS_SOON_AS_POSSIBLE = "as_soon_as_possible"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class OrientationState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """By the agent who has the conversation, or because another was proposed."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """A public service, as the guest's card shows it. None: not known. `call_first`: old, or without hours.

    `source` published them, and they were true on the day `as_of`; both None where the configuration has them.
    """

    name: str
    address: str | None = None
    phone: str | None = None
    hours: tuple[str, ...] | None = None
    call_first: bool = False
    source: str | None = None
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Orientation:
    """`desk_id`: the desk that is told on acceptance, and whose agents may come in; None where the unit has none."""

    proposal_id: ProposalId
    signalement_id: SignalementId
    kind: OrientationKind
    particulars: Particulars
    desk_id: DeskId | None
    proposed_at: datetime
    state: OrientationState = OrientationState.PROPOSED
    wish: Wish | None = None

    def answered(self, accepted: bool, wish: Wish | None) -> "Orientation":
        """Once, and only while it is proposed. A wish without consent is none."""
        self._must_be_open()
        state = OrientationState.ACCEPTED if accepted else OrientationState.DECLINED
        return replace(self, state=state, wish=wish if accepted else None)

    def withdrawn(self) -> "Orientation":
        self._must_be_open()
        return replace(self, state=OrientationState.WITHDRAWN)

    def _must_be_open(self) -> None:
        if self.state is not OrientationState.PROPOSED:
            raise InvalidTransition(f"the proposal is {self.state}")
