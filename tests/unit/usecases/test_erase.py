from datetime import timedelta

import pytest

from appservice.domain.erasure import Erasure, Step
from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.signalement import Cause, Signalement
from appservice.ports import Membership
from tests.unit.usecases.conftest import SPACE, World


async def ordered(world: World) -> tuple[Signalement, Erasure]:
    """A conversation of three messages, which its guest has left."""
    claimed = await world.claimed()
    for word in ("one", "two", "three"):
        world.room(claimed).say(word)
    await world.happens(claimed.room_id, claimed.guest_mxid, Membership.LEAVE)
    (erasure,) = await world.stores.soonest_erasures(10)
    return claimed, erasure


async def test_the_guest_s_leave_orders_one_erasure_however_often_it_is_told(world: World) -> None:
    claimed, erasure = await ordered(world)
    for _ in range(6):
        await world.happens(claimed.room_id, claimed.guest_mxid, Membership.LEAVE)
    assert await world.stores.soonest_erasures(10) == [erasure]
    assert world.erasures_ordered == [True]


async def test_while_a_device_has_not_synced_there_is_a_shell_without_content(world: World) -> None:
    claimed, erasure = await ordered(world)
    waiting = await world.erase(erasure)
    room = world.room(claimed)
    assert waiting.step is Step.AWAIT_DEVICES
    assert (room.messages, room.originals, room.redacted, room.joined) == ([], [], 3, set())
    assert not world.homeserver.accounts[claimed.guest_mxid]
    assert claimed.room_id not in world.homeserver.rooms[SPACE].children
    assert world.homeserver.announcements == {}


async def test_once_every_device_has_synced_the_room_goes_and_a_tombstone_stays(world: World) -> None:
    claimed, erasure = await ordered(world)
    waiting = await world.erase(erasure)
    world.homeserver.awaited_devices[claimed.room_id].clear()
    done = await world.erase(waiting)
    (tombstone,) = await world.stores.tombstones()
    assert done.step is Step.DONE
    assert claimed.room_id not in world.homeserver.rooms
    assert await world.stores.by_room(claimed.room_id) is None
    assert await world.stores.soonest_erasures(10) == []
    assert (tombstone.cause, tombstone.residue) == (Cause.GUEST_LEFT, {})
    assert claimed.room_id not in repr(tombstone)


async def test_devices_that_are_awaited_are_nudged_a_few_times_and_then_left_in_peace(world: World) -> None:
    _, erasure = await ordered(world)
    waiting = await world.erase(erasure)
    for _ in range(10):
        waiting = await world.erase(waiting)
    assert world.homeserver.log.count("probe nudge") == 4


async def test_a_device_that_never_comes_back_does_not_keep_the_shell_for_ever(world: World) -> None:
    claimed, erasure = await ordered(world)
    waiting = await world.erase(erasure)
    world.clock.advance(timedelta(days=29))
    waiting = await world.erase(waiting)
    assert claimed.room_id in world.homeserver.rooms
    world.clock.advance(timedelta(days=2))
    await world.erase(waiting)
    assert claimed.room_id not in world.homeserver.rooms


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.DONE])
async def test_a_step_whose_answer_was_lost_is_done_again_and_the_end_is_the_same(world: World, step: Step) -> None:
    world.homeserver.agents_are_online = True
    claimed, erasure = await ordered(world)
    run = world.erase._steps[step]

    async def answer_lost(signalement: Signalement, erasure: Erasure) -> None:
        world.erase._steps[step] = run
        await run(signalement, erasure)
        raise HomeserverUnavailable("it went away as it answered")

    world.erase._steps[step] = answer_lost
    with pytest.raises(HomeserverUnavailable):
        await world.erase(erasure)
    for resumed in await world.stores.soonest_erasures(10):
        assert resumed.step is step
        await world.erase(resumed)
    assert len(await world.stores.tombstones()) == 1
    assert claimed.room_id not in world.homeserver.rooms


async def test_an_erasure_resumed_after_its_end_does_nothing(world: World) -> None:
    claimed, erasure = await ordered(world)
    waiting = await world.erase(erasure)
    world.homeserver.awaited_devices[claimed.room_id].clear()
    await world.erase(waiting)
    before = list(world.homeserver.log)
    await world.erase(waiting)
    assert world.homeserver.log == before
