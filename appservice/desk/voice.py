"""The desk bots as one voice: what is said of a signalement, in the desk room of its desk."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from appservice.desk.bot import DeskBot
from appservice.desk.words import Words, announcement, claimed
from appservice.domain.desk import BotAccount
from appservice.domain.ids import DeskId, EventId, RoomId
from appservice.domain.signalement import Signalement
from appservice.ports import Desks

_LOG = logging.getLogger(__name__)
_ZONE = ZoneInfo("Europe/Paris")


class DeskBots:
    """Implements the port `DeskVoice`."""

    def __init__(
        self,
        homeserver: str,
        server_name: str,
        directory: Path,
        desks: Desks,
        redact: Callable[[RoomId, EventId], Awaitable[None]],
    ) -> None:
        """`directory` holds a directory of keys for each bot; `redact` takes back what was said, edits included."""
        self._homeserver = homeserver
        self._server_name = server_name
        self._directory = directory
        self._desks = desks
        self._redact = redact
        self._bots: dict[DeskId, DeskBot] = {}

    def add(self, desk: DeskId, account: BotAccount) -> None:
        """Once for each desk; again, nothing happens."""
        if desk not in self._bots:
            self._bots[desk] = DeskBot(
                self._homeserver,
                account.user_id,
                account.device_id,
                account.access_token,
                self._directory / desk,
                _LOG.getChild(desk),
            )

    async def start(self) -> None:
        """Returns when every bot can speak. Raises `HomeserverError`, `ConfigurationError`."""
        for bot in self._bots.values():
            await bot.start()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for bot in self._bots.values():
                tasks.create_task(bot.run())

    async def close(self) -> None:
        for bot in self._bots.values():
            await bot.stop()

    async def announce(self, signalement: Signalement) -> EventId:
        words = self._waiting(signalement)
        room = self._room(signalement)
        said = await self._bots[signalement.desk_id].announce(
            room, words.plain, words.html, transaction_id=f"announce-{signalement.signalement_id}"
        )
        return EventId(said)

    async def show_waiting(self, signalement: Signalement) -> None:
        await self._edit(signalement, self._waiting(signalement))

    async def show_claimed(self, signalement: Signalement) -> None:
        await self._edit(
            signalement, claimed(signalement, server_name=self._server_name, department=signalement.department)
        )

    async def withdraw(self, signalement: Signalement) -> None:
        if signalement.announcement_id is not None:
            await self._redact(self._room(signalement), signalement.announcement_id)

    async def _edit(self, signalement: Signalement, words: Words) -> None:
        if signalement.announcement_id is not None:
            await self._bots[signalement.desk_id].edit(
                self._room(signalement),
                signalement.announcement_id,
                words.plain,
                words.html,
                transaction_id=secrets.token_hex(8),
            )

    def _waiting(self, signalement: Signalement) -> Words:
        return announcement(signalement, server_name=self._server_name, zone=_ZONE, department=signalement.department)

    def _room(self, signalement: Signalement) -> RoomId:
        return self._desks.rooms(signalement.desk_id).desk_room_id
