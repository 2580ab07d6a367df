"""An agent joins: the claim. One agent, and one only; whoever comes second is out before any key is given."""

from appservice.domain.ids import RoomId, UserId
from appservice.domain.signalement import Signalement, State
from appservice.ports import Desks, DeskVoice, Moment, SignalementRooms, Stores


class Claim:
    """The database decides who was first; the room is then brought to say the same, as often as it takes."""

    def __init__(self, rooms: SignalementRooms, stores: Stores, desks: Desks, voice: DeskVoice) -> None:
        self._rooms = rooms
        self._stores = stores
        self._desks = desks
        self._voice = voice

    async def agent_joined(self, room: RoomId, agent: UserId) -> None:
        signalement = await self._stores.by_room(room)
        if signalement is None:
            return
        # Before anything can be said: a device that has not fetched this by the end holds nothing of the conversation.
        await self._rooms.probe(room, [agent], Moment.JOIN)
        if signalement.state is State.WAITING:
            claimed = signalement.claimed_by(agent)
            await self._stores.replace(signalement, claimed)
            signalement = claimed
        if signalement.state is State.CLAIMED and signalement.agent_mxid == agent:
            await self._settle(signalement, agent)
        else:
            await self._rooms.kick(room, agent)

    async def agent_left(self, room: RoomId, agent: UserId) -> None:
        """The claiming agent is gone: nothing more is written until another has come."""
        signalement = await self._stores.by_room(room)
        if signalement is None or signalement.state is not State.CLAIMED or signalement.agent_mxid != agent:
            return
        await self._rooms.let_write(room, allowed=False)
        await self._rooms.declare_claim(room, None)
        waiting = signalement.released()
        await self._stores.replace(signalement, waiting)
        await self._rooms.admit_members_of(room, self._desks.rooms(signalement.desk_id).space_id)
        await self._voice.show_waiting(waiting)

    async def _settle(self, signalement: Signalement, agent: UserId) -> None:
        room = signalement.room_id
        await self._rooms.admit_only_invited(room)
        for other in await self._rooms.agents_in(room) - {agent}:
            await self._rooms.kick(room, other)
        await self._rooms.declare_claim(room, agent)
        await self._rooms.let_write(room, allowed=True)
        await self._voice.show_claimed(signalement)
