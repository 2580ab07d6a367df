"""Conversations that go on by themselves, both ways, and what became of each of their messages."""

import asyncio
import json
import math
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote

import aiohttp

from tests.ciphertext import megolm, opened, sealed
from tests.e2e.plain import Conversation, PlainAgent
from tests.e2e.relayed import Backoff, Refused, RelayedGuest
from tests.e2e.scaled_stack import ScaledStack
from tests.synapse.clients import CLIENT, Person


@dataclass
class Message:
    """Times of `time.monotonic`, in seconds; `arrived` by event, of those that the other side was shown."""

    written: float
    arrived: dict[str, float] = field(default_factory=dict)
    void: bool = False
    """Its conversation was erased before it had to arrive."""


class Ledger:
    """Every message that was written, by its text, which no other has."""

    def __init__(self) -> None:
        self._messages: dict[str, Message] = {}

    def writes(self, text: str) -> None:
        self._messages[text] = Message(time.monotonic())

    def shows(self, text: str, event_id: str) -> None:
        if text in self._messages:
            self._messages[text].arrived.setdefault(event_id, time.monotonic())

    def forgets(self, texts: Iterable[str]) -> None:
        """Those of them that have not arrived need not, any more."""
        for text in texts:
            self._messages[text].void = not self._messages[text].arrived

    @property
    def written(self) -> int:
        return len(self._messages)

    @property
    def lost(self) -> list[str]:
        return [text for text, message in self._messages.items() if not message.arrived and not message.void]

    @property
    def doubled(self) -> list[str]:
        return [text for text, message in self._messages.items() if len(message.arrived) > 1]

    def latencies(self, since: float, until: float) -> list[float]:
        """Milliseconds, of what was written in that time and had to arrive; what has not counts as endless."""
        return [
            (min(message.arrived.values()) - message.written) * 1000 if message.arrived else math.inf
            for message in self._messages.values()
            if since <= message.written < until and not message.void
        ]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not exceeded by this share of them; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


class TellingAgent(PlainAgent):
    """Notes in a ledger what it is shown."""

    query: ClassVar[dict[str, str]] = {"filter": json.dumps({"room": {"timeline": {"limit": 100}}})}
    ledger: ClassVar[Ledger]
    """Of all agents; set before there is one."""

    def _take(self, synced: dict[str, Any]) -> None:
        for update in synced.get("rooms", {}).get("join", {}).values():
            for event in update["timeline"]["events"]:
                if event["type"] == "m.room.encrypted" and event["sender"] != self.person.user_id:
                    self.ledger.shows(opened(event["content"].get("ciphertext", sealed(""))), event["event_id"])
        super()._take(synced)


@dataclass
class Pace:
    """How many seconds are between two messages of one person; may change while they talk."""

    every: float


class Talk:
    """A guest and an agent, who write to each other at a pace."""

    def __init__(self, number: int, guest: RelayedGuest, agent: PlainAgent, ledger: Ledger, pace: Pace) -> None:
        self.number = number
        self.guest = guest
        self.agent = agent
        self.answered: bool | None = None
        """Whether the exit was; None before it."""
        self.room = guest.room
        self._ledger = ledger
        self._pace = pace
        self._texts: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._writing: list[asyncio.Task[None]] = []
        self._over = asyncio.Event()

    @classmethod
    async def begun(cls, number: int, stack: ScaledStack, ledger: Ledger, pace: Pace) -> "Talk":
        """Opened, claimed; nothing is written yet."""
        guest, agent = await stack.guest(), stack.agents[number % len(stack.agents)]
        talk = cls(number, guest, agent, ledger, pace)
        talk._tasks.append(asyncio.create_task(guest.listens(talk._guest_is_shown)))
        person = Person(guest.user_id, guest.device_id, agent.person.ask)
        await stack.plain.is_claimed(Conversation(person, guest.room, guest.reference), agent)
        await guest.may_write.wait()
        return talk

    def writes(self) -> None:
        """From now on, both."""
        self._writing = [asyncio.create_task(self._goes_on(who)) for who in ("guest", "agent")]

    async def falls_silent(self) -> None:
        """What is written is still sent."""
        self._over.set()
        await asyncio.gather(*self._writing)

    async def ends(self) -> None:
        for task in (*self._writing, *self._tasks):
            task.cancel()
        await asyncio.gather(*self._writing, *self._tasks, return_exceptions=True)

    async def exits(self) -> None:
        self._over.set()
        self.answered = await self.guest.exits()
        self._ledger.forgets(self._texts)

    async def _goes_on(self, who: str) -> None:
        await self._pauses(secrets.randbelow(1000) / 1000 * self._pace.every)
        number = 0
        while not self._over.is_set():
            number += 1
            text = f"{self.number} {who} {number} {secrets.token_hex(8)}"
            self._texts.append(text)
            self._ledger.writes(text)
            try:
                await (self.guest.says(text) if who == "guest" else self._agent_says(text))
            except Refused:
                if not self.guest.gone:
                    raise
                self._ledger.forgets([text])
                return
            await self._pauses(self._pace.every)

    async def _pauses(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return

    async def _agent_says(self, text: str) -> None:
        """As Element does: under one transaction id, until there is an answer."""
        path = f"{CLIENT}/rooms/{quote(self.room)}/send/m.room.encrypted/{secrets.token_hex(8)}"
        content = megolm(text)
        backoff = Backoff()
        while True:
            try:
                answer = await self.agent.person.ask("PUT", path, content)
                if answer.status == 200:
                    return
                if answer.status < 500 and answer.status != 429:
                    raise Refused(str(answer))
            except (aiohttp.ClientError, ValueError, TimeoutError):
                pass  # nobody was there: again, a little later
            await backoff.wait()

    def _guest_is_shown(self, sender: str, text: str, event_id: str) -> None:
        if sender != self.guest.user_id:
            self._ledger.shows(text, event_id)
