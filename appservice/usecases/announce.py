"""The guest's device is ready, which its joining its room tells: agents may know of the signalement."""

from appservice.domain.audit.acts import Act
from appservice.domain.audit.values import GUEST
from appservice.domain.ids import RoomId
from appservice.domain.refusals import NoSuchSignalement
from appservice.domain.signalement import Signalement, State
from appservice.ports import Clock
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.settle_room import SettleRoom


class Announce:
    def __init__(self, clock: Clock, change: ChangeSignalement, settle: SettleRoom) -> None:
        self._clock = clock
        self._change = change
        self._settle = settle

    async def guest_joined(self, room: RoomId) -> None:
        """Shows the room in the desk's Space and announces it, once, whatever crashes in between.

        Raises `HomeserverError`; then it is to be called again.
        """

        async def decide(stored: Signalement) -> Signalement:
            return stored.ready(self._clock.now()) if stored.state is State.OPENED else stored

        try:
            ready = await self._change.by_room(room, decide, Act(GUEST))
        except NoSuchSignalement:
            return
        await self._settle(ready.signalement_id)
