"""The guest leaves, for the emergency or at the end: everything is to be erased, and nothing can call it back."""

from appservice.domain.audit.acts import Act
from appservice.domain.audit.events import ErasureOrdered
from appservice.domain.audit.values import GUEST, OPERATOR, SERVICE
from appservice.domain.erasure import Erasure
from appservice.domain.ids import RoomId
from appservice.domain.refusals import NoSuchSignalement
from appservice.domain.signalement import Cause, Signalement, State
from appservice.ports import Clock, Stores
from appservice.usecases.change_signalement import ChangeSignalement


class RaiseEmergency:
    def __init__(self, stores: Stores, clock: Clock, change: ChangeSignalement) -> None:
        self._stores = stores
        self._clock = clock
        self._change = change

    async def guest_left(self, room: RoomId) -> bool:
        """Returns whether an erasure was ordered by this call; a second leave orders none."""
        signalement = await self._stores.by_room(room)
        if signalement is None or signalement.state is State.ERASING:
            return False
        return await self.order(signalement, Cause.GUEST_LEFT)

    async def order(self, signalement: Signalement, cause: Cause, only_from: State | None = None) -> bool:
        """Changes the state and queues the erasure, both or neither, whatever else happens to the signalement.

        Returns False if it is being erased, or was, already; or is no longer in the state `only_from`.
        """
        ordered = [False]

        async def decide(stored: Signalement) -> Signalement:
            ordered[0] = stored.state is not State.ERASING and only_from in (None, stored.state)
            if not ordered[0]:
                return stored
            now = self._clock.now()
            await self._stores.add_erasure(Erasure(stored.signalement_id, cause, requested_at=now, next_attempt_at=now))
            return stored.erased()

        try:
            await self._change.by_id(signalement.signalement_id, decide, _order(cause))
        except NoSuchSignalement:
            return False
        return ordered[0]


_BY = {Cause.GUEST_LEFT: GUEST, Cause.OPERATOR: OPERATOR}


def _order(cause: Cause) -> Act:
    return Act(_BY.get(cause, SERVICE), ErasureOrdered(cause))
