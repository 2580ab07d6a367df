"""The entry: who may open a conversation now, and in what order. Everybody, in the end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from appservice.config import PortalSettings
from guest_portal.errors import Refusal
from guest_portal.line import Line, Outbid
from guest_portal.pressure import Pressure, Sources
from guest_portal.proofs import HARDEST, Proofs, level_of

_LONGEST_WAIT = timedelta(seconds=15)  # the page waits for 20
_TRY_AGAIN_AFTER = timedelta(seconds=2)


class Entry:
    def __init__(self, settings: PortalSettings, session_keys: Sequence[str], now: Callable[[], datetime]) -> None:
        self._sources = Sources(settings.trusted_proxies, now)
        self._pressure = Pressure(settings.entry, now)
        self._proofs = Proofs(session_keys, now)
        self._line = Line(settings.entry.at_once, places=settings.entry.at_once)

    def challenge(self, request: web.Request) -> dict[str, Any]:
        """What the page may solve ahead of need."""
        return self._priced_challenge(self._sources.of(request), None)

    @asynccontextmanager
    async def turn(self, request: web.Request, proof: str, postal_code: str) -> AsyncIterator[None]:
        """Waits in line until few enough openings are under way; there, who did more than was wanted goes first.

        Raises a `Refusal`: 428, which holds a challenge, unless `proof` is enough for the department at this time, and
        for a place in the line; 503 where no work is enough, or after fifteen seconds.
        """
        source, place = self._sources.of(request), _department(postal_code)
        wanted = self._pressure.level(source, place)
        if not self._proofs.accept(proof, min(wanted + self._line.price(), HARDEST)):
            raise self._proof_needed(source, place)
        done = level_of(proof)
        async with AsyncExitStack() as under_way:
            try:
                async with asyncio.timeout(_LONGEST_WAIT.total_seconds()):
                    await under_way.enter_async_context(self._line.turn(done - wanted))
            except Outbid:
                raise (_busy() if done == HARDEST else self._proof_needed(source, place)) from None
            except TimeoutError:
                raise _busy() from None
            self._pressure.note(source, place)
            yield

    def _priced_challenge(self, source: bytes, place: str | None) -> dict[str, Any]:
        return self._proofs.challenge(min(self._pressure.level(source, place) + self._line.offer(), HARDEST))

    def _proof_needed(self, source: bytes, place: str) -> Refusal:
        return Refusal(
            428,
            "VEILLEUSE_PROOF_NEEDED",
            "An opening takes a proof of work: a solved challenge, and of this kind.",
            challenge=self._priced_challenge(source, place),
        )


def _busy() -> Refusal:
    return Refusal(
        503,
        "VEILLEUSE_BUSY",
        "Very many people ask at this moment. Try again in a few seconds.",
        retry_after_ms=int(_TRY_AGAIN_AFTER / timedelta(milliseconds=1)),
    )


def _department(postal_code: str) -> str:
    """By the code's first digits: two of them, three overseas. Both of Corsica are one, and so are a few communes'."""
    return postal_code[: 3 if postal_code.startswith(("97", "98")) else 2]
