"""Builds the application service from its settings, and runs it."""

import asyncio
import logging

from appservice.config import Settings, load_registration, read_secrets
from appservice.desk.voice import DeskBots
from appservice.domain.errors import HomeserverUnavailable
from appservice.matrix.desks import MatrixDesks
from appservice.matrix.guests import MatrixGuests
from appservice.matrix.requests import Requests
from appservice.matrix.rooms import MatrixRooms
from appservice.matrix.shells import PolicyModule
from appservice.matrix.transactions import InboxAppService
from appservice.opening_route import OpeningRoute
from appservice.serving import occupied_port_told
from appservice.stopping import unless_stopped
from appservice.store.database import Database
from appservice.store.desks import SqlDeskRegister
from appservice.store.inbox import SqlInbox
from appservice.store.signalements import SqlStores
from appservice.usecases.abandon import AbandonOpenings
from appservice.usecases.act_on_inbox import ActOnInbox
from appservice.usecases.announce import Announce
from appservice.usecases.claim import Claim
from appservice.usecases.erase import Erase
from appservice.usecases.open_signalement import OpenSignalement
from appservice.usecases.raise_emergency import RaiseEmergency
from appservice.usecases.reconcile_desks import ConfiguredDesks, ReconcileDesks
from appservice.workers import Erasures, abandon_openings, act_on_inbox
from appservice.world import SystemClock, SystemRandomness

_LOG = logging.getLogger(__name__)
_HOMESERVER_EVERY_SECONDS = 0.5


class Service:
    """Everything that the application service is made of."""

    def __init__(self, settings: Settings) -> None:
        """Raises `ConfigurationError`. Connects to nothing yet."""
        self._settings = settings
        server_name = settings.homeserver.server_name
        registration = load_registration(settings.appservice.registration)
        portal_token = read_secrets(settings.guest_portal.appservice_token_file)[0]
        clock, randomness = SystemClock(), SystemRandomness()

        self._database = Database(settings.appservice.database)
        stores, inbox = SqlStores(self._database), SqlInbox(self._database)
        self._register = SqlDeskRegister(self._database)

        self._appservice = InboxAppService(settings.homeserver.address, server_name, registration, inbox)
        requests = Requests(self._appservice)
        guests, rooms = MatrixGuests(requests, server_name), MatrixRooms(requests, server_name)
        self._module = PolicyModule(requests)
        self._spaces = MatrixDesks(requests, self._module, server_name)

        self._desks = ConfiguredDesks([desk.desk() for desk in settings.desks])
        bots = {desk.desk_id: self._spaces.bot_of(desk.desk_id) for desk in self._desks.all()}
        self._reconcile = ReconcileDesks(self._spaces, self._register, self._desks, bots)
        self._voice = DeskBots(
            settings.homeserver.address,
            server_name,
            settings.appservice.data_directory / "bots",
            self._desks,
            redact=self._spaces.redact,
        )

        erase = Erase(
            rooms, guests, self._module, stores, self._desks, self._voice, clock, settings.appservice.shell_kept_for
        )
        self._erasures = Erasures(erase, stores, clock)
        emergency = RaiseEmergency(stores, clock)
        self._act = ActOnInbox(
            inbox,
            Announce(rooms, stores, self._desks, self._voice),
            Claim(rooms, stores, self._desks, self._voice),
            emergency,
            is_guest=guests.is_guest,
            own={requests.warden_id, *bots.values()},
            erasure_ordered=self._erasures.ordered.set,
        )
        self._abandon = AbandonOpenings(guests, stores, emergency, clock, settings.appservice.ready_within)
        opening = OpenSignalement(guests, rooms, stores, self._desks, settings.routing(), clock, randomness)
        OpeningRoute(opening, portal_token, requests.warden_id, self._appservice).register(self._appservice.app)

    async def run(self, stopped: asyncio.Event) -> None:
        """Until `stopped` is set. Raises `ConfigurationError`: the homeserver lacks the module, the port is taken."""
        await self._database.start()
        listen = self._settings.appservice.listen
        try:
            with occupied_port_told(listen.host, listen.port):
                await self._appservice.start(listen.host, listen.port)
            await unless_stopped(self._work(), stopped)
        finally:
            await self._voice.close()
            await self._appservice.stop()
            await self._database.stop()

    async def _set_up(self) -> None:
        """Waits for the homeserver as long as it takes, checks that it has the module, and sets the desks up."""
        told = False
        while True:
            try:
                await self._module.check()
                await self._set_desks_up()
                return
            except HomeserverUnavailable as reason:
                if not told:
                    _LOG.warning("Waiting for the homeserver: %s", reason)
                told = True
            await asyncio.sleep(_HOMESERVER_EVERY_SECONDS)

    async def _set_desks_up(self) -> None:
        await self._spaces.introduce_warden()
        for desk in self._desks.all():
            account = await self._register.bot_of(desk.desk_id)
            if account is None:
                account = await self._spaces.log_bot_in(desk.desk_id, f"Guichet {desk.name}")
                await self._register.keep_bot(desk.desk_id, account)
            self._voice.add(desk.desk_id, account)
        await self._reconcile()
        await self._voice.start()

    async def _work(self) -> None:
        await self._set_up()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(act_on_inbox(self._act, self._appservice.arrived))
                tasks.create_task(self._erasures.run())
                tasks.create_task(abandon_openings(self._abandon, self._erasures.ordered))
                tasks.create_task(self._voice.run())
                self._appservice.ready = True
                _LOG.info("The application service is ready")
        finally:
            self._appservice.ready = False
