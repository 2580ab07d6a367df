"""Departures: the guest's leave, brought to the homeserver even if it takes a while.

The leave is the emergency: the application service erases everything when it sees it.
"""

import asyncio
import logging
from datetime import timedelta
from urllib.parse import quote

from guest_portal.errors import Refusal
from guest_portal.homeserver import GuestHomeserver
from guest_portal.relay import CLIENT
from guest_portal.sessions import Session

_LOG = logging.getLogger(__name__)
_FIRST_WAIT = timedelta(milliseconds=200)
_LONGEST_WAIT = timedelta(seconds=5)
_TRIED_FOR = timedelta(hours=1)


class Departures:
    def __init__(self, homeserver: GuestHomeserver) -> None:
        self._homeserver = homeserver
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def leave(self, guest: Session, within: timedelta) -> None:
        """Starts the departure, once for each room; returns when it is over, or after that time: then it goes on."""
        if guest.room_id not in self._under_way:
            task = asyncio.create_task(self._leave(guest))
            self._under_way[guest.room_id] = task
            task.add_done_callback(lambda _: self._under_way.pop(guest.room_id))
        await asyncio.wait({self._under_way[guest.room_id]}, timeout=within.total_seconds())

    async def finish(self, within: timedelta) -> None:
        """Gives departures under way a last chance before the process ends."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way.values(), timeout=within.total_seconds())
            for task in late:
                task.cancel()
            if late:
                _LOG.error("%s departures did not reach the homeserver before the portal stopped", len(late))

    async def _leave(self, guest: Session) -> None:
        path = f"{CLIENT}/rooms/{quote(guest.room_id, safe='')}/leave"
        wait_for = _FIRST_WAIT
        try:
            async with asyncio.timeout(_TRIED_FOR.total_seconds()):
                while not await self._left(guest, path):
                    await asyncio.sleep(wait_for.total_seconds())
                    wait_for = min(wait_for * 2, _LONGEST_WAIT)
        except TimeoutError:
            _LOG.error("A departure did not reach the homeserver within %s", _TRIED_FOR)

    async def _left(self, guest: Session, path: str) -> bool:
        """Whether the homeserver has answered for good: it has left, or was gone already."""
        try:
            answer = await self._homeserver.request(guest, "POST", path, body={})
        except Refusal:
            return False
        return answer.status < 500 and answer.status != 429
