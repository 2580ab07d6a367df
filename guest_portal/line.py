"""The line before the homeserver: a few openings are under way, a few more wait, and who did more work goes first.

It is short, so that nobody waits for long in vain: where it is full, a place costs more work than was done for the last
one in it.
"""

import asyncio
from bisect import insort
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


class Outbid(Exception):
    """The place is given to who has done more."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    bid: int
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Line:
    def __init__(self, at_once: int, places: int) -> None:
        self._free = at_once
        self._places = places
        self._waiting: list[_Waiting] = []
        """The highest bid first, of equal ones the earliest."""

    def price(self) -> int:
        """The least bid that gets a place now."""
        return self._waiting[-1].bid + 1 if self._is_full() else 0

    def offer(self) -> int:
        """The bid for who has to work anyway: where a place costs something, the first one, so that it costs once."""
        return self._waiting[0].bid + 1 if self._is_full() else 0

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._places

    @asynccontextmanager
    async def turn(self, bid: int) -> AsyncIterator[None]:
        """Comes when few enough are under way, and lasts as long as the context. Raises `Outbid`, at once or later."""
        await self._comes(bid)
        try:
            yield
        finally:
            self._pass_on()

    async def _comes(self, bid: int) -> None:
        if self._free > 0:
            self._free -= 1
            return
        if bid < self.price():
            raise Outbid
        if self._is_full():
            last = self._waiting.pop().turn
            if not last.done():
                last.set_exception(Outbid())
        own = _Waiting(bid)
        insort(self._waiting, own, key=lambda one: -one.bid)
        try:
            await own.turn
        except asyncio.CancelledError:
            if own in self._waiting:
                self._waiting.remove(own)
            elif own.turn.done() and not own.turn.cancelled() and own.turn.exception() is None:
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """To the first who is still there: who is going away has not always left the line yet."""
        while self._waiting:
            turn = self._waiting.pop(0).turn
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
