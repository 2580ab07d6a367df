from datetime import timedelta

import pytest

from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.signalement import State
from appservice.ports import Membership
from tests.unit.usecases.conftest import SPACE, World


async def test_agents_learn_of_a_signalement_only_once_the_guest_can_decrypt(world: World) -> None:
    opened = await world.opened()
    assert opened.signalement.room_id not in world.homeserver.rooms[SPACE].children
    assert world.homeserver.announcements == {}
    await world.happens(opened.signalement.room_id, opened.account.user_id, Membership.JOIN)
    assert opened.signalement.room_id in world.homeserver.rooms[SPACE].children
    assert list(world.homeserver.announcements.values()) == ["waiting"]


async def test_it_is_announced_once_even_if_the_join_is_told_twice(world: World) -> None:
    waiting = await world.waiting()
    await world.happens(waiting.room_id, waiting.guest_mxid, Membership.JOIN)
    assert world.homeserver.log.count("announce") == 1


async def test_the_announcement_follows_the_claim(world: World) -> None:
    claimed = await world.claimed()
    assert list(world.homeserver.announcements.values()) == ["claimed"]
    await world.happens(claimed.room_id, "@agent:fake", Membership.LEAVE)
    assert list(world.homeserver.announcements.values()) == ["waiting"]


async def test_an_opening_that_failed_half_way_leaves_no_account_alive(world: World) -> None:
    world.homeserver.unavailable = True
    with pytest.raises(HomeserverUnavailable):
        await world.opened()
    world.homeserver.unavailable = False
    world.clock.advance(timedelta(minutes=11))
    assert await world.abandon() == 1
    assert not any(world.homeserver.accounts.values())
    assert await world.abandon() == 0


async def test_a_guest_that_never_became_ready_is_erased(world: World) -> None:
    opened = (await world.opened()).signalement
    world.clock.advance(timedelta(minutes=11))
    assert await world.abandon() == 1
    assert (await world.signalement(opened.room_id)).state is State.ERASING


async def test_a_guest_that_waits_is_not_abandoned(world: World) -> None:
    waiting = await world.waiting()
    world.clock.advance(timedelta(hours=8))
    assert await world.abandon() == 0
    assert (await world.signalement(waiting.room_id)).state is State.WAITING
