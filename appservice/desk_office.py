"""The one place where desks are set up and changed while the service runs: at its start, and when an operator asks."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from appservice.config import RETENTION, Settings, load_settings
from appservice.desk.voice import DeskBots
from appservice.domain.audit.values import OPERATOR, SERVICE, Actor, ConfigurationFile, Digest
from appservice.domain.desk import Desk
from appservice.domain.desk_plan import bot_name
from appservice.domain.desk_routing import DeskRouting
from appservice.domain.errors import ConfigurationError
from appservice.domain.ids import DeskId
from appservice.matrix.desks import MatrixDesks
from appservice.store.desks import SqlDeskRegister
from appservice.usecases.reconcile_desks import Applied, ConfiguredDesks, ReconcileDesks
from appservice.usecases.record_desks import RecordDesks

_LOG = logging.getLogger(__name__)


def edition_of(configuration: Path) -> Digest:
    """Of the file: whether two processes speak of the same configuration."""
    try:
        return Digest(hashlib.sha256(configuration.read_bytes()).hexdigest())
    except OSError as error:
        raise ConfigurationError(f"{configuration}: {error.strerror}.") from None


class DeskOffice:
    """Only one plan or change at a time."""

    def __init__(
        self,
        configuration: Path,
        spaces: MatrixDesks,
        register: SqlDeskRegister,
        desks: ConfiguredDesks,
        voice: DeskBots,
        reroute: Callable[[DeskRouting], None],
        record: RecordDesks,
    ) -> None:
        self._configuration = configuration
        self._spaces = spaces
        self._register = register
        self._desks = desks
        self._voice = voice
        self._reroute = reroute
        self._record = record
        self._reconcile = ReconcileDesks(spaces, register, spaces.bot_of)
        self._one_at_a_time = asyncio.Lock()

    async def open(self, settings: Settings) -> None:
        """At the start: brings Matrix to what the settings say, and gives every desk its voice.

        Raises `HomeserverError`, `ConfigurationError`. Safe to repeat.
        """
        async with self._one_at_a_time:
            await self._spaces.introduce_warden()
            await self._record.files(
                {
                    ConfigurationFile.SETTINGS: edition_of(self._configuration),
                    ConfigurationFile.RETENTION: edition_of(settings.appservice.retention or RETENTION),
                }
            )
            for change, reason in (await self._set_up(settings, SERVICE)).refused:
                _LOG.error("The homeserver refused a change of the desks (%s): %s", change, reason)

    async def plan(self, edition: str) -> list[str]:
        """What `apply` would change, a line each; nothing is changed. Raises as `apply` does."""
        async with self._one_at_a_time:
            settings, _ = await self._read(edition)
            changes = await self._reconcile.plan(_with_rooms(settings), settings.national_space)
            return [str(change) for change in changes]

    async def apply(self, edition: str) -> tuple[list[str], list[str]]:
        """Reads the configuration again, and takes its desks over: what was changed on Matrix, and what was refused.

        Raises `ConfigurationError` if the file is not the one that the operator means (`edition`) or has a fault: then
        nothing has been changed; `HomeserverError`: then it may be half done, and can be repeated.
        """
        async with self._one_at_a_time:
            settings, routing = await self._read(edition)
            self._desks.configure(_desks(settings), settings.supervision_desk())
            await self._record.files({ConfigurationFile.SETTINGS: Digest(edition)}, OPERATOR)
            applied = await self._set_up(settings, OPERATOR)
            self._reroute(routing)
            refused = [f"{change}: refused, {reason}" for change, reason in applied.refused]
            return [str(change) for change in applied.done], refused

    async def _read(self, edition: str) -> tuple[Settings, DeskRouting]:
        if edition_of(self._configuration) != edition:
            raise ConfigurationError(
                f"The service reads {self._configuration}, which is not the same file. Name that one with -c."
            )

        def read() -> tuple[Settings, DeskRouting]:
            settings = load_settings(self._configuration)
            return settings, settings.routing()

        return await asyncio.to_thread(read)

    async def _set_up(self, settings: Settings, by: Actor) -> Applied:
        desks = _with_rooms(settings)
        applied = await self._reconcile.apply(desks, settings.national_space, partial(self._bring_bots, desks))
        await self._record(applied, desks, by)
        await self._reconcile.settle(self._desks)
        await self._voice.start()
        return applied

    async def _bring_bots(self, desks: Sequence[Desk]) -> None:
        """They can speak only once they are seated."""
        for desk in desks:
            await self._bring_bot(desk.desk_id, bot_name(desk))
        for desk_id in await self._register.desks_with_bots():
            await self._bring_bot(desk_id, desk_id)  # of a former desk, where conversations may go on

    async def _bring_bot(self, desk: DeskId, name: str) -> None:
        account = await self._register.bot_of(desk)
        if account is None:
            account = await self._spaces.log_bot_in(desk, name)
            await self._register.keep_bot(desk, account)
        self._voice.add(desk, account)


def _desks(settings: Settings) -> Sequence[Desk]:
    return [desk.desk() for desk in settings.desks]


def _with_rooms(settings: Settings) -> Sequence[Desk]:
    """All for whom rooms are kept: the desks, and the shift leaders."""
    supervision = settings.supervision_desk()
    return [*_desks(settings), *([supervision] if supervision else [])]
