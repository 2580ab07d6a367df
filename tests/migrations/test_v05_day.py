"""From version 4, with signalements and a change in the inbox, to the version that knows of an agents' day."""

from dataclasses import replace

from appservice.domain.ids import EventId, UserId
from appservice.ports import Membership, MembershipChange
from appservice.store.database import Database
from appservice.store.inbox import SqlInbox
from appservice.store.signalements import SqlStores
from tests.fakes.world import START
from tests.migrations.earlier import database_of_version
from tests.migrations.rows import put_signalement
from tests.unit.factories import a_signalement


async def test_a_day_under_way_goes_on(url: str) -> None:
    async with database_of_version(4, url) as before:
        claimed = a_signalement().ready(START).claimed_by(UserId("@agent:fake"), START)
        await put_signalement(before, claimed)
        await before.execute(
            "INSERT INTO inbox (event_id, room_id, user_id, membership) VALUES ($1, $2, $3, $4)",
            "$1", claimed.room_id, claimed.guest_mxid, "leave",
        )  # fmt: skip

    after = Database(url)
    await after.start()
    stores, inbox = SqlStores(after), SqlInbox(after)
    kept = replace(claimed, revision=0)
    assert await stores.by_id(claimed.signalement_id) == kept
    assert await stores.unsettled(10) == [kept], "its room is looked at once"
    (received,) = await inbox.pending(10)
    change = MembershipChange(EventId("$1"), claimed.room_id, claimed.guest_mxid, Membership.LEAVE)
    assert received.change == change
    await after.stop()
