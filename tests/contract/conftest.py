from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from appservice.ports import DeskRegister, Inbox, Stores
from appservice.store.database import Database
from appservice.store.desks import SqlDeskRegister
from appservice.store.inbox import SqlInbox
from appservice.store.signalements import SqlStores
from tests.fakes.stores import FakeDeskRegister, FakeInbox, FakeStores


@dataclass
class Storage:
    stores: Stores
    inbox: Inbox
    register: DeskRegister


@pytest.fixture(params=["fake", "sqlite", "postgres"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "fake":
        yield Storage(FakeStores(), FakeInbox(), FakeDeskRegister())
        return
    url = f"sqlite:///{tmp_path / 'veilleuse.db'}"
    if request.param == "postgres":
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(await postgres.new_database())
    database = Database(url)
    await database.start()
    yield Storage(SqlStores(database), SqlInbox(database), SqlDeskRegister(database))
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
