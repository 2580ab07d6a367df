"""From version 3, with a claimed signalement in it, to the version that keeps routes and statuses."""

from dataclasses import replace

from appservice.domain.desk_routing import Why
from appservice.domain.ids import UserId
from appservice.domain.signalement import Routed
from appservice.store.agents import SqlAgentStatuses
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from tests.fakes.world import START
from tests.migrations.earlier import database_of_version
from tests.migrations.rows import put_signalement
from tests.unit.factories import a_signalement

AGENT = UserId("@agent:fake")


async def test_signalements_are_kept_without_a_route_and_new_ones_have_one(url: str) -> None:
    async with database_of_version(3, url) as before:
        claimed = a_signalement().ready(START).claimed_by(AGENT, START)
        await put_signalement(before, claimed)

    after = Database(url)
    await after.start()
    stores = SqlStores(after)
    assert await stores.by_id(claimed.signalement_id) == replace(claimed, revision=0)
    assert await stores.conversations_of([AGENT]) == {AGENT: 1}
    assert await SqlAgentStatuses(after).statuses_of([AGENT]) == {}
    routed = replace(a_signalement("!room2", "@veilleuse_guest_b:fake", "CCCC-02"), routed=Routed(Why.NOTHING_KNOWN))
    await stores.add(routed)
    assert await stores.by_id(routed.signalement_id) == routed
    await after.stop()
