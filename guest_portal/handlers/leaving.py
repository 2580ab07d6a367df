"""`POST /exit`: what the page sends as it vanishes. The way out itself is a link elsewhere, and needs nothing of us."""

from datetime import timedelta

from aiohttp import web

from guest_portal.errors import Refusal
from guest_portal.exits import Departures
from guest_portal.requests import read_limited
from guest_portal.sessions import SessionSealer

_SESSION_LIMIT_BYTES = 8 * 1024
_ANSWERED_WITHIN = timedelta(seconds=2)


class LeavingHandlers:
    def __init__(self, departures: Departures, sealer: SessionSealer) -> None:
        self._departures = departures
        self._sealer = sealer

    async def erase(self, request: web.Request) -> web.Response:
        """204, also when repeated, empty or not valid: nothing is to be learned here.

        Answered once the homeserver knows, or after two seconds. The page does not wait for it: a proxy does, and asks
        another replica if this one dies meanwhile.

        The browser is told to drop whatever it may hold of this origin. The sealed session is the body, not a header:
        `sendBeacon` sets none. No other site can hold one.
        """
        try:
            sealed = (await read_limited(request, _SESSION_LIMIT_BYTES)).decode("ascii", errors="replace").strip()
            await self._departures.leave(self._sealer.unseal(sealed), _ANSWERED_WITHIN)
        except Refusal as refusal:
            if refusal.status == 413:
                raise
        return web.Response(status=204, headers={"Clear-Site-Data": '"cache", "cookies", "storage"'})
