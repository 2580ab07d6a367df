"""Accounts and rooms are made while nobody waits for them, so that who presses *start* need not wait for a room.

What is kept ahead is a guest who is registered and invited to its room, as at any opening; desk, department and role
are settled at the opening. A guest's token is in no database: it is in the memory of the process that made the guest,
and whatever another process left is discarded.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from appservice.ahead_port import AheadRecords, RoomAhead
from appservice.domain.errors import HomeserverError
from appservice.domain.ids import UserId
from appservice.ports import Clock, Stores
from appservice.usecases.discard_ahead import DiscardAhead
from appservice.usecases.make_room import Made, MakeRoom

KEPT_FOR = timedelta(hours=6)
"""A room that nobody came for is replaced by a new one."""

QUIET_FOR = timedelta(seconds=1)
"""After an opening nothing is made or discarded: the page uploads its keys, and the desk is told."""

PUT_OFF_FOR = timedelta(seconds=5)
"""Where people keep coming, one is made all the same, at most this late."""

LOOK_EVERY = timedelta(minutes=1)
"""When there is nothing to do."""

_AT_ONCE = timedelta(0)
_FIRST_RETRY, _LAST_RETRY = timedelta(seconds=1), timedelta(minutes=1)


class RoomPool:
    """What this process has made ahead and nobody has yet, and how busy openings keep it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: deque[Made] = deque()
        self._in_hand: set[UserId] = set()
        self._openings = 0
        self._last_opening: datetime | None = None
        self.drawn = asyncio.Event()
        """Set when one was taken, and the opening is over."""

    def __len__(self) -> int:
        return len(self._made)

    @contextmanager
    def opening(self) -> Iterator[Made | None]:
        """While it lasts, nothing is made ahead. The oldest there is, which nobody else gets; None if there is none."""
        made = self._made.popleft() if self._made else None
        self._openings += 1
        if made is not None:
            self._in_hand.add(made.room.guest_mxid)
        try:
            yield made
        finally:
            self._openings -= 1
            self._last_opening = self._clock.now()
            if made is not None:
                self._in_hand.discard(made.room.guest_mxid)
                self.drawn.set()

    def add(self, made: Made) -> None:
        self._made.append(made)

    def holds(self, room: RoomAhead) -> bool:
        """Whether it is here, or in the hands of an opening that is under way."""
        return room.guest_mxid in self._in_hand or any(made.room.guest_mxid == room.guest_mxid for made in self._made)

    def drop_one_made_before(self, moment: datetime) -> None:
        """The oldest, if it is older."""
        if self._made and self._made[0].room.made_at < moment:
            self._made.popleft()

    def busy_for(self) -> timedelta:
        """How long until openings leave time for something else, if no other comes."""
        if self._openings:
            return QUIET_FOR
        if self._last_opening is None:
            return _AT_ONCE
        return max(_AT_ONCE, self._last_opening + QUIET_FOR - self._clock.now())


class MakeAhead:
    def __init__(
        self,
        pool: RoomPool,
        size: int,
        make_room: MakeRoom,
        stores: Stores,
        records: AheadRecords,
        discard: DiscardAhead,
        clock: Clock,
        erasure_ordered: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._size = size
        self._make_room = make_room
        self._stores = stores
        self._records = records
        self._discard = discard
        self._clock = clock
        self._erasure_ordered = erasure_ordered
        self._wanted_since: datetime | None = None
        self._retry_after = _FIRST_RETRY
        self._not_before: datetime | None = None

    async def __call__(self) -> timedelta:
        """Makes one if one is missing; or else replaces one that is too old, or discards one that is nobody's.

        One act a call, and none while people open conversations. Returns how long until it should be called again.
        Raises `HomeserverError`; then it does nothing for a while, a longer one each time.
        """
        now = self._clock.now()
        if len(self._pool) < self._size:
            self._wanted_since = self._wanted_since or now
            pause = self._pause(now)
            if pause > _AT_ONCE:
                return pause
            await self._add_one()
            return _AT_ONCE
        self._wanted_since = None
        return self._pool.busy_for() or await self._tidy(now)

    async def _add_one(self) -> None:
        try:
            made = await self._make_room()
        except HomeserverError:
            self._not_before = self._clock.now() + self._retry_after
            self._retry_after = min(2 * self._retry_after, _LAST_RETRY)
            raise
        async with self._stores.transaction():
            await self._records.keep(made.room)
            await self._stores.forget_opening(made.room.guest_mxid)
        self._pool.add(made)
        self._wanted_since, self._not_before, self._retry_after = None, None, _FIRST_RETRY

    def _pause(self, now: datetime) -> timedelta:
        if self._not_before is not None and now < self._not_before:
            return self._not_before - now
        assert self._wanted_since is not None  # noqa: S101 set by the caller
        return min(self._pool.busy_for(), max(_AT_ONCE, self._wanted_since + PUT_OFF_FOR - now))

    async def _tidy(self, now: datetime) -> timedelta:
        """Whatever another process has left is nobody's: its tokens are gone with it."""
        self._pool.drop_one_made_before(now - KEPT_FOR)
        for room in await self._records.rooms():
            if not self._pool.holds(room):
                if await self._discard(room):
                    self._erasure_ordered()
                return QUIET_FOR
        return LOOK_EVERY
