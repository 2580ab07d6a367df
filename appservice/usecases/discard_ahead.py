"""A room made ahead that nobody will have: erased, and the erasure proved, as for any other."""

from appservice.ahead_port import AheadRecords, RoomAhead
from appservice.domain.ids import DeskId, SignalementId
from appservice.domain.reference import draw_reference
from appservice.domain.signalement import Cause, Role, Signalement
from appservice.ports import Clock, Randomness, Stores
from appservice.usecases.raise_emergency import RaiseEmergency


class DiscardAhead:
    def __init__(
        self,
        stores: Stores,
        records: AheadRecords,
        emergency: RaiseEmergency,
        clock: Clock,
        randomness: Randomness,
        last_resort: DeskId,
    ) -> None:
        self._stores = stores
        self._records = records
        self._emergency = emergency
        self._clock = clock
        self._randomness = randomness
        self._last_resort = last_resort

    async def rooms(self) -> list[RoomAhead]:
        """All there are, whoever made them."""
        return await self._records.rooms()

    async def __call__(self, room: RoomAhead, cause: Cause = Cause.UNUSED, desk: DeskId | None = None) -> bool:
        """Orders the erasure, unless somebody has been given the room meanwhile: then False."""
        discarded = Signalement(
            signalement_id=SignalementId(self._randomness.token()),
            reference=draw_reference(self._randomness),
            room_id=room.room_id,
            guest_mxid=room.guest_mxid,
            desk_id=desk or self._last_resort,
            department=None,
            role=Role.VICTIM,
            in_danger=False,
            opened_at=self._clock.now(),
        )
        async with self._stores.transaction():
            if not await self._records.take(room.guest_mxid):
                return False
            await self._stores.add(discarded)
            return await self._emergency.order(discarded, cause)
