"""From version 1, with a signalement in it, to the version that has units."""

import pytest
from mautrix.util.async_db import UpgradeTable

from appservice.domain.units import UnitKind
from appservice.store import database as store
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from appservice.store.units import SqlUnitDirectory
from appservice.upgrades import upgrade_table, v01_first_slice
from tests.unit.factories import a_signalement


async def test_signalements_are_kept_and_the_directory_is_there(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = UpgradeTable(version_table_name=upgrade_table.version_table_name, database_name=upgrade_table.database_name)
    first.register(v01_first_slice.upgrade, description=v01_first_slice.DESCRIPTION)
    with monkeypatch.context() as patch:
        patch.setattr(store, "upgrade_table", first)
        before = Database(url)
    await before.start()
    await SqlStores(before).add(a_signalement())
    await before.stop()

    after = Database(url)
    await after.start()
    assert await SqlStores(after).by_room(a_signalement().room_id) == a_signalement()
    assert await SqlUnitDirectory(after).editions() == []
    assert await SqlUnitDirectory(after).in_communes(["35238"], frozenset(UnitKind)) == []
    await after.stop()
