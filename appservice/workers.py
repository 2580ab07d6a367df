"""The loops of the application service: each waits for its signal or its hour, and survives what can be survived."""

import asyncio
import logging
import secrets
from datetime import timedelta

from appservice.domain.erasure import Erasure
from appservice.domain.errors import HomeserverError
from appservice.domain.ids import SignalementId
from appservice.logs import request_id
from appservice.ports import Clock, Stores
from appservice.usecases.abandon import AbandonOpenings
from appservice.usecases.act_on_inbox import ActOnInbox
from appservice.usecases.erase import Erase

_LOG = logging.getLogger(__name__)
_RETRY_INBOX_AFTER = timedelta(seconds=0.5)
_SWEEP_EVERY = timedelta(minutes=1)
_ERASURES_AT_ONCE = 16


async def wait_for(event: asyncio.Event, at_most: timedelta) -> None:
    """Until the event is set, or the time is over; the event is cleared."""
    try:
        async with asyncio.timeout(at_most.total_seconds()):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()


async def act_on_inbox(act: ActOnInbox, arrived: asyncio.Event) -> None:
    while True:
        request_id.set(secrets.token_hex(4))
        all_done = await act()
        await wait_for(arrived, _SWEEP_EVERY if all_done else _RETRY_INBOX_AFTER)


async def abandon_openings(abandon: AbandonOpenings, erasure_ordered: asyncio.Event) -> None:
    never = asyncio.Event()
    while True:
        try:
            if await abandon():
                erasure_ordered.set()
        except HomeserverError as error:
            _LOG.warning("Abandoned openings wait: %s", error)
        await wait_for(never, _SWEEP_EVERY)


class Erasures:
    """Carries out what is due, several side by side, each one alone."""

    def __init__(self, erase: Erase, stores: Stores, clock: Clock) -> None:
        self._erase = erase
        self._stores = stores
        self._clock = clock
        self._under_way: dict[SignalementId, asyncio.Task[None]] = {}
        self.ordered = asyncio.Event()
        """Set when an erasure was ordered, or one has ended."""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                soonest = await self._stores.soonest_erasures(2 * _ERASURES_AT_ONCE)
                await wait_for(self.ordered, self._start_due(soonest, tasks))

    def _start_due(self, soonest: list[Erasure], tasks: asyncio.TaskGroup) -> timedelta:
        """Starts what is due and there is room for. Returns how long until the next one is."""
        now = self._clock.now()
        for erasure in soonest:
            if erasure.signalement_id in self._under_way:
                continue
            if len(self._under_way) >= _ERASURES_AT_ONCE:
                break
            if erasure.next_attempt_at > now:
                return erasure.next_attempt_at - now
            self._under_way[erasure.signalement_id] = tasks.create_task(self._carry_out(erasure))
        return _SWEEP_EVERY

    async def _carry_out(self, erasure: Erasure) -> None:
        request_id.set(secrets.token_hex(4))
        try:
            await self._erase(erasure)
        except HomeserverError as error:
            _LOG.warning("An erasure waits: %s", error)
        except Exception:  # a fault of ours in one erasure must not stop the others
            _LOG.exception("An erasure waits")
        finally:
            del self._under_way[erasure.signalement_id]
            self.ordered.set()
