"""An agent takes a signalement: by joining its room, by a command, by a reaction. One agent, and one only.

The database decides who was first; the room is then brought to say the same, as often as it takes. Whoever comes second
is out, or never in, before any key is given: the guest's page seals only for the agent whom the warden names.
"""

from appservice.domain.audit.acts import Act
from appservice.domain.audit.events import JoinRefused
from appservice.domain.audit.values import JoinRefusal
from appservice.domain.ids import Reference, RoomId, UserId
from appservice.domain.refusals import (
    AlreadyTaken,
    CapacityReached,
    Ended,
    NotOfTheDesk,
    NotReady,
    PauseFirst,
    Refusal,
)
from appservice.domain.signalement import Signalement, State
from appservice.ports import Clock, Desks, DeskVoice, Moment, SignalementRooms, Stores
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.rights import require_going_on, require_member
from appservice.usecases.settle_room import SettleRoom
from appservice.usecases.workload import Workload

_REFUSALS: dict[type[Refusal], JoinRefusal] = {
    AlreadyTaken: JoinRefusal.ALREADY_CLAIMED,
    CapacityReached: JoinRefusal.AT_CAPACITY,
    Ended: JoinRefusal.ENDED,
    NotOfTheDesk: JoinRefusal.NOT_OF_THE_DESK,
    NotReady: JoinRefusal.NOT_READY,
    PauseFirst: JoinRefusal.MUST_REST,
}


class Claim:
    def __init__(
        self,
        rooms: SignalementRooms,
        stores: Stores,
        desks: Desks,
        voice: DeskVoice,
        clock: Clock,
        change: ChangeSignalement,
        settle: SettleRoom,
        workload: Workload,
    ) -> None:
        self._rooms = rooms
        self._stores = stores
        self._desks = desks
        self._voice = voice
        self._clock = clock
        self._change = change
        self._settle = settle
        self._workload = workload

    async def take(self, reference: Reference, agent: UserId) -> Signalement:
        """By command or reaction: the agent has it when this returns, and finds the room joined, or an invitation.

        Again by the same agent, nothing happens. Raises a `Refusal`: `AlreadyTaken`, `CapacityReached`, `PauseFirst`,
        `NotOfTheDesk`, `NotReady`, `Ended`, `NoSuchSignalement`.
        """

        async def decide(stored: Signalement) -> Signalement:
            return await self._taken(stored, agent)

        taken = await self._change.by_reference(reference, decide, Act(agent))
        await self._settle.soon(taken)
        return taken

    async def agent_joined(self, room: RoomId, agent: UserId) -> None:
        """Somebody came in. If nobody has the signalement, that is a claim; who has no place there is put out again,
        and told why in the desk room. Raises `HomeserverError`; then it is to be called again.
        """
        if await self._stores.by_room(room) is None:
            return
        # Before anything can be said: a device that has not fetched this by the end holds nothing of the conversation.
        await self._rooms.probe(room, [agent], Moment.JOIN)

        async def decide(stored: Signalement) -> Signalement:
            return stored if agent in stored.listeners else await self._taken(stored, agent)

        try:
            taken = await self._change.by_room(room, decide, Act(agent))
        except Refusal as refusal:
            await self._put_out(room, agent, refusal)
        else:
            await self._settle(taken.signalement_id)

    async def agent_left(self, room: RoomId, agent: UserId) -> None:
        """The claiming agent is gone: nothing more is written until another has come. Raises `HomeserverError`."""
        signalement = await self._stores.by_room(room)
        if signalement is None or agent not in (signalement.agent_mxid, *signalement.listeners):
            return
        if agent in await self._rooms.agents_in(room) | await self._rooms.agents_invited_to(room):
            return  # and back already

        async def decide(stored: Signalement) -> Signalement:
            if stored.state is State.CLAIMED and stored.agent_mxid == agent:
                return stored.released(self._clock.now())
            return stored.no_longer_listened_by(agent) if agent in stored.listeners else stored

        left = await self._change.by_id(signalement.signalement_id, decide, Act(agent))
        await self._settle(left.signalement_id)

    async def _taken(self, stored: Signalement, agent: UserId) -> Signalement:
        require_going_on(stored)
        if stored.agent_mxid == agent:
            return stored
        if stored.state is State.CLAIMED:
            raise AlreadyTaken(f"signalement {stored.reference} is taken")
        desk = self._desks.desk(stored.desk_id)
        require_member(desk, agent)
        await self._workload.require_room_for_one_more(desk, agent)
        return stored.claimed_by(agent, self._clock.now())

    async def _put_out(self, room: RoomId, agent: UserId, refusal: Refusal) -> None:
        await self._rooms.kick(room, agent)
        signalement = await self._stores.by_room(room)
        if signalement is None:
            return
        await self._change.record(signalement, Act(agent, JoinRefused(_REFUSALS.get(type(refusal), JoinRefusal.OTHER))))
        if signalement.announcement_id is not None:
            await self._voice.explain(signalement, agent, refusal)
