from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appservice.ahead_port import AheadRecords
from appservice.day_port import DayStore
from appservice.directory_port import UnitDirectory
from appservice.ports import AgentStatuses, DeskRegister, FeedbackCounts, Inbox, Stores
from appservice.store.agents import SqlAgentStatuses
from appservice.store.ahead import SqlAheadRecords
from appservice.store.database import Database
from appservice.store.day import SqlDayStore
from appservice.store.desks import SqlDeskRegister
from appservice.store.feedback import SqlFeedbackCounts
from appservice.store.inbox import SqlInbox
from appservice.store.signalements import SqlStores
from appservice.store.units import SqlUnitDirectory
from tests.contract.homeservers import Homeserver, fake_homeserver, real_homeserver
from tests.databases import DATABASES
from tests.fakes.ahead import FakeAheadRecords
from tests.fakes.day import FakeDayStore
from tests.fakes.stores import FakeAgentStatuses, FakeDeskRegister, FakeFeedbackCounts, FakeInbox, FakeStores
from tests.fakes.units import FakeUnitDirectory


@dataclass
class Storage:
    stores: Stores
    inbox: Inbox
    register: DeskRegister
    directory: UnitDirectory
    statuses: AgentStatuses
    day: DayStore
    feedback: FeedbackCounts
    ahead: AheadRecords


@pytest.fixture(params=["fake", *DATABASES])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "fake":
        stores = FakeStores()
        yield Storage(
            stores,
            FakeInbox(),
            FakeDeskRegister(),
            FakeUnitDirectory(),
            FakeAgentStatuses(),
            FakeDayStore(stores),
            FakeFeedbackCounts(),
            FakeAheadRecords(stores),
        )
        return
    url = f"sqlite:///{tmp_path / 'veilleuse.db'}"
    if request.param == "postgres":
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(await postgres.new_database())
    database = Database(url)
    await database.start()
    yield Storage(
        SqlStores(database),
        SqlInbox(database),
        SqlDeskRegister(database),
        SqlUnitDirectory(database),
        SqlAgentStatuses(database),
        SqlDayStore(database),
        SqlFeedbackCounts(database),
        SqlAheadRecords(database),
    )
    await database.stop()


@pytest.fixture
def stores(storage: Storage) -> Stores:
    return storage.stores


@pytest.fixture
def inbox(storage: Storage) -> Inbox:
    return storage.inbox


@pytest.fixture
def register(storage: Storage) -> DeskRegister:
    return storage.register


@pytest.fixture
def day(storage: Storage) -> DayStore:
    return storage.day


@pytest.fixture
def directory(storage: Storage) -> UnitDirectory:
    return storage.directory


@pytest.fixture
def statuses(storage: Storage) -> AgentStatuses:
    return storage.statuses


@pytest.fixture(scope="session")
async def synapse(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Homeserver]:
    async with real_homeserver(tmp_path_factory.mktemp("homeserver")) as homeserver:
        yield homeserver


@pytest.fixture(params=["fake", "synapse"])
def homeserver(request: pytest.FixtureRequest) -> Homeserver:
    real: Homeserver = fake_homeserver() if request.param == "fake" else request.getfixturevalue("synapse")
    return real


@pytest.fixture
def ahead(storage: Storage) -> AheadRecords:
    return storage.ahead
