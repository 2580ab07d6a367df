"""What the service keeps of an agents' day, in memory."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from appservice.day_port import Watched
from appservice.domain.care import Care
from appservice.domain.errors import Superseded
from appservice.domain.ids import DeskId, ProposalId, SignalementId, UserId
from appservice.domain.orientation import Orientation
from appservice.domain.place import CLAIMS_REMEMBERED_FOR
from appservice.domain.signs import Signs
from tests.fakes.stores import FakeStores


class FakeDayStore:
    def __init__(self, stores: FakeStores) -> None:
        self._stores = stores
        # Among the stores' own rows: a transaction of theirs that fails takes these back.
        self._rows: dict[str, Any] = vars(stores)
        self._rows |= {"claims": [], "care": {}, "signs": {}, "orientations": {}}

    async def lock_agent(self, agent: UserId) -> None:
        """Nothing here runs between two statements of a transaction."""

    async def note_claim(self, desk: DeskId, at: datetime) -> None:
        recent = [claim for claim in self._rows["claims"] if claim[0] != desk or claim[1] >= at - CLAIMS_REMEMBERED_FOR]
        self._rows["claims"] = [*recent, (desk, at)]

    async def claims_since(self, desk: DeskId, moment: datetime) -> list[datetime]:
        return sorted(at for of, at in self._rows["claims"] if of == desk and at >= moment)

    async def care_of(self, agent: UserId) -> Care:
        care: Care = self._rows["care"].get(agent, Care())
        return care

    async def keep_care(self, agent: UserId, care: Care) -> None:
        self._rows["care"][agent] = care

    async def resting(self, at: datetime) -> Mapping[UserId, Care]:
        kept: dict[UserId, Care] = self._rows["care"]
        return {agent: care for agent, care in kept.items() if care.rest_until is not None and care.rest_until > at}

    async def keep_signs(self, signs: Collection[Watched]) -> None:
        for watched in signs:
            if await self._stores.by_id(watched.signalement_id) is not None:
                kept = self._rows["signs"].get(watched.signalement_id, Signs())
                self._rows["signs"][watched.signalement_id] = kept.later_of(watched.signs)

    async def signs(self) -> list[Watched]:
        return [
            Watched(signalement_id, signs)
            for signalement_id, signs in self._rows["signs"].items()
            if await self._stores.by_id(signalement_id) is not None
        ]

    async def forget_signs(self, signalement_id: SignalementId) -> None:
        self._rows["signs"].pop(signalement_id, None)

    async def add_orientation(self, orientation: Orientation) -> None:
        self._rows["orientations"][orientation.proposal_id] = orientation

    async def orientation(self, proposal: ProposalId) -> Orientation | None:
        found: Orientation | None = self._rows["orientations"].get(proposal)
        if found is None or await self._stores.by_id(found.signalement_id) is None:
            return None
        return found

    async def orientations_of(self, signalement_id: SignalementId) -> list[Orientation]:
        every: list[Orientation] = list(self._rows["orientations"].values())
        return sorted(
            (one for one in every if one.signalement_id == signalement_id),
            key=lambda one: (one.proposed_at, one.proposal_id),
        )

    async def replace_orientation(self, before: Orientation, after: Orientation) -> None:
        if self._rows["orientations"][before.proposal_id].state is not before.state:
            raise Superseded(f"the proposal is no longer {before.state}")
        self._rows["orientations"][before.proposal_id] = after
