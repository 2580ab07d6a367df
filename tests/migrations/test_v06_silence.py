"""From version 5, with an erased signalement, to the version that keeps the guest's hash with it."""

from appservice.domain.erasure import Tombstone
from appservice.domain.signalement import Cause
from appservice.store.database import Database, milliseconds
from appservice.store.signalements import SqlStores
from tests.fakes.world import START
from tests.migrations.earlier import database_of_version


async def test_a_tombstone_is_kept_without_the_hash_that_it_never_had(url: str) -> None:
    async with database_of_version(5, url) as before:
        await before.execute(
            "INSERT INTO tombstone (room_hash, cause, requested_at, purged_at, residue)"
            " VALUES ('ab', 'guest_left', $1, $1, '{}')",
            milliseconds(START),
        )

    after = Database(url)
    await after.start()
    assert await SqlStores(after).tombstones() == [Tombstone("ab", Cause.GUEST_LEFT, START, START, {}, guest_hash="")]
    await after.stop()
