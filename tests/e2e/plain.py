"""Guests and agents without a browser and without encryption, for what does not depend on either: many, and quickly.

What they say passes for ciphertext; the homeserver and the service cannot tell the difference.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

import aiohttp

from appservice.config import read_secrets
from appservice.embedded.installation import Account, Installation
from appservice.internal_interface import AppserviceClient, OpeningRequest
from tests.ciphertext import opened
from tests.synapse.clients import CLIENT, Client, Person, log_in
from tests.waiting import until

POSTAL_CODE = "78280"
"""Of the desk `guyancourt`."""

_LONG_POLL = "20000"
_PATIENCE = timedelta(minutes=1)
"""Several do all this at once, on a machine that may have other work."""


@dataclass
class Conversation:
    guest: Person
    room: str
    reference: str
    said: list[str] = field(default_factory=list)
    """Event ids."""


class PlainAgent:
    """Syncs all along, and remembers of each room what can be read there."""

    query: ClassVar[dict[str, str]] = {}
    """Of its requests for news, besides the usual."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.readable: dict[str, dict[str, str]] = {}
        """By room and event id, the text."""
        self.joined: set[str] = set()
        self._since: str | None = None

    async def run(self) -> None:
        while True:
            query = {"timeout": _LONG_POLL if self._since else "0"} | self.query
            try:
                answer = await self.person.ask(
                    "GET", f"{CLIENT}/sync", None, **query, **({"since": self._since} if self._since else {})
                )
            except (aiohttp.ClientError, ValueError):
                answer = None
            if answer is not None and answer.status == 200:
                self._take(answer.body)
            else:
                await asyncio.sleep(0.05)  # the homeserver is away: as every client does, a little later

    def _take(self, synced: dict[str, Any]) -> None:
        for room, update in synced.get("rooms", {}).get("join", {}).items():
            self.joined.add(room)
            texts = self.readable.setdefault(room, {})
            for event in update["timeline"]["events"]:
                if event["type"] == "m.room.redaction":
                    texts.pop(event["content"]["redacts"], None)
                elif event["type"] == "m.room.encrypted" and "ciphertext" in event["content"]:
                    texts[event["event_id"]] = opened(event["content"]["ciphertext"])
        for room in synced.get("rooms", {}).get("leave", {}):
            self.joined.discard(room)
            self.readable.pop(room, None)
        self._since = synced["next_batch"]


class Plain:
    """What such people do on an installation that runs."""

    def __init__(self, installation: Installation, http: aiohttp.ClientSession) -> None:
        settings = installation.settings
        self._http = http
        self._service = AppserviceClient(
            http,
            settings.guest_portal.appservice,
            read_secrets(settings.guest_portal.appservice_token_file)[0],
        )

    async def log_in(self, account: Account) -> Person:
        return await log_in(self._http, account.user_id, account.password)

    @asynccontextmanager
    async def agent(self, account: Account, kind: type[PlainAgent] = PlainAgent) -> AsyncIterator[PlainAgent]:
        agent = kind(await self.log_in(account))
        syncing = asyncio.create_task(agent.run())
        try:
            yield agent
        finally:
            syncing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await syncing

    async def opens(self, *, in_danger: bool = False) -> Conversation:
        """A guest that is ready: agents are about to be told."""
        opened = await self._service.open(OpeningRequest(role="victim", postal_code=POSTAL_CODE, in_danger=in_danger))
        guest = Person(opened.user_id, opened.device_id, Client(self._http, opened.access_token))
        await guest.join(opened.room_id)
        return Conversation(guest, opened.room_id, opened.reference)

    async def converses(self, agent: PlainAgent, messages: int = 3) -> Conversation:
        """Opened, claimed, and so many messages said by the guest, all of which the agent has."""
        conversation = await self.opens()
        await self.is_claimed(conversation, agent)
        await self.says(conversation, messages)
        await until(lambda: agent.readable.get(conversation.room, {}).keys() >= set(conversation.said), _PATIENCE)
        return conversation

    async def is_claimed(self, conversation: Conversation, agent: PlainAgent) -> None:
        """Waits for the claim to have been settled: the guest may write."""
        path = f"{CLIENT}/rooms/{quote(conversation.room)}"

        async def may_write() -> bool:
            levels = await agent.person.ask("GET", f"{path}/state/m.room.power_levels")
            if levels.status != 200:  # not in it yet, or out again: it came before the service knew that a guest waits
                await agent.person.ask("POST", f"{path}/join", {})
                return False
            return bool(levels.body.get("events", {}).get("m.room.encrypted") == 0)

        await until(may_write, _PATIENCE)

    async def says(self, conversation: Conversation, messages: int) -> None:
        for number in range(messages):
            text = f"ciphertext {number} {secrets.token_hex(8)}"
            sent = await conversation.guest.say(conversation.room, text, device_id=conversation.guest.device_id)
            conversation.said.append(sent)

    async def leaves(self, conversation: Conversation) -> None:
        """What the portal does at the exit."""
        await conversation.guest.ask("POST", f"{CLIENT}/rooms/{quote(conversation.room)}/leave")
