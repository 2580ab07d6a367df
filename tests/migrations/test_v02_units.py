"""From version 1, with a signalement in it, to the version that has units."""

from appservice.domain.units import UnitKind
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from appservice.store.units import SqlUnitDirectory
from tests.migrations.earlier import database_of_version
from tests.migrations.rows import put_signalement
from tests.unit.factories import a_signalement


async def test_signalements_are_kept_and_the_directory_is_there(url: str) -> None:
    async with database_of_version(1, url) as before:
        await put_signalement(before, a_signalement())

    after = Database(url)
    await after.start()
    assert await SqlStores(after).by_room(a_signalement().room_id) == a_signalement()
    assert await SqlUnitDirectory(after).editions() == []
    assert await SqlUnitDirectory(after).in_communes(["35238"], frozenset(UnitKind)) == []
    await after.stop()
