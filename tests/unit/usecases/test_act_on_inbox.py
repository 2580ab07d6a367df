from appservice.domain.signalement import State
from appservice.ports import Membership
from tests.unit.usecases.conftest import World


async def test_what_could_not_be_done_stays_and_keeps_its_order(world: World) -> None:
    opened = await world.opened()
    room, guest = opened.signalement.room_id, opened.account.user_id
    world.homeserver.unavailable = True
    await world.received(room, guest, Membership.JOIN)
    world.homeserver.rooms[room].join("@agent:fake")  # type: ignore[arg-type]
    await world.received(room, "@agent:fake", Membership.JOIN)
    assert not await world.act()
    assert len(await world.inbox.pending(10)) == 2
    world.homeserver.unavailable = False
    assert await world.act()
    assert await world.inbox.pending(10) == []
    assert (await world.signalement(room)).state is State.CLAIMED


async def test_an_emergency_needs_no_homeserver_to_be_taken_up(world: World) -> None:
    claimed = await world.claimed()
    world.homeserver.unavailable = True
    await world.happens(claimed.room_id, claimed.guest_mxid, Membership.LEAVE)
    assert (await world.signalement(claimed.room_id)).state is State.ERASING


async def test_trouble_in_one_room_does_not_stop_another(world: World) -> None:
    stuck, other = await world.waiting(), await world.waiting()
    del world.homeserver.rooms[stuck.room_id].__dict__["joined"]  # a fault of ours: anything unforeseen
    await world.received(stuck.room_id, "@agent:fake", Membership.JOIN)
    await world.joins(other.room_id, "@agent:fake")
    assert (await world.signalement(other.room_id)).state is State.CLAIMED
    assert world.room(other).may_write
