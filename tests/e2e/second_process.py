"""The use cases of an agents' day beside the running service, on its database and its homeserver, as a second process
has them. Its clock can be ahead: what the service would do in a quarter of an hour is done now.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from appservice.config import RETENTION, load_registration
from appservice.day_wiring import Day, DayPorts
from appservice.domain.day_rules import DayRules
from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import EventId, UserId
from appservice.domain.signalement import Signalement
from appservice.embedded.demo import SERVER_NAME
from appservice.embedded.installation import Installation
from appservice.matrix.guests import MatrixGuests
from appservice.matrix.requests import Requests
from appservice.matrix.rooms import MatrixRooms
from appservice.matrix.shells import PolicyModule
from appservice.matrix.transactions import InboxAppService
from appservice.public_holidays import FrenchPublicHolidays
from appservice.retention_file import load_retention
from appservice.store.agents import SqlAgentStatuses
from appservice.store.database import Database
from appservice.store.day import SqlDayStore
from appservice.store.desks import SqlDeskRegister
from appservice.store.erasures import SqlErasureRecords
from appservice.store.signalements import SqlStores
from appservice.store.units import SqlUnitDirectory
from appservice.usecases.abandon import AbandonOpenings
from appservice.usecases.agent_away import SignsOfLife
from appservice.usecases.notice_silence import NoticeSilence
from appservice.usecases.raise_emergency import RaiseEmergency
from appservice.usecases.reconcile_desks import ConfiguredDesks
from appservice.world import SystemClock, SystemRandomness
from tests.fakes.audit import FakeAuditLog
from tests.fakes.erasure import FakeAlarms
from tests.fakes.homeserver import FakeHomeserver
from tests.fakes.stores import FakeInbox, FakeStores
from tests.ports import free_ports


class AheadClock:
    def __init__(self) -> None:
        self.ahead_by = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead_by


class NoBots(FakeHomeserver):
    """The desk bots are the first process's: announcements are left to it, what they are to say besides is noted."""

    async def announce(self, signalement: Signalement) -> EventId:
        raise HomeserverUnavailable("the desk bot is in the other process")

    async def show_waiting(self, signalement: Signalement) -> None:
        raise HomeserverUnavailable("the desk bot is in the other process")

    async def show_claimed(self, signalement: Signalement) -> None:
        raise HomeserverUnavailable("the desk bot is in the other process")

    async def withdraw(self, signalement: Signalement) -> None:
        raise HomeserverUnavailable("the desk bot is in the other process")


class PagesSeen(PolicyModule):
    """As the homeserver's module has it; but some go on giving signs when the clock is moved."""

    def __init__(self, requests: Requests, clock: AheadClock) -> None:
        super().__init__(requests)
        self._clock = clock
        self.still_there: set[UserId] = set()

    async def last_seen(self, guests: Collection[UserId]) -> Mapping[UserId, datetime]:
        seen = await super().last_seen(guests)
        return {**seen, **dict.fromkeys(self.still_there & set(guests), self._clock.now())}


@dataclass(frozen=True)
class SecondProcess:
    day: Day
    stores: SqlStores
    store: SqlDayStore
    clock: AheadClock
    said: list[str]
    """What the desk bot would have said."""
    notice_silence: NoticeSilence
    abandon_openings: AbandonOpenings
    still_there: set[UserId]
    """Guests who go on giving signs when the clock is moved."""


class OnAnInstallation(Protocol):
    @property
    def installation(self) -> Installation: ...


@asynccontextmanager
async def second_process(running: OnAnInstallation) -> AsyncIterator[SecondProcess]:
    settings = running.installation.settings
    database = Database(settings.appservice.database)
    await database.start()
    clock, voice = AheadClock(), NoBots()
    signs = SignsOfLife(clock)
    registration = load_registration(settings.appservice.registration)
    appservice = InboxAppService(settings.homeserver.address, SERVER_NAME, registration, FakeInbox(), signs)
    await appservice.start("127.0.0.1", free_ports(1))
    try:
        desks = ConfiguredDesks([desk.desk() for desk in settings.desks])
        register = SqlDeskRegister(database)
        for desk in desks.all():
            rooms = await register.rooms_of(desk.desk_id)
            assert rooms is not None
            desks.settle(rooms)
        stores, store, audit = SqlStores(database), SqlDayStore(database), FakeAuditLog(FakeStores(), clock)
        requests = Requests(appservice)
        ports = DayPorts(
            MatrixRooms(requests, PolicyModule(requests), SERVER_NAME), stores, store, audit, desks, voice,
            SqlAgentStatuses(database),
            SqlUnitDirectory(database), FrenchPublicHolidays(), clock, SystemRandomness(),
            chain_of=settings.routing().overflow_of,
        )  # fmt: skip
        day, seen = Day(ports, DayRules(), signs), PagesSeen(requests, clock)
        records, retention = SqlErasureRecords(database), load_retention(RETENTION)
        # What is ordered is due now, and not when the clock that runs ahead says.
        emergency = RaiseEmergency(stores, SystemClock(), day.change)
        guests, ready_within = MatrixGuests(requests, SERVER_NAME), settings.appservice.ready_within
        yield SecondProcess(
            day, stores, store, clock, voice.said,
            NoticeSilence(records, seen, emergency, FakeAlarms(), clock, retention),
            AbandonOpenings(guests, stores, emergency, clock, ready_within),
            seen.still_there,
        )  # fmt: skip
    finally:
        await appservice.stop()
        await database.stop()
