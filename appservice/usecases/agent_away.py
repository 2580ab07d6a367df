"""An agent gives no sign while the guest waits for an answer: asked in the desk room, then back to the queue.

Signs are messages, typing and receipts, as the homeserver pushes them. Of each, only the moment is kept, and only the
last: in memory until the next look, then with the signalement, and no longer than the agent has it.
"""

import logging
from datetime import datetime, timedelta

from appservice.day_port import DayStore, Watched
from appservice.domain.day_rules import Presumption
from appservice.domain.errors import HomeserverError, InvalidTransition
from appservice.domain.ids import RoomId, SignalementId, UserId
from appservice.domain.refusals import NoSuchSignalement
from appservice.domain.signalement import Interruption, Signalement, State
from appservice.domain.signs import Signs, is_away, must_ask
from appservice.ports import Clock, DeskVoice, Stores
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.settle_room import SettleRoom

_LOG = logging.getLogger(__name__)


class SignsOfLife:
    """What has come since the last look, by room and person: the last moments, in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock.now()
        self._wrote: dict[tuple[RoomId, UserId], Signs] = {}

    def wrote(self, room: RoomId, user: UserId) -> None:
        """Somebody sent a message."""
        now = self._next()
        self._wrote[room, user] = Signs(agent_at=now, agent_wrote_at=now)

    def stirred(self, room: RoomId, user: UserId) -> None:
        """Somebody typed, or has read something."""
        earlier = self._wrote.get((room, user), Signs())
        self._wrote[room, user] = earlier.later_of(Signs(agent_at=self._next()))

    def _next(self) -> datetime:
        """Now; but later than any sign before, as it is kept: who wrote last decides who waits for whom, and the
        homeserver pushes a message and its answer together where it was held up."""
        self._last = max(self._clock.now(), self._last + timedelta(milliseconds=1))
        return self._last

    def has_come(self, room: RoomId, user: UserId) -> bool:
        """Whether anything has, since the last look."""
        return (room, user) in self._wrote

    def taken(self) -> dict[tuple[RoomId, UserId], Signs]:
        """All of it, and from now on anew."""
        taken, self._wrote = self._wrote, {}
        return taken


class AgentAway:
    def __init__(
        self,
        stores: Stores,
        day: DayStore,
        voice: DeskVoice,
        clock: Clock,
        change: ChangeSignalement,
        settle: SettleRoom,
        signs: SignsOfLife,
        presumption: Presumption,
    ) -> None:
        self._stores = stores
        self._day = day
        self._voice = voice
        self._clock = clock
        self._change = change
        self._settle = settle
        self._signs = signs
        self._presumption = presumption

    async def __call__(self) -> None:
        """Keeps what has come since the last time, then looks at every conversation once, as it was at that moment: to
        ask many agents takes a while, in which others may give a sign."""
        now = self._clock.now()
        claimed = [one for one in await self._stores.active() if one.state is State.CLAIMED]
        await self._keep(claimed)
        kept = {watched.signalement_id: watched.signs for watched in await self._day.signs()}
        for signalement in claimed:
            try:
                await self._look_at(signalement, kept.get(signalement.signalement_id, Signs()), now)
            except HomeserverError as reason:
                _LOG.warning("An agent is asked later for a sign: %s", reason)
            except (InvalidTransition, NoSuchSignalement):
                continue  # released, or gone, in this very moment

    async def still_here(self, signalement_id: SignalementId) -> None:
        """The agent says so, in the desk room."""
        await self._day.keep_signs([Watched(signalement_id, Signs(agent_at=self._clock.now()))])

    async def _keep(self, claimed: list[Signalement]) -> None:
        come = self._signs.taken()
        rooms = {one.room_id: one for one in claimed}
        laid: dict[SignalementId, Signs] = {}
        for (room, user), signs in come.items():
            signalement = rooms.get(room)
            if signalement is None:
                continue
            if user == signalement.guest_mxid:
                signs = Signs(guest_wrote_at=signs.agent_wrote_at)
            elif user != signalement.agent_mxid:
                continue
            laid[signalement.signalement_id] = laid.get(signalement.signalement_id, Signs()).later_of(signs)
        if laid:
            await self._day.keep_signs([Watched(each, signs) for each, signs in laid.items()])

    async def _look_at(self, signalement: Signalement, signs: Signs, now: datetime) -> None:
        claimed_at = signalement.claimed_at or signalement.opened_at
        if signalement.agent_mxid is None or self._signs.has_come(signalement.room_id, signalement.agent_mxid):
            return
        if is_away(signs, claimed_at, now, self._presumption.answers_within):
            await self._release(signalement)
        elif must_ask(signs, claimed_at, now, self._presumption.silent_for):
            asked_at = self._clock.now()
            await self._voice.ask_for_sign(signalement)
            await self._day.keep_signs([Watched(signalement.signalement_id, Signs(asked_at=asked_at))])

    async def _release(self, signalement: Signalement) -> None:
        async def decide(stored: Signalement) -> Signalement:
            same = stored.agent_mxid == signalement.agent_mxid and stored.claimed_at == signalement.claimed_at
            return stored.released(self._clock.now(), Interruption.AGENT_AWAY) if same else stored

        released = await self._change.by_id(signalement.signalement_id, decide)
        if released.state is State.WAITING and signalement.agent_mxid is not None:
            await self._settle.soon(released)
            await self._voice.tell_away(released, signalement.agent_mxid)
