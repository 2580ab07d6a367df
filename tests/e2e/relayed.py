"""A guest without a browser who goes the page's way: through the portal, and through its relay alone.

What it says passes for ciphertext. Like the page it sends in order, under one transaction id for all a message's life,
again until there is an answer, and asks for news from where it was.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.ciphertext import KEY, megolm, opened
from tests.synapse.clients import CLIENT
from tests.unit.guest_portal.conftest import solved

_FIRST_WAIT_SECONDS = 0.4  # as guest_portal/client/src/conversation/backoff.ts
_LONGEST_WAIT_SECONDS = 6.0
_LONG_POLL_MS = 30_000
_ANSWER_WITHIN = aiohttp.ClientTimeout(total=45)

Heard = Callable[[str, str, str], None]
"""Called with who has said it, what, and the event's id."""


class Refused(Exception):
    """An answer that asking again does not change."""


class Backoff:
    """Waits that double up to six seconds, each shortened by up to half at random."""

    def __init__(self) -> None:
        self._attempts = 0

    async def wait(self) -> None:
        longest = min(_FIRST_WAIT_SECONDS * 2**self._attempts, _LONGEST_WAIT_SECONDS)
        self._attempts += 1
        await asyncio.sleep(longest * (1 - secrets.randbelow(1000) / 2000))


@dataclass
class RelayedGuest:
    """As the portal has handed it over."""

    http: aiohttp.ClientSession
    portal: str
    session: str
    user_id: str
    device_id: str
    room: str
    reference: str
    may_write: asyncio.Event = field(default_factory=asyncio.Event)
    gone: bool = False

    @classmethod
    async def opens(cls, http: aiohttp.ClientSession, portal: str, postal_code: str) -> "RelayedGuest":
        """Opened, and ready: agents are about to be told."""
        backoff = Backoff()
        while True:
            try:
                async with http.get(f"{portal}/challenge", timeout=_ANSWER_WITHIN) as challenge:
                    proof = await asyncio.to_thread(solved, await challenge.json())
                body = {"proof": proof, "role": "victim", "postal_code": postal_code, "language": "fr"}
                opened = await _answer(http, "POST", f"{portal}/open", body, {})
            except (aiohttp.ClientError, TimeoutError, Refused):  # too little work done, say: the next proof is harder
                await backoff.wait()
                continue
            guest = cls(
                http, portal, opened["session"], opened["user_id"], opened["device_id"], opened["room_id"],
                opened["reference"],
            )  # fmt: skip
            await guest._insists("POST", "/ready", {})
            return guest

    async def says(self, text: str) -> str:
        """Returns the event's id once the homeserver has it. Raises `Refused` if it does not want it."""
        content = megolm(text, device_id=self.device_id, sender_key=KEY)
        path = f"{CLIENT}/rooms/{quote(self.room)}/send/m.room.encrypted/{secrets.token_hex(8)}"
        return str((await self._insists("PUT", path, content))["event_id"])

    async def listens(self, heard: Heard) -> None:
        """Until it is cancelled, or has left."""
        backoff, since, patient = Backoff(), None, True
        while not self.gone:
            query = {"timeout": str(_LONG_POLL_MS if since and patient else 0)} | ({"since": since} if since else {})
            try:
                news = await self._asks("GET", f"{CLIENT}/sync", None, query)
            except (aiohttp.ClientError, TimeoutError):
                patient = False
                await backoff.wait()
                continue
            except Refused:
                if self.gone:
                    return
                raise
            backoff, patient, since = Backoff(), True, news["next_batch"]
            self._takes_in(news, heard)

    async def exits(self) -> bool:
        """As the page does it: once, with nobody left to try again. Whether there was an answer."""
        self.gone = True
        try:
            async with self.http.post(f"{self.portal}/exit", data=self.session, timeout=_ANSWER_WITHIN) as answer:
                return answer.status == 204
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _takes_in(self, news: dict[str, Any], heard: Heard) -> None:
        room = news.get("rooms", {}).get("join", {}).get(self.room)
        for event in [] if room is None else [*room.get("state", {}).get("events", []), *room["timeline"]["events"]]:
            if event["type"] == "m.room.power_levels":
                if event["content"].get("events", {}).get("m.room.encrypted") == 0:
                    self.may_write.set()
                else:
                    self.may_write.clear()
            elif event["type"] == "m.room.encrypted" and "ciphertext" in event["content"]:
                heard(event["sender"], opened(event["content"]["ciphertext"]), event["event_id"])

    async def _insists(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        backoff = Backoff()
        while True:
            try:
                return await self._asks(method, path, body, {})
            except (aiohttp.ClientError, TimeoutError):
                await backoff.wait()
                if self.gone:
                    raise Refused("the page is gone, and asks no more") from None

    async def _asks(self, method: str, path: str, body: dict[str, Any] | None, query: dict[str, str]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.session}"}
        return await _answer(self.http, method, self.portal + path, body, query, headers)


async def _answer(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    body: dict[str, Any] | None,
    query: dict[str, str],
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Raises `aiohttp.ClientError` or `TimeoutError` where asking again may help, else `Refused`."""
    asked = http.request(method, url, json=body, params=query, headers=headers, timeout=_ANSWER_WITHIN)
    async with asked as answer:
        if answer.status >= 500 or answer.status == 429:
            answer.raise_for_status()
        if answer.status >= 300:
            raise Refused(f"{method} {answer.url.path}: {answer.status} {await answer.text()}")
        parsed: dict[str, Any] = await answer.json()
        return parsed
