"""The database as an earlier version of the program made it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import patch

from mautrix.util.async_db import UpgradeTable

from appservice.store import database as store
from appservice.store.database import Database
from appservice.upgrades import upgrade_table


@asynccontextmanager
async def database_of_version(number: int, url: str) -> AsyncIterator[Database]:
    """Made by the first `number` upgrades and no other, and left behind as such."""
    table = UpgradeTable(version_table_name=upgrade_table.version_table_name, database_name=upgrade_table.database_name)
    table.upgrades = upgrade_table.upgrades[:number]
    with patch.object(store, "upgrade_table", table):
        database = Database(url)
    await database.start()
    yield database
    await database.stop()
