"""Agents at work, in their desk rooms."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import cycle
from typing import Protocol

from appservice.domain.signalement import Signalement, State
from appservice.world import SystemClock
from tests.day.people import OVER, PATIENCE, Talk, answer_to
from tests.day.plan import Fate
from tests.day.setting import POSTAL_CODES, Setting
from tests.e2e.agent_navigator import Agent, Line
from tests.e2e.node_program import ProgramRefused
from tests.waiting import until

_PATIENCE = timedelta(seconds=PATIENCE)
_LOOKS_EVERY = 0.2
_PACE = 0.5
"""Seconds between two looks of somebody who has nothing to do."""

_REFERENCE = re.compile(r"\b[A-Z0-9]{4}-\d{2}\b")
_SIGNS = ("👍", "✅", "✋", "🙋", "👀")
_SAYS_OF_ITSELF = {1: "pause 1", 4: "fin de service", 7: "pause 2"}
"""After so many conversations, and again after as many more as the last of them."""


class Day(Protocol):
    """What people need to know of the others."""

    setting: Setting
    talks: dict[str, Talk]
    is_over: bool
    out_of_order: list[str]

    def counts(self, what: str) -> None: ...

    async def begins(self, desk: str) -> None:
        """Returns when the agents of this desk begin to work."""

    def agents_of(self, desk: str) -> list["AtWork"]:
        """Whether they are free or not."""

    def colleagues(self, of: "AtWork") -> list["AtWork"]:
        """Who else is there, those of the same desk first."""


class AtWork:
    """One agent: takes whoever waits, one at a time, and whatever colleagues hand over."""

    def __init__(self, day: Day, desk: str, agent: Agent, takes_by: int) -> None:
        """`takes_by` says with which of the ways to take it begins."""
        self.day = day
        self.desk = desk
        self.agent = agent
        self.is_free = False
        self.at_the_desk = asyncio.Lock()
        """Held by whoever needs this agent's computer to be on."""

        self._desk_room = day.setting.desks[desk]["desk_room_id"]
        ways: list[Callable[[], Awaitable[str | None]]] = [self._by_command, self._by_reaction, self._by_joining]
        self._ways = cycle(ways[takes_by % 3 :] + ways[: takes_by % 3])
        self._signs = cycle(_SIGNS)
        self._not_mine: set[str] = set()
        """Rooms that have ended, or in which it only listens."""

        self._conversations = 0
        self._said = 0

    async def works(self) -> None:
        await self.day.begins(self.desk)
        while not self.day.is_over:
            room = await self._given()
            self.is_free = room is None
            if room is not None:
                await self._converses(room, self.day.talks[room])
                await self._rests()
            elif not (await self._sees_somebody_waiting() and await self._takes()):
                await self.agent.has_news(2)
                await asyncio.sleep(_PACE)

    async def asks(self, command: str) -> str:
        return await self.agent.asks(self._desk_room, command, within=PATIENCE)

    async def listens(self, talk: Talk, meanwhile: Callable[[], Awaitable[bool]]) -> bool:
        """Comes in as a second while something is said, reads it, and goes again. Whether the agent is still there."""
        room = talk.room
        self._not_mine.add(room)
        try:
            if "la personne le voit" not in await self.asks(f"écouter {talk.reference}"):
                return await meanwhile()
            await self.agent.is_in(room, within=PATIENCE)
            await talk.guest.sees(lambda now: now.listeners > 0 or now.phase != "connected", PATIENCE)
            self.day.counts("listened in")
            goes_on = await meanwhile()
            answer = await self.asks(f"ne plus écouter {talk.reference}")
            assert "vous n'écoutez plus" in answer or not goes_on, answer
            await self.agent.is_out_of(room, within=PATIENCE)
            return goes_on
        finally:
            self._not_mine.discard(room)

    async def _given(self) -> str | None:
        joined = await self.agent.is_joined_to()
        return next((room for room in joined if room in self.day.talks and room not in self._not_mine), None)

    async def _announcements(self) -> list[Line]:
        lines = await self.agent.reads(self._desk_room, last=100)
        return [line for line in lines if "matrix.to/#/!" in (line.body or "") and not line.replies_to]

    async def _sees_somebody_waiting(self) -> bool:
        return any(" attend" in (line.body or "") for line in await self._announcements())

    async def _takes(self) -> bool:
        """The most urgent, in one of the three ways. Whether it has somebody now."""
        asked_at = SystemClock().now()
        reference = await next(self._ways)()
        stored = reference and await self._once_taken(reference)
        if not stored or stored.agent_mxid != self.agent.user_id:
            return False
        self.day.counts("taken")
        await self._note_order(stored, asked_at)
        await self._is_in_or_out(stored.room_id)
        return True

    async def _by_command(self) -> str | None:
        answer = await self.asks("prendre")
        return _reference_in(answer) if "est à vous" in answer else None

    async def _by_reaction(self) -> str | None:
        reference, line = await self._most_urgent()
        if line is not None:
            await self.agent.reacts(self._desk_room, line.event_id, next(self._signs))
        return reference if line else None

    async def _by_joining(self) -> str | None:
        reference, line = await self._most_urgent()
        talk = next((talk for talk in self.day.talks.values() if talk.reference == reference), None)
        if line is None or talk is None:
            return None
        return reference if await self.agent.tries_to_join(talk.room) else None

    async def _most_urgent(self) -> tuple[str | None, Line | None]:
        """By the list, with its line in the room."""
        waiting = (await self.asks("liste")).partition("Vos conversations")[0]
        reference = _reference_in(waiting)
        lines = [line for line in await self._announcements() if reference and reference in (line.body or "")]
        return reference, lines[-1] if lines else None

    async def _once_taken(self, reference: str) -> Signalement | None:
        """As it is stored, once it waits no longer."""
        async with asyncio.timeout(PATIENCE):
            while True:
                stored = await self.day.setting.stores.by_reference(reference)  # type: ignore[arg-type]  # one to us
                if stored is None or stored.state is not State.WAITING:
                    return stored
                await asyncio.sleep(_LOOKS_EVERY)

    async def _note_order(self, taken: Signalement, asked_at: datetime) -> None:
        """Nobody more urgent waited at the desk when this one was asked for, and was passed over."""
        for other in await self.day.setting.stores.active():
            waited = other.desk_id == taken.desk_id and other.at_desk_since and other.at_desk_since < asked_at
            taken_later = (
                other.claimed_at is not None and taken.claimed_at is not None and other.claimed_at > taken.claimed_at
            )
            # What is handed over within a desk has not waited there.
            later = other.state is State.WAITING or (taken_later and other.interruption is None)
            if waited and later and other.urgency < taken.urgency:
                self.day.out_of_order.append(f"{taken.reference} was taken before {other.reference}")

    async def _is_in_or_out(self, room: str) -> None:
        """Once the client shows the room; or somebody else has it by now."""
        async with asyncio.timeout(PATIENCE):
            while await self.agent.membership(room) != "join" and await self._has(room):
                await self.agent.has_news(1)

    async def _has(self, room: str) -> bool:
        stored = await self.day.setting.stores.by_room(room)  # type: ignore[arg-type]  # a RoomId to us
        return stored is not None and stored.agent_mxid == self.agent.user_id

    def _has_no_longer(self, room: str) -> Callable[[], Awaitable[bool]]:
        async def look() -> bool:
            return not await self._has(room)

        return look

    async def _converses(self, room: str, talk: Talk) -> None:
        """Until it ends, or goes to somebody else."""
        while await self._says_and_hears(room, talk):
            if not talk.fates:
                if "est terminé" in await self.asks(f"clore {talk.reference} informé"):
                    self._not_mine.add(room)
                return
            if not await self._goes_on(room, talk, talk.fates.pop(0)):
                return await self.agent.is_out_of(room, within=PATIENCE)

    async def _goes_on(self, room: str, talk: Talk, fate: Fate) -> bool:
        """What is to happen does. Whether the conversation is its own still."""
        match fate:
            case Fate.TO_AGENT:
                return not await self._hands_over(talk, [one.agent.user_id for one in self.day.colleagues(self)])
            case Fate.TO_DESK:
                return not await self._hands_over(talk, [desk for desk in POSTAL_CODES if desk != self.desk])
            case Fate.LISTENED:
                return await self._is_listened_to(room, talk)
            case Fate.VANISHES:
                await self._vanishes(room, talk)
            case Fate.LEAVES:
                await self.agent.leave(room)
            case Fate.HARD:
                return "merci" in await self.asks(f"éprouvante {talk.reference}")
            case Fate.GOES:
                pass  # and the agent is put out
        return False

    async def _says_and_hears(self, room: str, talk: Talk) -> bool:
        """Says something once it may, and waits for the answer. False if the conversation is no longer its own."""
        self._said += 1
        text = f"{talk.guest.name}, message {self._said} de {self.agent.user_id}"
        async with asyncio.timeout(PATIENCE):
            if not (await self._is_introduced(room, talk) and await self._says(room, text)):
                return False
            while await self.agent.membership(room) == "join":
                if any(line.body == answer_to(text) for line in await self.agent.reads(room, last=20)):
                    return True
                await self.agent.has_news(2)
        return False

    async def _is_introduced(self, room: str, talk: Talk) -> bool:
        """Once the page says that this agent is there. False if it is out, or the conversation over."""
        while not (talk.guest.shown.phase == "connected" and talk.guest.shown.agent == self.agent.user_id):
            if talk.guest.shown.phase in OVER:
                self._not_mine.add(room)
            if room in self._not_mine or await self.agent.membership(room) != "join":
                return False
            await self.agent.has_news(_LOOKS_EVERY)
        return True

    async def _says(self, room: str, text: str) -> bool:
        """Again where it is refused for a moment, while somebody else comes in. False if it has the room no longer."""
        while True:
            try:
                await self.agent.says(room, text)
                return True
            except ProgramRefused as refused:
                if refused.code != "M_FORBIDDEN":
                    raise
            if not await self._has(room):
                return False
            await self.agent.has_news(_LOOKS_EVERY)

    async def _hands_over(self, talk: Talk, to: list[str]) -> bool:
        """To the first who can have it. Whether anybody can."""
        for recipient in to:
            if "est transféré" in await self.asks(f"passer {talk.reference} à {recipient}"):
                return True
        return False

    async def _vanishes(self, room: str, talk: Talk) -> None:
        """As a computer that falls asleep, until somebody else is to have the conversation."""
        async with self.at_the_desk:
            await self.agent.unplug()
            self.day.counts("vanished")
            await until(self._has_no_longer(room), _PATIENCE)
            await self.agent.plug()
            if await self._was_asked(talk):
                self.day.counts("called to give a sign")

    async def _was_asked(self, talk: Talk) -> bool:
        """Whether the desk's room has the question, with a call to this agent alone: on the screen of somebody who was
        there, for a client that was away begins with the last few lines.
        """
        for one in self.day.agents_of(self.desk):
            lines = await one.agent.reads(self._desk_room, last=200)
            asked = [line for line in lines if f"{talk.reference} attend votre réponse" in (line.body or "")]
            if any(list(line.mentions) == [self.agent.user_id] for line in asked):
                return True
        return False

    async def _is_listened_to(self, room: str, talk: Talk) -> bool:
        """Whether the conversation is its own still."""
        for colleague in self.day.colleagues(self):
            if colleague.desk == self.desk and colleague.is_free and not colleague.at_the_desk.locked():
                async with colleague.at_the_desk:
                    return await colleague.listens(talk, lambda: self._says_and_hears(room, talk))
        return True

    async def _rests(self) -> None:
        """After some conversations; and after one that weighed, a pause is over as soon as the agent says so."""
        self._conversations += 1
        says = _SAYS_OF_ITSELF.get(self._conversations % (max(_SAYS_OF_ITSELF) + 1))
        if says is not None:
            await self.asks(says)
            self.day.counts("pauses")
            await self.agent.has_news(5)
            assert "disponible" in await self.asks("disponible")


def _reference_in(text: str) -> str | None:
    found = _REFERENCE.search(text)
    return found[0] if found else None
