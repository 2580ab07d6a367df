"""What the service keeps of an agents' day beside the signalements: claims, signs of life, proposals, care."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appservice.domain.care import Care
from appservice.domain.ids import DeskId, ProposalId, SignalementId, UserId
from appservice.domain.orientation import Orientation
from appservice.domain.signs import Signs


@dataclass(frozen=True, slots=True)
class Watched:
    """The signs of life in one claimed conversation."""

    signalement_id: SignalementId
    signs: Signs


class DayStore(Protocol):
    """In the same database as `Stores`, and part of its transactions."""

    async def lock_agent(self, agent: UserId) -> None:
        """Until the transaction ends, nobody else counts or gives this agent's conversations."""

    async def note_claim(self, desk: DeskId, at: datetime) -> None:
        """An agent of the desk took somebody. Whom is not kept, nor is the claim after an hour."""

    async def claims_since(self, desk: DeskId, moment: datetime) -> list[datetime]:
        """In order."""

    async def care_of(self, agent: UserId) -> Care: ...

    async def keep_care(self, agent: UserId, care: Care) -> None: ...

    async def resting(self, at: datetime) -> Mapping[UserId, Care]:
        """Whose pause is not over then."""

    async def keep_signs(self, signs: Collection[Watched]) -> None:
        """Lays these over what is kept, each time the later one; passes over signalements that are gone."""

    async def signs(self) -> list[Watched]: ...

    async def forget_signs(self, signalement_id: SignalementId) -> None: ...

    async def add_orientation(self, orientation: Orientation) -> None: ...

    async def orientation(self, proposal: ProposalId) -> Orientation | None: ...

    async def orientations_of(self, signalement_id: SignalementId) -> list[Orientation]:
        """In the order in which they were proposed."""

    async def replace_orientation(self, before: Orientation, after: Orientation) -> None:
        """Raises `Superseded` if it is stored in another state."""
