"""The auditors' room and their bot's account: made by the service, which has no more to do with what is said there."""

import logging
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

from appservice.audit_account import AuditAccount, keep_account, read_account
from appservice.domain.desk_plan import Blueprint, Kind
from appservice.domain.ids import AUDIT_BOT_LOCALPART, RoomId, UserId
from appservice.matrix.desks import MatrixDesks

_LOG = logging.getLogger(__name__)
_BOT_NAME = "Robot d’audit"
_ROOM_NAME = "Veilleuse · audit"


class AuditOffice:
    def __init__(
        self,
        spaces: MatrixDesks,
        auditors: Collection[UserId],
        bot_directory: Path,
        record: Callable[[Collection[UserId]], Awaitable[None]],
    ) -> None:
        """`record` is told who the auditors are, once they are in the room."""
        self._spaces = spaces
        self._record = record
        self._auditors = frozenset(auditors)
        self._bot_directory = bot_directory

    async def open(self) -> None:
        """At the start: makes the room and the account where they are missing, and seats exactly who should be there.

        Without any auditor there is neither; who was one is put out. Raises `HomeserverError`. Safe to repeat.
        """
        account = read_account(self._bot_directory)
        if account is None:
            if not self._auditors:
                await self._record(self._auditors)
                return
            account = await self._make()
        blueprint = Blueprint(Kind.AUDIT_ROOM, _ROOM_NAME, speaker=account.user_id)
        for trait in sorted(await self._spaces.faults(account.room_id, blueprint) or ()):
            await self._spaces.mend(account.room_id, blueprint, trait)
        await self._seat(account.room_id, self._auditors | {account.user_id})
        await self._record(self._auditors)

    async def _make(self) -> AuditAccount:
        bot = await self._spaces.log_in(AUDIT_BOT_LOCALPART, _BOT_NAME)
        room = await self._spaces.make(Blueprint(Kind.AUDIT_ROOM, _ROOM_NAME, speaker=bot.user_id))
        account = AuditAccount(bot.user_id, bot.device_id, room, bot.access_token)
        keep_account(self._bot_directory, account)
        _LOG.info("The auditors' room and their bot's account are made")
        return account

    async def _seat(self, room: RoomId, wanted: frozenset[UserId]) -> None:
        there = await self._spaces.members(room)
        for member in sorted(there - wanted):
            await self._spaces.unseat(room, member)
        for member in sorted(wanted - there):
            await self._spaces.seat(room, member)
