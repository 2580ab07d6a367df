"""Brings a signalement's room, and what tells of it, to say what the database says. Level-triggered and repeatable.

The database is changed first, and decides. Whatever cut the rest short, a crash, a homeserver that was away, this is
done again until the room says the same: `SettleUnsettled` finds what is left to do.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from weakref import WeakValueDictionary

from appservice.day_port import DayStore
from appservice.domain.desk import Desk
from appservice.domain.errors import HomeserverError, Superseded
from appservice.domain.ids import RoomId, SignalementId, UserId
from appservice.domain.interlocutor import Interlocutor, Named, Nobody, name_for_guest
from appservice.domain.orientation import OrientationState
from appservice.domain.signalement import Interruption, Signalement, State
from appservice.ports import Clock, Desks, DeskVoice, Moment, SignalementRooms, Stores

_LOG = logging.getLogger(__name__)


class SettleRoom:
    def __init__(
        self,
        rooms: SignalementRooms,
        stores: Stores,
        day: DayStore,
        desks: Desks,
        voice: DeskVoice,
        clock: Clock,
    ) -> None:
        self._rooms = rooms
        self._stores = stores
        self._day = day
        self._desks = desks
        self._voice = voice
        self._clock = clock
        self._locks: WeakValueDictionary[SignalementId, asyncio.Lock] = WeakValueDictionary()
        self._steps = {State.WAITING: self._waiting, State.CLAIMED: self._claimed, State.CLOSED: self._closed}
        self.left_undone = asyncio.Event()
        """Set when a room could not be settled, and is to be tried again."""

    async def __call__(self, signalement_id: SignalementId) -> None:
        """Until the room says what is stored, whatever changes meanwhile. Raises `HomeserverError`.

        One at a time for each signalement; of two processes, the later one's work stands, for each looks again when it
        is done.
        """
        lock = self._locks.setdefault(signalement_id, asyncio.Lock())
        async with lock:
            settled: Signalement | None = None
            while True:
                signalement = await self._stores.by_id(signalement_id)
                if signalement is None or signalement.state not in self._steps:
                    if settled is not None:
                        await self._forget(settled)
                    return
                settled = await self._steps[signalement.state](signalement)
                await self._take_leave(settled)
                if await self._stores.mark_settled(settled):
                    return

    async def soon(self, signalement: Signalement) -> None:
        """The same for who has got what they asked for already: where the homeserver is away, it is done later."""
        try:
            await self(signalement.signalement_id)
        except HomeserverError as reason:
            _LOG.warning("A room is settled later: %s", reason)
            self.left_undone.set()

    async def _waiting(self, signalement: Signalement) -> Signalement:
        room, space = signalement.room_id, self._desks.rooms(signalement.desk_id).space_id
        if await self._rooms.open_to(room) != space:
            # A room that was never settled is as it was made: nobody may write, and nobody was there.
            if signalement.revision > 1:
                await self._rooms.let_write(room, allowed=False)
                await self._rooms.declare_claim(room, self._nobody(signalement))
                # Lest somebody of the former desk comes in while others are put out.
                await self._rooms.admit_only_invited(room)
                await self._put_out_all_but(signalement, ())
            await self._rooms.admit_members_of(room, space)
        if signalement.announcement_id is None:
            await self._rooms.link(room, space)
            return await self._announced(signalement)
        await self._voice.show_waiting(signalement)
        return signalement

    async def _claimed(self, signalement: Signalement) -> Signalement:
        room, agent = signalement.room_id, signalement.agent_mxid
        assert agent is not None  # noqa: S101 what the state means
        await self._rooms.admit_only_invited(room)
        joined = await self._rooms.agents_in(room)
        if agent not in joined:
            await self._rooms.let_write(room, allowed=False)
            if await self._rooms.declared(room) == agent:
                # It was there and has left: that is about to be seen, and frees the signalement. It is not called back.
                return signalement
            await self._rooms.declare_claim(room, self._nobody(signalement))
        await self._put_out_all_but(signalement, (agent, *signalement.listeners))
        coming = [one for one in (agent, *signalement.listeners) if one not in joined]
        if agent in joined:
            present = await self._with_listeners(room, coming, joined)
            await self._rooms.declare_claim(room, self._interlocutor(signalement, agent, present))
            await self._rooms.let_write(room, allowed=True)
        else:
            await self._bring_in(room, coming)
        await self._show_orientations(signalement)
        if signalement.announcement_id is None:
            signalement = await self._announced(signalement)
        await self._voice.show_claimed(signalement)
        if signalement.interruption is Interruption.HANDED_OVER and agent not in joined:
            await self._voice.call(signalement)
        return signalement

    async def _with_listeners(
        self, room: RoomId, coming: Sequence[UserId], joined: frozenset[UserId]
    ) -> frozenset[UserId]:
        """Who is joined, once the listeners have come. Until they are named nothing is written: it would be sealed for
        those alone who are there, and their clients would show that they cannot read it.
        """
        if not coming:
            return joined
        await self._rooms.let_write(room, allowed=False)
        await self._bring_in(room, coming)
        return await self._rooms.agents_in(room)

    async def _bring_in(self, room: RoomId, coming: Sequence[UserId]) -> None:
        for one in coming:
            # Before the join, as in `Claim.agent_joined`: a device that never fetches it holds nothing.
            await self._rooms.probe(room, [one], Moment.JOIN)
            await self._rooms.bring_in(room, one)

    async def _closed(self, signalement: Signalement) -> Signalement:
        """Who was in the conversation stays in its room, without a word to say: only members learn of the redactions
        to come, and their screens are cleared by them."""
        room = signalement.room_id
        await self._rooms.let_write(room, allowed=False)
        await self._rooms.admit_only_invited(room)
        await self._rooms.declare_closed(room)
        for invited in await self._rooms.agents_invited_to(room):
            await self._rooms.kick(room, invited)
        await self._rooms.unlink(room, self._desks.rooms(signalement.desk_id).space_id)
        await self._voice.show_closed(signalement)
        return signalement

    async def _announced(self, signalement: Signalement) -> Signalement:
        """Announces it; the same event again, if an earlier try was not stored. What cannot be kept is taken back."""
        announcement = await self._voice.announce(signalement)
        while True:
            stored = await self._stores.by_id(signalement.signalement_id)
            if stored is None or stored.stay != signalement.stay or stored.state not in (State.WAITING, State.CLAIMED):
                await self._voice.withdraw(signalement.as_of(signalement.desk_id, announcement))
                return signalement
            announced = stored.announced_as(announcement, self._clock.now())
            try:
                await self._stores.replace(stored, announced)
            except Superseded:
                continue
            # What has changed meanwhile is for the next turn to see.
            return announced if stored.revision == signalement.revision else signalement

    async def _show_orientations(self, signalement: Signalement) -> None:
        """What was answered stays as it was shown."""
        for orientation in await self._day.orientations_of(signalement.signalement_id):
            if orientation.state is OrientationState.PROPOSED:
                await self._rooms.show_orientation(signalement.room_id, orientation.proposal_id, orientation)
            elif orientation.state is OrientationState.WITHDRAWN:
                await self._rooms.show_orientation(signalement.room_id, orientation.proposal_id, None)

    async def _forget(self, signalement: Signalement) -> None:
        """It began to be erased while its room was settled: what tells of it elsewhere may have come after the erasure
        had looked. Whoever is in its room by now is put out when the join is seen."""
        await self._rooms.unlink(signalement.room_id, self._desks.rooms(signalement.desk_id).space_id)
        await self._voice.withdraw(signalement)

    async def _take_leave(self, signalement: Signalement) -> None:
        for departure in await self._stores.departures(signalement.signalement_id):
            if departure.desk_id != signalement.desk_id:
                await self._rooms.unlink(signalement.room_id, self._desks.rooms(departure.desk_id).space_id)
            await self._voice.withdraw(signalement.as_of(departure.desk_id, departure.announcement_id))
            await self._stores.forget_departure(signalement.signalement_id, departure)

    async def _put_out_all_but(self, signalement: Signalement, wanted: Collection[UserId]) -> None:
        room = signalement.room_id
        present = await self._rooms.agents_in(room) | await self._rooms.agents_invited_to(room)
        await asyncio.gather(*(self._rooms.kick(room, other) for other in sorted(present - set(wanted))))

    def _interlocutor(self, signalement: Signalement, agent: UserId, joined: Collection[UserId]) -> Interlocutor:
        listeners = [self._named(signalement, one) for one in signalement.listeners if one in joined]
        return Interlocutor(self._named(signalement, agent), tuple(listeners))

    def _nobody(self, signalement: Signalement) -> Nobody:
        if signalement.interruption is not Interruption.HANDED_OVER:
            return Nobody(signalement.interruption)
        if signalement.agent_mxid is not None:
            return Nobody(Interruption.HANDED_OVER, self._named(signalement, signalement.agent_mxid).name)
        return Nobody(Interruption.HANDED_OVER, self._desk(signalement).name)

    def _named(self, signalement: Signalement, agent: UserId) -> Named:
        name = name_for_guest(agent, self._desk(signalement), self._desks.all(), self._desks.supervision)
        return Named(agent, name)

    def _desk(self, signalement: Signalement) -> Desk:
        return self._desks.desk(signalement.desk_id)


class SettleUnsettled:
    """At the start, and from time to time: what was cut short."""

    def __init__(self, settle: SettleRoom, stores: Stores) -> None:
        self._settle = settle
        self._stores = stores

    async def __call__(self, at_most: int = 200) -> bool:
        """Returns whether nothing is left to do."""
        all_done = True
        for signalement in await self._stores.unsettled(at_most):
            try:
                await self._settle(signalement.signalement_id)
            except HomeserverError as reason:
                _LOG.warning("A room is settled later: %s", reason)
                all_done = False
        return all_done
