"""The guest's device is ready, which its joining its room tells: agents may know of the signalement."""

from appservice.domain.ids import RoomId
from appservice.domain.signalement import Signalement, State
from appservice.ports import Desks, DeskVoice, SignalementRooms, Stores


class Announce:
    def __init__(self, rooms: SignalementRooms, stores: Stores, desks: Desks, voice: DeskVoice) -> None:
        self._rooms = rooms
        self._stores = stores
        self._desks = desks
        self._voice = voice

    async def guest_joined(self, room: RoomId) -> None:
        """Shows the room in the desk's Space and announces it, once, whatever crashes in between."""
        signalement = await self._stores.by_room(room)
        if signalement is None:
            return
        if signalement.state is State.OPENED:
            ready = signalement.ready()
            await self._stores.replace(signalement, ready)
            signalement = ready
        if signalement.state is State.WAITING and signalement.announcement_id is None:
            await self._tell_agents(signalement)

    async def _tell_agents(self, signalement: Signalement) -> None:
        await self._rooms.link(signalement.room_id, self._desks.rooms(signalement.desk_id).space_id)
        announcement_id = await self._voice.announce(signalement)
        await self._stores.replace(signalement, signalement.announced_as(announcement_id))
