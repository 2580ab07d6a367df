"""The guest leaves, for the emergency or at the end: everything is to be erased, and nothing can call it back."""

from appservice.domain.erasure import Erasure
from appservice.domain.ids import RoomId
from appservice.domain.signalement import Cause, Signalement, State
from appservice.ports import Clock, Stores


class RaiseEmergency:
    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def guest_left(self, room: RoomId) -> bool:
        """Returns whether an erasure was ordered by this call; a second leave orders none."""
        signalement = await self._stores.by_room(room)
        if signalement is None or signalement.state is State.ERASING:
            return False
        await self.order(signalement, Cause.GUEST_LEFT)
        return True

    async def order(self, signalement: Signalement, cause: Cause) -> None:
        """Changes the state and queues the erasure, both or neither."""
        now = self._clock.now()
        async with self._stores.transaction():
            await self._stores.replace(signalement, signalement.erased())
            await self._stores.add_erasure(
                Erasure(signalement.signalement_id, cause, requested_at=now, next_attempt_at=now)
            )
