"""The loops of the application service: each waits for its signal or its hour, and survives what can be survived."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from appservice.day_wiring import Day
from appservice.domain.desk import PARIS
from appservice.domain.erasure import Erasure, Step, Stretch
from appservice.domain.errors import HomeserverError
from appservice.domain.ids import SignalementId
from appservice.logs import request_id
from appservice.ports import Clock, Desks, Stores
from appservice.usecases.abandon import AbandonOpenings
from appservice.usecases.act_on_inbox import ActOnInbox
from appservice.usecases.erase import Erase

_LOG = logging.getLogger(__name__)
_RETRY_INBOX_AFTER = timedelta(seconds=0.5)
_SWEEP_EVERY = timedelta(minutes=1)
_RETRY_AFTER = timedelta(seconds=1)
_ERASURES_AT_ONCE = {Stretch.IN_SIGHT: 2, Stretch.SHARED: 32, Stretch.REST: 2}
"""A few at a time: more would be done no sooner, and who talks meanwhile would wait for all of them."""
_ERASURES_AT_MOST = 48
_SLOW_AFTER = timedelta(seconds=5)
_LOOK_EVERY = timedelta(seconds=5)
_ESTIMATES_EVERY = timedelta(minutes=1)
_TOGETHER = timedelta(seconds=0.5)
"""Changes within it are told together."""


async def wait_for(event: asyncio.Event, at_most: timedelta) -> None:
    """Until the event is set, or the time is over; the event is cleared."""
    try:
        async with asyncio.timeout(at_most.total_seconds()):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()


async def act_on_inbox(act: ActOnInbox, arrived: asyncio.Event) -> None:
    async def turn() -> timedelta:
        return _SWEEP_EVERY if await act() else _RETRY_INBOX_AFTER

    await over_and_over("The inbox", turn, arrived)


async def abandon_openings(abandon: AbandonOpenings, erasure_ordered: asyncio.Event) -> None:
    await over_and_over("Abandoned openings", ordering(abandon, erasure_ordered))


def ordering(
    order: Callable[[], Awaitable[int]], erasure_ordered: asyncio.Event, every: timedelta = _SWEEP_EVERY
) -> Callable[[], Awaitable[timedelta]]:
    """A turn of something that may order erasures, and returns how many it did."""

    async def turn() -> timedelta:
        if await order():
            erasure_ordered.set()
        return every

    return turn


def every(pause: timedelta, act: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[timedelta]]:
    """A turn of something that is done with the same pause each time."""

    async def turn() -> timedelta:
        await act()
        return pause

    return turn


async def over_and_over(
    what: str,
    turn: Callable[[], Awaitable[timedelta]],
    sooner: asyncio.Event | None = None,
    at_least: timedelta = timedelta(),
) -> None:
    """Does `turn`, waits for as long as it returns or until `sooner` is set, but `at_least` so long, and again.

    Outlives every fault.
    """
    sooner = sooner or asyncio.Event()
    while True:
        request_id.set(secrets.token_hex(4))
        try:
            pause = await turn()
        except HomeserverError as error:
            _LOG.warning("%s: %s", what, error)
            pause = _RETRY_AFTER
        except Exception:  # of the database, say: what cannot be done now is done later, and nothing else stops for it
            _LOG.exception("%s: a fault", what)
            pause = _RETRY_AFTER
        await asyncio.sleep(at_least.total_seconds())
        await wait_for(sooner, pause)


async def every_night(what: str, act: Callable[[], Awaitable[object]], clock: Clock) -> None:
    async def turn() -> timedelta:
        await act()
        return until_night(clock.now())

    await wait_for(asyncio.Event(), until_night(clock.now()))
    await over_and_over(what, turn)


def until_night(now: datetime) -> timedelta:
    """How long until it is next four o'clock in Paris."""
    local = now.astimezone(PARIS)
    night = local.replace(hour=4, minute=0, second=0, microsecond=0)
    if night <= local:
        night = (night + timedelta(days=1)).replace(hour=4)
    return night.astimezone(UTC) - now


class DayLoops:
    """What an agents' day does by itself. A fault in one look is told, and the next look is taken."""

    def __init__(self, day: Day, desks: Desks) -> None:
        self._day = day
        self._desks = desks

    async def run(self) -> None:
        settle, places = self._day.settle, self._day.tell_places
        async with asyncio.TaskGroup() as tasks:
            settling, telling = every(_LOOK_EVERY, self._day.settle_unsettled), every(_ESTIMATES_EVERY, places)
            tasks.create_task(over_and_over("Rooms to settle", settling, settle.left_undone, _TOGETHER))
            tasks.create_task(over_and_over("Places in the queue", telling, places.wanted, _TOGETHER))
            tasks.create_task(over_and_over("Estimates", self._estimate_anew))
            # Each by itself: that many wait is no reason to be late with an agent who has vanished from one of them.
            for what, look in (
                ("Who waits too long", self._day.overflow),
                ("Agents who give no sign", self._day.away),
                ("Pauses to offer", self._day.offer_pause),
            ):
                tasks.create_task(over_and_over(what, every(_LOOK_EVERY, look)))

    async def _estimate_anew(self) -> timedelta:
        """Time alone changes estimates."""
        self._day.tell_places.due(desk.desk_id for desk in self._desks.all())
        return _ESTIMATES_EVERY


class Erasures:
    """Carries out what is due, several side by side, each one alone."""

    def __init__(self, erase: Erase, stores: Stores, clock: Clock) -> None:
        self._erase = erase
        self._stores = stores
        self._clock = clock
        self._under_way: dict[SignalementId, tuple[Stretch, datetime]] = {}
        """What is done of it, and since when."""
        self._ended = False
        """Whether one has, since the last time that none was under way."""
        self.ordered = asyncio.Event()
        """Set when an erasure was ordered, or one has ended."""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            await over_and_over("Erasures", lambda: self._look(tasks), self.ordered)

    async def _look(self, tasks: asyncio.TaskGroup) -> timedelta:
        now = self._clock.now()
        for erasure in await self._stores.due_erasures(now, 2 * _ERASURES_AT_MOST):
            if erasure.signalement_id in self._under_way:
                continue
            if not self._has_room(erasure.stretch, now):
                break  # none of a later stretch while one of this waits
            self._under_way[erasure.signalement_id] = erasure.stretch, now
            tasks.create_task(self._carry_out(erasure))
        if self._ended and not self._under_way:
            await self._stores.leave_no_trace()
            self._ended = False
        return await self._until_next(now)

    def _has_room(self, stretch: Stretch, now: datetime) -> bool:
        """One that takes long waits for something, and is not waited for."""
        quick = sum(one is stretch and now - since < _SLOW_AFTER for one, since in self._under_way.values())
        return quick < _ERASURES_AT_ONCE[stretch] and len(self._under_way) < _ERASURES_AT_MOST

    async def _until_next(self, now: datetime) -> timedelta:
        for erasure in await self._stores.soonest_erasures(len(self._under_way) + 1):
            if erasure.signalement_id not in self._under_way:
                return erasure.next_attempt_at - now if erasure.next_attempt_at > now else _SLOW_AFTER
        return _SWEEP_EVERY

    async def _carry_out(self, erasure: Erasure) -> None:
        request_id.set(secrets.token_hex(4))
        try:
            # What nobody could see is left for when nothing is to be seen of the others either.
            further = await self._erase(erasure, before=erasure.stretch.end)
            self._ended |= further.step is Step.DONE
        except HomeserverError as error:
            _LOG.warning("An erasure waits: %s", error)
        except Exception:  # a fault of ours, or of the database, in one erasure must not stop the others
            _LOG.exception("An erasure waits")
            await asyncio.sleep(_RETRY_AFTER.total_seconds())  # when to try again may not have been stored
        finally:
            del self._under_way[erasure.signalement_id]
            self.ordered.set()
