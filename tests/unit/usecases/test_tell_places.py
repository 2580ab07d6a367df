from datetime import timedelta

import pytest

from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import UserId
from appservice.domain.place import Place
from appservice.ports import Membership
from tests.unit.usecases.conftest import DESK, World


async def test_each_guest_is_told_its_place_and_again_only_when_it_changes(world: World) -> None:
    first, second, third = [await world.waiting() for _ in range(3)]
    world.clock.advance(timedelta(seconds=1))
    await world.day.tell_places()
    places = world.homeserver.places
    assert places == [
        {first.guest_mxid: Place(1, None), second.guest_mxid: Place(2, None), third.guest_mxid: Place(3, None)}
    ]
    await world.day.tell_places()
    assert len(places) == 1
    await world.happens(second.room_id, second.guest_mxid, Membership.LEAVE)
    await world.day.tell_places()
    assert places[1:] == [{third.guest_mxid: Place(2, None)}]


async def test_who_is_in_danger_comes_first(world: World) -> None:
    first, second = await world.waiting(), await world.waiting()
    await world.day.tell_places()
    await world.day.mark_danger(second.reference, UserId("@first:fake"), True)
    await world.day.tell_places()
    assert world.homeserver.places[1:] == [{second.guest_mxid: Place(1, None), first.guest_mxid: Place(2, None)}]


async def test_an_estimate_comes_from_what_agents_did_and_grows_while_they_do_nothing(world: World) -> None:
    for _ in range(3):
        world.clock.advance(timedelta(minutes=4))
        await world.claimed("@first:fake")
    waiting = await world.waiting()
    world.clock.advance(timedelta(minutes=4))
    other = await world.waiting()
    world.day.tell_places.due([DESK])
    await world.day.tell_places()
    assert world.homeserver.places[-1] == {waiting.guest_mxid: Place(1, 4), other.guest_mxid: Place(2, 8)}
    world.clock.advance(timedelta(minutes=12))
    world.day.tell_places.due([DESK])
    await world.day.tell_places()
    assert world.homeserver.places[-1] == {waiting.guest_mxid: Place(1, 8), other.guest_mxid: Place(2, 16)}
    world.clock.advance(timedelta(hours=1))
    world.day.tell_places.due([DESK])
    await world.day.tell_places()
    assert world.homeserver.places[-1] == {waiting.guest_mxid: Place(1, None), other.guest_mxid: Place(2, None)}


async def test_what_could_not_be_told_is_told_later(world: World) -> None:
    waiting = await world.waiting()
    world.homeserver.unavailable = True
    with pytest.raises(HomeserverUnavailable):
        await world.day.tell_places()
    world.homeserver.unavailable = False
    await world.day.tell_places()
    assert world.homeserver.places == [{waiting.guest_mxid: Place(1, None)}]
