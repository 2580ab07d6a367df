"""Each migration runs on a database that has rows in it, on SQLite and on PostgreSQL, and keeps them."""

import pytest

from appservice.domain.errors import ConfigurationError
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from appservice.upgrades import upgrade_table
from tests.unit.factories import a_signalement


async def test_a_database_started_again_keeps_its_rows_and_its_version(url: str) -> None:
    for start in range(2):
        database = Database(url)
        await database.start()
        if start == 0:
            await SqlStores(database).add(a_signalement())
        assert await SqlStores(database).by_room(a_signalement().room_id) == a_signalement()
        version = await database.row("SELECT version FROM veilleuse_version")
        assert version is not None
        assert version["version"] == len(upgrade_table.upgrades)
        await database.stop()


async def test_a_database_of_a_later_version_is_not_touched(url: str) -> None:
    database = Database(url)
    await database.start()
    await database.execute("UPDATE veilleuse_version SET version = 999")
    await database.stop()
    older = Database(url)
    with pytest.raises(ConfigurationError, match="999"):
        await older.start()
    await older.stop()


async def test_every_migration_is_described() -> None:
    for upgrade in upgrade_table.upgrades:
        assert getattr(upgrade, "__mau_db_upgrade_description__", "")
