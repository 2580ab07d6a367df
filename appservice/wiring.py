"""Builds the application service from its settings, and runs it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from appservice.audit_office import AuditOffice
from appservice.audit_route import AuditRoute
from appservice.config import RETENTION, Settings, load_registrations, read_secrets
from appservice.console_wiring import Consoles, awake
from appservice.day_wiring import Day, DayPorts
from appservice.desk.alarms import DeskRoomAlarms
from appservice.desk.board_voice import SupervisionVoice
from appservice.desk.voice import Backdrop, DeskBots
from appservice.desk_office import DeskOffice
from appservice.desks_route import DesksAnswer, DesksRequest, DesksRoute, answer
from appservice.domain.audit.pseudonyms import Pseudonyms
from appservice.domain.errors import HomeserverError, HomeserverUnavailable, NoLongerActive
from appservice.domain.ids import DeskId, UserId
from appservice.erased_rooms import ERASED_ROOMS, ErasedRoomsFile
from appservice.erasure_port import AlarmCode
from appservice.feedback_route import FeedbackRoute
from appservice.matrix.desks import MatrixDesks
from appservice.matrix.guests import MatrixGuests
from appservice.matrix.requests import Requests
from appservice.matrix.rooms import MatrixRooms
from appservice.matrix.shells import ModulePromises, ModuleRefusals, PolicyModule
from appservice.matrix.transactions import InboxAppService
from appservice.measuring import serving_metrics
from appservice.metrics import ServiceMetrics
from appservice.opening_route import OpeningRoute
from appservice.public_holidays import FrenchPublicHolidays
from appservice.retention_file import load_retention
from appservice.serving import occupied_port_told
from appservice.stopping import unless_stopped
from appservice.store.agents import SqlAgentStatuses
from appservice.store.ahead import SqlAheadRecords
from appservice.store.audit import AUDIT_KEYS, KeyFiles, SqlAuditLog, SqlViolationsRead
from appservice.store.database import Database
from appservice.store.day import SqlDayStore
from appservice.store.desks import SqlDeskRegister
from appservice.store.erasures import SqlErasureRecords
from appservice.store.feedback import SqlFeedbackCounts
from appservice.store.figures import Figures
from appservice.store.inbox import SqlInbox
from appservice.store.leadership import leading
from appservice.store.signalements import SqlStores
from appservice.store.units import SqlUnitDirectory
from appservice.usecases.abandon import AbandonOpenings
from appservice.usecases.act_on_inbox import ActOnInbox
from appservice.usecases.agent_away import SignsOfLife
from appservice.usecases.apply_retention import ApplyRetention
from appservice.usecases.check_promises import CheckPromises
from appservice.usecases.count_feedback import CountFeedback
from appservice.usecases.discard_ahead import DiscardAhead
from appservice.usecases.erase import Erase
from appservice.usecases.erase_again import EraseAgain
from appservice.usecases.find_desk import FindDesk
from appservice.usecases.forget_pseudonyms import ForgetPseudonyms
from appservice.usecases.look_again import LookAgain
from appservice.usecases.make_ahead import MakeAhead, RoomPool
from appservice.usecases.make_room import MakeRoom
from appservice.usecases.notice_silence import NoticeSilence
from appservice.usecases.open_signalement import OpenSignalement
from appservice.usecases.reconcile_desks import ConfiguredDesks
from appservice.usecases.record_alarms import RecordedAlarms
from appservice.usecases.record_desks import RecordDesks
from appservice.usecases.record_violations import RecordViolations
from appservice.workers import (
    DayLoops,
    Erasures,
    abandon_openings,
    act_on_inbox,
    every_night,
    ordering,
    over_and_over,
)
from appservice.world import SystemClock, SystemRandomness

_LOG = logging.getLogger(__name__)
_HOMESERVER_EVERY_SECONDS = 0.5


class Service:
    """Everything that the application service is made of."""

    def __init__(self, settings: Settings, configuration: Path) -> None:
        """`configuration` is the file of the settings, read again when its desks are to be taken over.

        Raises `ConfigurationError`. Connects to nothing yet.
        """
        self._settings = settings
        server_name = settings.homeserver.server_name
        registration, *others = load_registrations(settings.appservice.registration)
        portal_tokens = read_secrets(settings.guest_portal.appservice_token_file)
        retention = load_retention(settings.appservice.retention or RETENTION)
        clock, randomness = SystemClock(), SystemRandomness()

        self._clock = clock
        self._database = Database(settings.appservice.database)
        stores, inbox = SqlStores(self._database), SqlInbox(self._database)
        records = SqlErasureRecords(self._database)

        settings.appservice.data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._metrics = ServiceMetrics(Figures(self._database), clock)
        pseudonyms = Pseudonyms(KeyFiles(settings.appservice.data_directory / AUDIT_KEYS), randomness)
        audit = SqlAuditLog(self._database, pseudonyms, clock)

        signs = SignsOfLife(clock)
        self._appservice = InboxAppService(settings.homeserver.address, server_name, registration, inbox, signs, others)
        requests = self._requests = Requests(self._appservice, [one.as_token for one in others])
        self._module = PolicyModule(requests)
        guests, rooms = MatrixGuests(requests, server_name), MatrixRooms(requests, self._module, server_name)
        spaces = MatrixDesks(requests, self._module, server_name)

        self._desks = ConfiguredDesks([desk.desk() for desk in settings.desks], settings.supervision_desk())
        routing, statuses, day_store = settings.routing(), SqlAgentStatuses(self._database), SqlDayStore(self._database)
        departments = {code: department.name for code, department in routing.territory.departments.items()}
        self._voice = DeskBots(
            settings.homeserver.address,
            settings.appservice.data_directory / "bots",
            self._desks,
            Backdrop(server_name, departments, day_store.orientations_of, awake(statuses, clock)),
            redact=self._module.take_back,
        )

        erased = ErasedRoomsFile(settings.appservice.data_directory / ERASED_ROOMS, clock)
        erase = Erase(
            rooms,
            guests,
            self._module,
            self._module,
            stores,
            erased,
            self._desks,
            self._voice,
            audit,
            clock,
            settings.appservice.shell_kept_for,
        )
        self._erasures = Erasures(erase, stores, clock)
        find_desk = FindDesk(routing, self._desks, stores, statuses, clock)
        day_ports = DayPorts(
            rooms,
            stores,
            day_store,
            audit,
            self._desks,
            self._voice,
            statuses,
            SqlUnitDirectory(self._database),
            FrenchPublicHolidays(),
            clock,
            randomness,
            chain_of=find_desk.overflow_of,
        )
        self._day = Day(day_ports, settings.day.rules(), signs)
        supervision = SupervisionVoice(self._voice, self._desks)
        consoles = Consoles(
            day_ports,
            self._day,
            routing.territory,
            self._voice,
            spaces.bot_of,
            server_name,
            supervision,
            settings.day.overflow_after,
        )
        self._board = consoles.board
        self._voice.attend(consoles.of)
        self._day_loops = DayLoops(self._day, self._desks)
        emergency = self._day.emergency
        self._alarms = RecordedAlarms(DeskRoomAlarms(self._voice, supervision, retention.danger_kept_for), audit)
        self._silence = NoticeSilence(records, self._module, emergency, self._alarms, clock, retention)
        self._retention = ApplyRetention(records, emergency, clock, retention)
        self._last_resort = DeskId(settings.desk_of_last_resort)
        ahead = SqlAheadRecords(self._database)
        discard_ahead = DiscardAhead(stores, ahead, emergency, clock, randomness, self._last_resort)
        self._erase_again = EraseAgain(
            stores,
            records,
            self._module,
            erased,
            guests,
            self._desks,
            emergency,
            discard_ahead,
            clock,
            randomness,
            audit,
            self._last_resort,
        )
        look_again = LookAgain(
            records, self._module, self._alarms, audit, settings.appservice.looked_at_again, self._last_resort
        )
        forget = ForgetPseudonyms(pseudonyms, clock, retention, settings.appservice.shell_kept_for)
        record_desks = RecordDesks(audit)
        self.nightly: dict[str, Callable[[], Awaitable[object]]] = {
            "The second look": look_again,
            "Keys of pseudonyms": forget,
            "Agents and auditors in the record": record_desks.again,
        }
        self._promises = CheckPromises(ModulePromises(requests), self._alarms, audit, self._last_resort)
        self._violations = RecordViolations(ModuleRefusals(requests), SqlViolationsRead(self._database), stores, audit)
        self._act = ActOnInbox(
            inbox,
            self._day.announce,
            self._day.claim,
            self._day.orient,
            self._day.emergency,
            is_guest=guests.is_guest,
            is_own=requests.is_own,
            erasure_ordered=self._erasures.ordered.set,
        )
        self._abandon = AbandonOpenings(guests, stores, self._day.emergency, clock, settings.appservice.ready_within)
        self._pool = RoomPool(clock)
        self._metrics.count_ahead(self._pool)
        make_room = MakeRoom(guests, rooms, stores, ahead, clock, randomness)
        opening = OpenSignalement(
            guests, make_room, stores, self._pool, ahead, find_desk, clock, randomness, self._day.change
        )
        self._make_ahead = MakeAhead(
            self._pool,
            settings.appservice.rooms_ahead,
            make_room,
            stores,
            ahead,
            discard_ahead,
            clock,
            erasure_ordered=self._erasures.ordered.set,
        )
        AuditRoute(audit, stores, records, read_secrets(settings.audit.token_file)).register(self._appservice.app)
        self._appservice.app.middlewares.append(self._metrics.requests.middleware())
        self._office = DeskOffice(
            configuration,
            spaces,
            SqlDeskRegister(self._database),
            self._desks,
            self._voice,
            find_desk.reroute,
            record_desks,
        )
        auditors = [UserId(auditor) for auditor in settings.audit.auditors]
        self._audit_office = AuditOffice(spaces, auditors, settings.audit.bot_directory, record_desks.auditors)
        DesksRoute(self._office, [one.as_token for one in (registration, *others)]).register(self._appservice.app)
        OpeningRoute(opening, portal_tokens, requests.warden_id, self._appservice, self._pool).register(
            self._appservice.app
        )
        count_feedback = CountFeedback(SqlFeedbackCounts(self._database), clock)
        FeedbackRoute(count_feedback, portal_tokens).register(self._appservice.app)

    async def run(self, stopped: asyncio.Event) -> None:
        """Until `stopped` is set; while another process is active on the same database, this one stands by.

        Raises `ConfigurationError`: the homeserver lacks the module, the port is taken. Raises `NoLongerActive`.
        """
        async with AsyncExitStack() as stack:
            listen = self._settings.appservice.metrics_listen
            if listen is not None:
                await stack.enter_async_context(serving_metrics(listen, self._metrics.registry, self._metrics.refresh))
            turn = stack.enter_async_context(leading(self._settings.appservice.database))
            lost = await unless_stopped(turn, stopped)
            if lost is None:
                return
            async with self._listening():
                await unless_stopped(self._work(), stopped, lost)
            if lost.is_set():
                raise NoLongerActive("The database let go of this process: start it again, to stand by.")

    async def change_desks_alone(self, asked: DesksRequest) -> DesksAnswer:
        """While the service does not run, on its port, so that it cannot start meanwhile. Raises `VeilleuseError`."""
        async with self._listening():
            await self._module.check()
            return await answer(self._office, asked)

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        await self._database.start()
        self._metrics.becomes_active(True)
        listen = self._settings.appservice.listen
        try:
            with occupied_port_told(listen.host, listen.port):
                await self._appservice.start(listen.host, listen.port)
            yield
        finally:
            self._metrics.becomes_active(False)
            await self._voice.close()
            await self._appservice.stop()
            await self._database.stop()

    async def _set_up(self) -> int:
        """Waits for the homeserver as long as it takes, checks that it has the module, and sets the desks up.

        Returns how many conversations a restored backup has brought back; their erasure is ordered.
        """
        told = False
        while True:
            try:
                await self._module.check()
                await self._hear_what_was_kept()
                await self._office.open(self._settings)
                await self._audit_office.open()
                return await self._erase_again()
            except HomeserverUnavailable as reason:
                if not told:
                    _LOG.warning("Waiting for the homeserver: %s", reason)
                told = True
            await asyncio.sleep(_HOMESERVER_EVERY_SECONDS)

    async def _hear_what_was_kept(self) -> None:
        try:
            await self._requests.ask_for_what_was_kept()
        except HomeserverError as error:
            _LOG.warning("The homeserver does not reach this service by the url in the registration: %s", error)

    async def _tell_of_restored_backup(self) -> None:
        try:
            await self._alarms.sound(AlarmCode.BACKUP_RESTORED, self._last_resort)
        except HomeserverError as error:
            _LOG.error("A restored backup could not be told: %s", error)

    async def _work(self) -> None:
        back = await self._set_up()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(act_on_inbox(self._act, self._appservice.arrived))
                tasks.create_task(self._erasures.run())
                tasks.create_task(abandon_openings(self._abandon, self._erasures.ordered))
                tasks.create_task(over_and_over("Rooms ahead", self._make_ahead, self._pool.drawn))
                tasks.create_task(over_and_over("Silence", ordering(self._silence, self._erasures.ordered)))
                tasks.create_task(over_and_over("Retention", ordering(self._retention, self._erasures.ordered)))
                for what, act in self.nightly.items():
                    tasks.create_task(every_night(what, act, self._clock))
                tasks.create_task(over_and_over("What was refused", self._violations))
                tasks.create_task(over_and_over("What must never be", self._promises))
                tasks.create_task(self._voice.run())
                tasks.create_task(self._board.run())
                tasks.create_task(self._day_loops.run())
                if back:
                    tasks.create_task(self._tell_of_restored_backup())
                self._appservice.ready = True
                self._metrics.becomes_ready(True)
                _LOG.info("The application service is ready")
        finally:
            self._appservice.ready = False
            self._metrics.becomes_ready(False)
