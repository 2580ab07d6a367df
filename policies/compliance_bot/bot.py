"""The bot's voice in the auditors' room, and the bot as a whole: the only module here that builds objects."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
from aiohttp import web

from appservice.audit_account import AuditAccount, read_account
from appservice.config import RETENTION, Settings, read_secrets
from appservice.desk.bot import DeskBot
from appservice.desk.hearing import Heard
from appservice.desk.keepsake import Keepsake
from appservice.desk.words import Words
from appservice.domain.audit.checkpoint import Signer
from appservice.domain.errors import ConfigurationError, HomeserverUnavailable
from appservice.domain.ids import RoomId, UserId
from appservice.retention_file import load_retention
from appservice.serving import serve
from appservice.stopping import unless_stopped
from appservice.store.database import Database
from appservice.world import SystemClock
from policies.compliance_bot.answering import Answering
from policies.compliance_bot.answers import Answers, Attachment
from policies.compliance_bot.checkpoints import CheckpointFile
from policies.compliance_bot.record import Record
from policies.compliance_bot.rules import Limits, Watch
from policies.compliance_bot.service import ServiceClient
from policies.compliance_bot.watching import Watching

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_SECONDS = 0.5


class RoomVoice:
    """Implements `Voice`."""

    def __init__(self, bot: DeskBot, room: RoomId) -> None:
        self._bot = bot
        self._room = room

    async def say(self, words: Words, transaction_id: str) -> None:
        await self._bot.announce(self._room, words.plain, words.html, transaction_id=transaction_id)

    async def answer(self, to: Heard, words: Words, transaction_id: str) -> None:
        await self._bot.answer(to, words.plain, words.html, transaction_id=transaction_id)

    async def share(self, attachment: Attachment, transaction_id: str) -> None:
        await self._bot.share(
            self._room, attachment.name, attachment.mimetype, attachment.content, transaction_id=transaction_id
        )


class ComplianceBot:
    def __init__(self, settings: Settings) -> None:
        """Raises `ConfigurationError`. Connects to nothing yet."""
        self._settings = settings
        audit = settings.audit
        self._token = read_secrets(audit.token_file)[0]
        self._signers = tuple(Signer(secret) for secret in read_secrets(audit.checkpoint_keys_file))
        self._keepsake = Keepsake(audit.bot_directory)
        self._ready = False

    async def run(self, stopped: asyncio.Event) -> None:
        """Until `stopped` is set."""
        health = web.Application()
        health.router.add_get("/health", self._health)
        listen = self._settings.audit.listen
        async with serve(health, listen.host, listen.port):
            await unless_stopped(self._work(), stopped)

    async def _work(self) -> None:
        account = await self._account()
        async with self._record() as record, aiohttp.ClientSession() as session:
            bot = self._bot(account)
            try:
                await self._converse(bot, record, session, account)
            finally:
                await bot.stop()

    async def _converse(
        self, bot: DeskBot, record: Record, session: aiohttp.ClientSession, account: AuditAccount
    ) -> None:
        settings, audit, clock = self._settings, self._settings.audit, SystemClock()
        service = ServiceClient(session, settings.guest_portal.appservice, self._token)
        purged_within = settings.appservice.shell_kept_for + timedelta(days=1)
        retention = load_retention(settings.appservice.retention or RETENTION)
        watch = Watch(
            Limits(audit.claimed_within, purged_within=purged_within, kept_for=audit.kept_for, retention=retention)
        )
        checkpoints = CheckpointFile(audit.bot_directory / "checkpoints.txt", self._signers)
        answers = Answers(record, service, checkpoints, watch)
        auditors = [UserId(auditor) for auditor in audit.auditors]
        answering = Answering(answers, RoomVoice(bot, account.room_id), service, clock, account.room_id, auditors)
        watching = Watching(
            record,
            watch,
            answers,
            answering,
            service,
            self._keepsake,
            clock,
            horizon=audit.kept_for + 2 * purged_within,
            checkpoint_every=audit.checkpoint_every,
        )
        # Auditors are heard whatever is wrong with the record.
        bot.on_message(answering.hear)
        await _started(bot)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bot.run())
            tasks.create_task(watching.run())
            await watching.caught_up.wait()
            self._ready = True
            _LOG.info("The compliance bot is ready")

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok" if self._ready else "starting"}, status=200 if self._ready else 503)

    async def _account(self) -> AuditAccount:
        """Waits until the application service has made it."""
        told = False
        while (account := read_account(self._settings.audit.bot_directory)) is None:
            if not told:
                _LOG.warning("Waiting for the application service to make the bot's account")
                told = True
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        return account

    @asynccontextmanager
    async def _record(self) -> AsyncIterator[Record]:
        database = Database(self._settings.audit.database or self._settings.appservice.database, read_only=True)
        await database.start()
        try:
            yield Record(database)
        finally:
            await database.stop()

    def _bot(self, account: AuditAccount) -> DeskBot:
        return DeskBot(
            self._settings.homeserver.address,
            account.user_id,
            account.device_id,
            account.access_token,
            self._settings.audit.bot_directory / "device",
            _LOG,
        )


async def _started(bot: DeskBot) -> None:
    """Waits for the homeserver as long as it takes."""
    while True:
        try:
            await bot.start()
            return
        except HomeserverUnavailable as reason:
            _LOG.warning("Waiting for the homeserver: %s", reason)
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


def checked(settings: Settings) -> Settings:
    """Raises `ConfigurationError` if there are no auditors: then there is nothing for the bot to do."""
    if not settings.audit.auditors:
        raise ConfigurationError("audit.auditors names nobody: name the auditors' accounts, or do not run this bot.")
    return settings
