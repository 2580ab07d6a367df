"""The entry: who may open a conversation now, and in what order. Everybody, in the end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from appservice.config import PortalSettings
from guest_portal.errors import Refusal
from guest_portal.pressure import Pressure, Sources
from guest_portal.proofs import Proofs

_LONGEST_WAIT = timedelta(seconds=15)  # the page waits for 20
_TRY_AGAIN_AFTER = timedelta(seconds=2)


class Entry:
    def __init__(self, settings: PortalSettings, session_keys: Sequence[str], now: Callable[[], datetime]) -> None:
        self._sources = Sources(settings.trusted_proxies, now)
        self._pressure = Pressure(settings.entry, now)
        self._proofs = Proofs(session_keys, now)
        self._turns = asyncio.Semaphore(settings.entry.at_once)

    def challenge(self, request: web.Request) -> dict[str, Any]:
        """What the page may solve ahead of need."""
        return self._proofs.challenge(self._pressure.level(self._sources.of(request), None))

    def admit(self, request: web.Request, proof: str, postal_code: str) -> None:
        """Raises a 428 `Refusal` that holds a challenge, unless `proof` is enough for the place at this time."""
        source, place = self._sources.of(request), _department(postal_code)
        level = self._pressure.level(source, place)
        if not self._proofs.accept(proof, level):
            raise Refusal(
                428,
                "VEILLEUSE_PROOF_NEEDED",
                "An opening takes a proof of work: a solved challenge, and of this kind.",
                challenge=self._proofs.challenge(level),
            )
        self._pressure.note(source, place)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits in line until few enough openings are under way. Raises a 503 `Refusal` after fifteen seconds."""
        try:
            async with asyncio.timeout(_LONGEST_WAIT.total_seconds()):
                await self._turns.acquire()
        except TimeoutError:
            raise Refusal(
                503,
                "VEILLEUSE_BUSY",
                "Very many people ask at this moment. Try again in a few seconds.",
                retry_after_ms=int(_TRY_AGAIN_AFTER / timedelta(milliseconds=1)),
            ) from None
        try:
            yield
        finally:
            self._turns.release()


def _department(postal_code: str) -> str:
    """By the code's first digits: two of them, three overseas. Both of Corsica are one, and so are a few communes'."""
    return postal_code[: 3 if postal_code.startswith(("97", "98")) else 2]
