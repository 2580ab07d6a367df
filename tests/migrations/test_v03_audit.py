"""From version 2, with a signalement in it, to the version that has the audit record."""

from appservice.domain.audit.chain import START as NO_ENTRY
from appservice.domain.audit.events import Announced
from appservice.domain.audit.pseudonyms import Pseudonyms
from appservice.store.audit import SqlAuditLog
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from tests.fakes.audit import FakeKeyShelf
from tests.fakes.world import FakeClock, FakeRandomness
from tests.migrations.earlier import database_of_version
from tests.migrations.rows import put_signalement
from tests.unit.factories import a_signalement


async def test_signalements_are_kept_and_the_record_begins(url: str) -> None:
    async with database_of_version(2, url) as before:
        await put_signalement(before, a_signalement())

    after = Database(url)
    await after.start()
    log = SqlAuditLog(after, Pseudonyms(FakeKeyShelf(), FakeRandomness()), FakeClock())
    assert await log.head() == NO_ENTRY
    async with after.transaction():
        signalement = await SqlStores(after).by_id(a_signalement().signalement_id)
        assert signalement == a_signalement()
        entry = await log.append(Announced(signalement.desk_id), of=signalement)
    assert [found async for batch in log.entries() for found in batch] == [entry]
    await after.stop()
