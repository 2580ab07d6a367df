from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appservice.directory_port import UnitDirectory
from appservice.ports import DeskRegister, Inbox, Stores
from appservice.store.database import Database
from appservice.store.desks import SqlDeskRegister
from appservice.store.inbox import SqlInbox
from appservice.store.signalements import SqlStores
from appservice.store.units import SqlUnitDirectory
from tests.contract.homeservers import Homeserver, fake_homeserver, real_homeserver
from tests.fakes.stores import FakeDeskRegister, FakeInbox, FakeStores
from tests.fakes.units import FakeUnitDirectory


@dataclass
class Storage:
    stores: Stores
    inbox: Inbox
    register: DeskRegister
    directory: UnitDirectory


@pytest.fixture(params=["fake", "sqlite", "postgres"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "fake":
        yield Storage(FakeStores(), FakeInbox(), FakeDeskRegister(), FakeUnitDirectory())
        return
    url = f"sqlite:///{tmp_path / 'veilleuse.db'}"
    if request.param == "postgres":
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(await postgres.new_database())
    database = Database(url)
    await database.start()
    yield Storage(SqlStores(database), SqlInbox(database), SqlDeskRegister(database), SqlUnitDirectory(database))
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
def directory(storage: Storage) -> UnitDirectory:
    return storage.directory


@pytest.fixture(scope="session")
async def synapse(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Homeserver]:
    async with real_homeserver(tmp_path_factory.mktemp("homeserver")) as homeserver:
        yield homeserver


@pytest.fixture(params=["fake", "synapse"])
def homeserver(request: pytest.FixtureRequest) -> Homeserver:
    real: Homeserver = fake_homeserver() if request.param == "fake" else request.getfixturevalue("synapse")
    return real
