"""The desk bots as one voice: what is said of a signalement, in the desk room of its desk."""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from appservice.desk import notices
from appservice.desk.bot import DeskBot
from appservice.desk.console.marked import marked
from appservice.desk.console.refusing import refused
from appservice.desk.hearing import Heard, Reacted
from appservice.desk.words import Setting, Words, announcement
from appservice.domain.desk import BotAccount, Desk
from appservice.domain.ids import DeskId, EventId, RoomId, SignalementId, UserId
from appservice.domain.orientation import Orientation, OrientationState
from appservice.domain.refusals import AlreadyTaken, Refusal
from appservice.domain.signalement import Signalement
from appservice.ports import Desks

_LOG = logging.getLogger(__name__)
ZONE = ZoneInfo("Europe/Paris")


class Console(Protocol):
    """Whom a bot tells what it hears."""

    async def heard(self, heard: Heard) -> None: ...

    async def corrected(self, edit: Heard) -> None: ...

    async def reacted(self, reacted: Reacted) -> None: ...


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What the bots know beside the signalement. `departments`: names by INSEE's codes.

    `awake`: the agents of a desk who are there; whoever pauses or has ended the shift is not called.
    """

    server_name: str
    departments: Mapping[str, str]
    orientations_of: Callable[[SignalementId], Awaitable[Sequence[Orientation]]]
    awake: Callable[[Desk], Awaitable[Sequence[UserId]]]


class DeskBots:
    """Implements the port `DeskVoice`."""

    def __init__(
        self,
        homeserver: str,
        directory: Path,
        desks: Desks,
        backdrop: Backdrop,
        redact: Callable[[RoomId, EventId], Awaitable[None]],
    ) -> None:
        """`directory` holds a directory of keys for each bot; `redact` takes back what was said, edits included."""
        self._homeserver = homeserver
        self._directory = directory
        self._desks = desks
        self._backdrop = backdrop
        self._redact = redact
        self._bots: dict[DeskId, DeskBot] = {}
        self._silent: dict[DeskId, DeskBot] = {}
        self._started: asyncio.Queue[DeskBot] = asyncio.Queue()
        self._console_of: Callable[[DeskId], Console] | None = None
        self._shown: dict[EventId, Words] = {}

    def attend(self, console_of: Callable[[DeskId], Console]) -> None:
        """From now on every desk that is added has what its bot hears told to its console."""
        self._console_of = console_of

    def add(self, desk: DeskId, account: BotAccount) -> None:
        """Once for each desk; again, nothing happens."""
        if desk not in self._bots:
            self._bots[desk] = self._silent[desk] = DeskBot(
                self._homeserver,
                account.user_id,
                account.device_id,
                account.access_token,
                self._directory / desk,
                _LOG.getChild(desk),
            )
            if self._console_of is not None:
                console = self._console_of(desk)
                self._bots[desk].on_message(console.heard)
                self._bots[desk].on_edit(console.corrected)
                self._bots[desk].on_reaction(console.reacted)

    def bot(self, desk: DeskId) -> DeskBot:
        """Of a desk that was added."""
        return self._bots[desk]

    def directory_of(self, desk: DeskId) -> Path:
        """Where the desk's bot keeps what it must not forget."""
        return self._directory / desk

    async def start(self) -> None:
        """Returns when every bot can speak; those that could before are left alone. Raises `HomeserverError`,
        `ConfigurationError`.
        """
        for desk, bot in list(self._silent.items()):
            await bot.start()
            del self._silent[desk]
            self._started.put_nowait(bot)

    async def run(self) -> None:
        """Hears for every bot that was started, or will be."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task((await self._started.get()).run())

    async def close(self) -> None:
        for bot in self._bots.values():
            await bot.stop()

    async def announce(self, signalement: Signalement) -> EventId:
        words = await self._line(signalement)
        once = f"announce-{signalement.signalement_id}-{signalement.stay}"
        said = await self._bots[signalement.desk_id].announce(
            self._room(signalement), words.plain, words.html, transaction_id=once
        )
        return EventId(said)

    async def alarm(self, desk_id: DeskId, words: Words, leaders: Sequence[UserId], once: str) -> None:
        """In the room of a desk, loud for those who are there, or else for all of it, and for the shift leaders.

        The same `once` again says nothing more. Raises `HomeserverError`.
        """
        desk = self._desks.desk(desk_id)
        called = await self._backdrop.awake(desk) or desk.agents
        room = self._desks.rooms(desk_id).desk_room_id
        mentions = list(dict.fromkeys([*leaders, *called]))
        await self._bots[desk_id].say(room, words.plain, words.html, mentions=mentions, transaction_id=once)

    async def show_waiting(self, signalement: Signalement) -> None:
        await self._show(signalement)

    async def show_claimed(self, signalement: Signalement) -> None:
        await self._show(signalement)

    async def show_closed(self, signalement: Signalement) -> None:
        await self._show(signalement)

    async def tell_again(self, signalement: Signalement) -> None:
        desk = self._desks.desk(signalement.desk_id)
        called = await self._backdrop.awake(desk) or desk.agents
        await self._say(signalement, notices.waits_still(signalement), called, f"again-{_ms(signalement.told_at)}")

    async def call(self, signalement: Signalement) -> None:
        await self._tell_agent(signalement, notices.given(signalement), f"given-{_ms(signalement.claimed_at)}")

    async def ask_for_sign(self, signalement: Signalement) -> None:
        await self._tell_agent(signalement, notices.asked(signalement), secrets.token_hex(8))

    async def tell_away(self, signalement: Signalement, agent: UserId) -> None:
        others = [each for each in await self._backdrop.awake(self._desks.desk(signalement.desk_id)) if each != agent]
        await self._say(signalement, notices.away(signalement), others, f"away-{_ms(signalement.at_desk_since)}")

    async def explain(self, signalement: Signalement, agent: UserId, refusal: Refusal) -> None:
        # To all who came second at once: fifty at once are one message, and nobody's telephone rings for it.
        late = isinstance(refusal, AlreadyTaken)
        once = f"{_ms(signalement.claimed_at)}" if late else secrets.token_hex(8)
        words = refused(refusal, signalement.reference, "fr")
        await self._say_words(signalement, words, [] if late else [agent], f"refused-{once}")

    async def tell_answer(self, signalement: Signalement, orientation: Orientation) -> None:
        words, once = notices.answer(signalement, orientation), f"answer-{orientation.proposal_id}"
        if signalement.agent_mxid is None:
            awake = await self._backdrop.awake(self._desks.desk(signalement.desk_id))
            await self._say(signalement, words, awake, once)
        else:
            await self._tell_agent(signalement, words, once)
        await self._show(signalement)

    async def tell_oriented(self, signalement: Signalement, orientation: Orientation) -> None:
        if orientation.desk_id is None:
            return
        words, desk = marked(notices.oriented(signalement, orientation)), self._desks.desk(orientation.desk_id)
        await self._bots[desk.desk_id].say(
            self._desks.rooms(desk.desk_id).desk_room_id,
            words.plain,
            words.html,
            mentions=await self._backdrop.awake(desk) or desk.agents,
            transaction_id=f"oriented-{orientation.proposal_id}",
        )

    async def offer_pause(self, desk: DeskId, agent: UserId, until: datetime, *, must_rest: bool) -> None:
        words = marked(notices.rest(until, ZONE) if must_rest else notices.pause_offered(until, ZONE))
        await self._bots[desk].say(
            self._desks.rooms(desk).desk_room_id,
            words.plain,
            words.html,
            mentions=[agent],
            transaction_id=f"pause-{_ms(until)}-{agent}",
        )

    async def withdraw(self, signalement: Signalement) -> None:
        if signalement.announcement_id is not None:
            await self._redact(self._room(signalement), signalement.announcement_id)
            self._shown.pop(signalement.announcement_id, None)

    async def _tell_agent(self, signalement: Signalement, words: str, once: str) -> None:
        """In the room of the signalement's desk, where an agent of another desk is told nothing."""
        agent = signalement.agent_mxid
        if agent is not None and agent in self._desks.desk(signalement.desk_id).agents:
            await self._say(signalement, words, [agent], once)

    async def _say(self, signalement: Signalement, words: str, mentions: Sequence[UserId], once: str) -> None:
        await self._say_words(signalement, marked(words), mentions, once)

    async def _say_words(self, signalement: Signalement, words: Words, mentions: Sequence[UserId], once: str) -> None:
        await self._bots[signalement.desk_id].say(
            self._room(signalement),
            words.plain,
            words.html,
            about=signalement.announcement_id,
            mentions=mentions,
            transaction_id=f"{once}-{signalement.signalement_id}",
        )

    async def _show(self, signalement: Signalement) -> None:
        """Edits the announcement, unless it reads so already: a room is settled more often than its line changes."""
        announcement_id = signalement.announcement_id
        words = await self._line(signalement)
        if announcement_id is None or self._shown.get(announcement_id) == words:
            return
        digest = hashlib.sha256(words.plain.encode()).hexdigest()[:16]
        await self._bots[signalement.desk_id].edit(
            self._room(signalement),
            announcement_id,
            words.plain,
            words.html,
            transaction_id=f"show-{signalement.signalement_id}-{signalement.revision}-{digest}",
        )
        self._shown[announcement_id] = words

    async def _line(self, signalement: Signalement) -> Words:
        accepted = [
            each.particulars.name
            for each in await self._backdrop.orientations_of(signalement.signalement_id)
            if each.state is OrientationState.ACCEPTED
        ]
        setting = Setting(
            self._backdrop.server_name,
            ZONE,
            department=self._backdrop.departments.get(signalement.department or ""),
            oriented_to=accepted[-1] if accepted else None,
        )
        return announcement(signalement, setting)

    def _room(self, signalement: Signalement) -> RoomId:
        return self._desks.rooms(signalement.desk_id).desk_room_id


def _ms(moment: datetime | None) -> int:
    """A moment as part of a transaction's id: the same moment again says nothing more."""
    return 0 if moment is None else int(moment.timestamp() * 1000)
