"""Rooms made ahead of need: who gets one, what becomes of the others, and what a crash leaves."""

from datetime import timedelta

import pytest

from appservice.ahead_port import RoomAhead
from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import Reference, RoomId
from appservice.domain.signalement import Cause, State
from appservice.ports import Membership
from appservice.usecases.make_ahead import KEPT_FOR, LOOK_EVERY, PUT_OFF_FOR, QUIET_FOR, MakeAhead, RoomPool
from appservice.usecases.make_room import MakeRoom
from tests.fakes.homeserver import FakeRoom
from tests.unit.factories import a_signalement
from tests.unit.usecases.conftest import SPACE, World
from tests.unit.usecases.erasing import GUEST, ROOM, Outside, Service

SIZE = 2
"""Of the world's pool."""


async def filled(world: World) -> None:
    """Everything is done that there is to do when nobody comes."""
    while (pause := await world.make_ahead()) < LOOK_EVERY:
        world.clock.advance(pause)


async def test_as_many_are_made_as_are_wanted_and_nobody_is_told(world: World) -> None:
    await filled(world)
    assert (len(world.pool), len(await world.ahead.rooms())) == (SIZE, SIZE)
    assert (world.homeserver.rooms[SPACE].children, world.homeserver.announcements) == (set(), {})
    assert await world.stores.openings_before(world.clock.now() + timedelta(days=1)) == []


async def test_an_opening_asks_the_homeserver_for_nothing_but_the_name(world: World) -> None:
    await filled(world)
    ahead, *_ = await world.ahead.rooms()
    world.homeserver.log.clear()
    opened = await world.opened()
    assert world.homeserver.log == ["introduce"]
    assert world.homeserver.names[ahead.guest_mxid] == "victim"
    assert (opened.signalement.room_id, opened.signalement.reference) == (ahead.room_id, ahead.reference)
    assert opened.account.access_token == f"token of {ahead.guest_mxid}"


async def test_its_room_is_then_as_any_other(world: World) -> None:
    on_demand = await world.waiting()
    await filled(world)
    ahead = await world.waiting()
    one, other = world.room(on_demand), world.room(ahead)
    assert (one.open_to, one.may_write, one.claim) == (other.open_to, other.may_write, other.claim)
    assert other.open_to == SPACE
    assert world.homeserver.rooms[SPACE].children == {on_demand.room_id, ahead.room_id}
    assert world.audit.told == world.audit.told[:2] * 2


async def test_each_is_given_once_and_who_finds_none_has_one_made(world: World) -> None:
    await filled(world)
    opened = [await world.opened() for _ in range(SIZE + 1)]
    assert len({one.signalement.room_id for one in opened}) == SIZE + 1
    assert len({one.account.user_id for one in opened}) == SIZE + 1
    assert await world.ahead.rooms() == []


async def test_what_another_process_has_taken_or_discarded_is_given_to_nobody(world: World) -> None:
    await filled(world)
    for room in await world.ahead.rooms():
        await world.ahead.take(room.guest_mxid)
    taken = {room for room in world.homeserver.rooms if room != SPACE}
    assert (await world.opened()).signalement.room_id not in taken


async def test_a_reference_that_is_in_use_by_now_costs_nobody_the_opening(world: World) -> None:
    await filled(world)
    ahead, *_ = await world.ahead.rooms()
    await world.stores.add(a_signalement("!other", reference=ahead.reference))
    assert (await world.opened()).signalement.reference != ahead.reference


async def test_nothing_is_made_while_somebody_opens_and_just_after(world: World) -> None:
    await filled(world)
    with world.pool.opening():
        assert await world.make_ahead() == QUIET_FOR
    assert await world.make_ahead() == QUIET_FOR
    world.clock.advance(QUIET_FOR)
    assert await world.make_ahead() == timedelta(0)


async def test_where_people_keep_coming_one_is_made_all_the_same(world: World) -> None:
    await filled(world)
    await world.opened()
    pauses = []
    for _ in range(20):
        pauses.append(await world.make_ahead())
        if not pauses[-1]:
            break
        await world.opened()
        world.clock.advance(QUIET_FOR / 2)
    assert pauses[-1] == timedelta(0)
    assert len(pauses) <= 2 * (PUT_OFF_FOR / QUIET_FOR) + 1


async def test_what_nobody_came_for_is_erased_and_replaced(world: World) -> None:
    await filled(world)
    old = await world.ahead.rooms()
    world.clock.advance(KEPT_FOR + timedelta(seconds=1))
    await filled(world)
    assert {room.room_id for room in old}.isdisjoint(room.room_id for room in await world.ahead.rooms())
    assert len(world.pool) == SIZE
    assert world.erasures_ordered
    while erasures := await world.stores.soonest_erasures(10):
        for erasure in erasures:
            assert erasure.cause is Cause.UNUSED
            await world.erase(erasure)
    assert {room.room_id for room in old}.isdisjoint(world.homeserver.rooms)
    assert not any(world.homeserver.accounts[room.guest_mxid] for room in old)
    assert "unlink" not in world.homeserver.log, "no desk was told of it"
    assert [tombstone.residue for tombstone in await world.stores.tombstones()] == [{}, {}]


async def test_an_opening_that_fails_leaves_a_room_that_is_erased_and_not_given_to_the_next(world: World) -> None:
    await filled(world)
    ahead, *_ = await world.ahead.rooms()
    world.homeserver.unavailable = True
    with pytest.raises(HomeserverUnavailable):
        await world.opened()
    world.homeserver.unavailable = False
    assert (await world.opened()).signalement.room_id != ahead.room_id
    world.clock.advance(timedelta(minutes=11))
    await world.abandon()
    signalement = await world.stores.by_room(ahead.room_id)
    assert signalement is None or signalement.state is State.ERASING


async def test_a_homeserver_that_fails_is_asked_less_and_less_often(world: World) -> None:
    world.homeserver.unavailable = True
    for seconds in (1, 2, 4, 8, 16, 32, 60, 60):
        with pytest.raises(HomeserverUnavailable):
            await world.make_ahead()
        pause = await world.make_ahead()
        assert pause <= timedelta(seconds=seconds)
        world.clock.advance(timedelta(seconds=seconds))
    world.homeserver.unavailable = False
    await filled(world)
    assert len(world.pool) == SIZE


async def test_a_guest_whose_room_was_made_ahead_is_ready_claimed_and_leaves_like_any_other(world: World) -> None:
    await filled(world)
    claimed = await world.claimed()
    assert claimed.state is State.CLAIMED
    await world.happens(claimed.room_id, claimed.guest_mxid, Membership.LEAVE)
    (erasure,) = await world.stores.soonest_erasures(10)
    assert erasure.cause is Cause.GUEST_LEFT


# The process is killed, and another one started.


async def made_ahead(outside: Outside) -> None:
    outside.homeserver.accounts[GUEST] = True
    outside.homeserver.rooms[ROOM] = FakeRoom(invited={GUEST})
    await outside.ahead.keep(RoomAhead(GUEST, ROOM, Reference("K7QM-42"), outside.clock.now()))


async def tidied(outside: Outside, service: Service) -> None:
    homeserver, clock, randomness = outside.homeserver, outside.clock, outside.randomness
    stores, discard = outside.stores, service.discard_ahead
    make_room = MakeRoom(homeserver, homeserver, stores, outside.ahead, clock, randomness)
    make = MakeAhead(RoomPool(clock), 0, make_room, stores, outside.ahead, discard, clock, lambda: None)
    while (pause := await make()) < LOOK_EVERY:
        clock.advance(pause)


async def test_what_an_earlier_process_made_is_erased_as_unused() -> None:
    outside = Outside()
    await made_ahead(outside)
    service = outside.service()
    assert await service.erase_again() == 0, "nothing that had been erased before"
    await tidied(outside, service)
    (erasure,) = await outside.stores.soonest_erasures(10)
    assert erasure.cause is Cause.UNUSED
    await service.erases_all()
    assert set(outside.homeserver.rooms) == {RoomId("!space")}
    assert (outside.homeserver.accounts, await outside.ahead.rooms()) == ({GUEST: False}, [])


async def test_killed_before_its_row_was_written_the_room_is_found_at_the_start() -> None:
    outside = Outside()
    await made_ahead(outside)
    await outside.ahead.take(GUEST)
    service = outside.service()
    await service.erase_again()
    await service.erases_all()
    assert set(outside.homeserver.rooms) == {RoomId("!space")}


async def test_where_an_old_backup_says_ahead_and_a_desk_knows_better_the_desk_s_link_goes_too() -> None:
    outside = Outside()
    conversation = await outside.conversation()
    outside.stores._signalements.pop(conversation.signalement_id)
    await outside.ahead.keep(RoomAhead(GUEST, ROOM, Reference("K7QM-42"), outside.clock.now()))
    service = outside.service()
    await service.erase_again()
    (erasure,) = await outside.stores.soonest_erasures(10)
    assert erasure.cause is Cause.RESTORED
    await service.erases_all()
    assert outside.homeserver.rooms[RoomId("!space")].children == set()


async def test_a_row_whose_room_the_homeserver_has_not_is_buried() -> None:
    outside = Outside()
    await made_ahead(outside)
    outside.homeserver.rooms.pop(ROOM)
    service = outside.service()
    await service.erase_again()
    await tidied(outside, service)
    await service.erases_all()
    assert outside.stores._signalements == {}
