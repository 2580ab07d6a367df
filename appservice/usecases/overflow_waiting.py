"""Nobody takes it: the desk is told again, louder; then the next desk of the chain has it. Nobody waits unseen."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from appservice.domain.availability import Staffing, choose
from appservice.domain.day_rules import Patience
from appservice.domain.errors import HomeserverError, InvalidTransition
from appservice.domain.ids import DeskId
from appservice.domain.refusals import NoSuchSignalement
from appservice.domain.signalement import Signalement, State
from appservice.ports import AgentStatuses, Clock, Desks, DeskVoice, Stores
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.settle_room import SettleRoom

_LOG = logging.getLogger(__name__)


class OverflowWaiting:
    def __init__(
        self,
        stores: Stores,
        desks: Desks,
        statuses: AgentStatuses,
        voice: DeskVoice,
        clock: Clock,
        change: ChangeSignalement,
        settle: SettleRoom,
        chain_of: Callable[[DeskId], Sequence[DeskId]],
        patience: Patience,
    ) -> None:
        """`chain_of`: a desk, then who helps out when it cannot, in order."""
        self._stores = stores
        self._desks = desks
        self._statuses = statuses
        self._voice = voice
        self._clock = clock
        self._change = change
        self._settle = settle
        self._chain_of = chain_of
        self._patience = patience

    async def __call__(self) -> None:
        """Looks at everybody who waits, once. What the homeserver is not there for is tried again the next time."""
        for signalement in await self._stores.active():
            if signalement.state is not State.WAITING or signalement.at_desk_since is None:
                continue
            try:
                await self._look_at(signalement, signalement.at_desk_since)
            except HomeserverError as reason:
                _LOG.warning("A desk is told later that somebody waits: %s", reason)
            except (InvalidTransition, NoSuchSignalement):
                continue  # taken, or gone, in this very moment

    async def _look_at(self, signalement: Signalement, since: datetime) -> None:
        now = self._clock.now()
        further = self._further(signalement)
        if further and now - since >= self._patience.overflow_after:
            await self._overflow(signalement, await self._best_of(further))
        elif signalement.announcement_id is not None and (
            signalement.told_at is None or now - signalement.told_at >= self._patience.repeat_after
        ):
            await self._tell_again(signalement)

    def _further(self, signalement: Signalement) -> list[DeskId]:
        """Who is left of the chain: the chain of the first desk it was at, without those that it has been at."""
        been_at = (*signalement.passed, signalement.desk_id)
        return [desk for desk in self._chain_of(been_at[0]) if desk not in been_at]

    async def _best_of(self, further: Sequence[DeskId]) -> DeskId:
        """Where somebody is free, or else there; where nobody is, the last of them, which is there for that."""
        desks = {desk_id: self._desks.desk(desk_id) for desk_id in further}
        agents = {agent for desk in desks.values() for agent in desk.agents}
        staffing = Staffing(await self._statuses.statuses_of(agents), await self._stores.conversations_of(agents))
        now = self._clock.now()
        return choose(further, further[-1], lambda desk_id: staffing.state_of(desks[desk_id], now)).desk_id

    async def _overflow(self, signalement: Signalement, desk: DeskId) -> None:
        async def decide(stored: Signalement) -> Signalement:
            return stored if stored.stay != signalement.stay else stored.overflowed_to(desk, self._clock.now())

        await self._settle.soon(await self._change.by_id(signalement.signalement_id, decide))

    async def _tell_again(self, signalement: Signalement) -> None:
        async def decide(stored: Signalement) -> Signalement:
            return stored if stored.told_at != signalement.told_at else stored.told_again(self._clock.now())

        told = await self._change.by_id(signalement.signalement_id, decide)
        if told.told_at != signalement.told_at:
            await self._voice.tell_again(told)
