"""From version 8, with a conversation in it, to the version that can make rooms ahead of need."""

from appservice.store.ahead import SqlAheadRecords
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from tests.contract.test_ahead import a_room
from tests.migrations.earlier import database_of_version
from tests.migrations.rows import put_signalement
from tests.unit.factories import a_signalement


async def test_a_conversation_stays_and_nothing_is_ahead_yet(url: str) -> None:
    async with database_of_version(8, url) as before:
        there = a_signalement()
        await put_signalement(before, there)

    after = Database(url)
    await after.start()
    ahead = SqlAheadRecords(after)
    assert await SqlStores(after).by_room(there.room_id) is not None
    assert await ahead.rooms() == []
    await ahead.keep(a_room("a"))
    assert await ahead.rooms() == [a_room("a")]
    await after.stop()
