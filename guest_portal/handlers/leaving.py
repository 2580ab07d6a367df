"""`POST /exit`, what the page sends as it vanishes, and `GET /exit`, the way out that works without JavaScript."""

from aiohttp import web

from guest_portal.errors import Refusal
from guest_portal.exits import Departures
from guest_portal.requests import read_limited
from guest_portal.sessions import SessionSealer

_SESSION_LIMIT_BYTES = 8 * 1024


class LeavingHandlers:
    def __init__(self, departures: Departures, sealer: SessionSealer, neutral_address: str) -> None:
        self._departures = departures
        self._sealer = sealer
        self._neutral_address = neutral_address

    async def erase(self, request: web.Request) -> web.Response:
        """204 at once, also when repeated or not valid: nothing is to be learned here, or waited for.

        The sealed session is the body, not a header: `sendBeacon` sets none. No other site can hold one.
        """
        try:
            sealed = (await read_limited(request, _SESSION_LIMIT_BYTES)).decode("ascii", errors="replace").strip()
            self._departures.leave(self._sealer.unseal(sealed))
        except Refusal as refusal:
            if refusal.status == 413:
                raise
        return web.Response(status=204)

    async def depart(self, _: web.Request) -> web.Response:
        """Empties what the browser may hold of this origin, and sends it to the neutral address."""
        return web.Response(
            status=303,
            headers={
                "Location": self._neutral_address,
                "Clear-Site-Data": '"cache", "cookies", "storage"',
            },
        )
