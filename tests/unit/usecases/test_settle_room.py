"""The room is brought to say what the database says, whatever is in between."""

import asyncio

import pytest

from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import DeskId, EventId, UserId
from appservice.domain.signalement import Signalement
from tests.unit.usecases.conftest import SPACE, World

FIRST, SECOND, JURA = UserId("@first:fake"), UserId("@second:fake"), DeskId("jura")


class Faltering:
    """Lets the homeserver fail at the n-th request, once."""

    def __init__(self, world: World, at: int) -> None:
        self._world, self._left, self._note = world, at, world.homeserver._note
        world.homeserver._note = self  # type: ignore[method-assign]  # every request of the fake passes there

    def __call__(self, what: str) -> None:
        self._left -= 1
        if self._left == 0:
            raise HomeserverUnavailable("cut short here")
        self._note(what)


@pytest.mark.parametrize("at", range(1, 13))
async def test_a_hand_over_cut_short_at_any_request_ends_as_if_it_had_not_been(world: World, at: int) -> None:
    claimed = await world.claimed(FIRST)
    Faltering(world, at)
    await world.day.hand_over.to_agent(claimed.reference, FIRST, SECOND)
    assert await world.day.settle_unsettled()
    room = world.room(claimed)
    assert (room.joined, room.open_to) == ({SECOND}, None)
    assert room.claimed_by in (None, SECOND)
    await world.joins(claimed.room_id, SECOND)
    assert await world.act()
    assert (room.claimed_by, room.may_write) == (SECOND, True)
    assert await world.stores.unsettled(10) == []


@pytest.mark.parametrize("at", range(1, 14))
async def test_a_move_to_another_desk_cut_short_at_any_request_ends_as_if_it_had_not_been(
    world: World, at: int
) -> None:
    claimed = await world.claimed(FIRST)
    Faltering(world, at)
    await world.day.hand_over.to_desk(claimed.reference, FIRST, JURA)
    assert await world.day.settle_unsettled()
    room, stored = world.room(claimed), await world.signalement(claimed.room_id)
    assert (room.joined, room.claimed_by, room.may_write, room.open_to) == (set(), None, False, "!space of jura")
    assert list(world.homeserver.announcements) == [stored.announcement_id]
    assert world.homeserver.rooms[SPACE].children == set()
    assert await world.stores.departures(claimed.signalement_id) == []


async def test_an_emergency_in_the_middle_leaves_nothing_that_tells_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = await world.waiting()
    announce = world.homeserver.announce

    async def slowly(signalement: Signalement) -> EventId:
        await world.day.emergency.guest_left(waiting.room_id)
        (erasure,) = await world.stores.soonest_erasures(1)
        await world.erase(erasure)
        return await announce(signalement)

    monkeypatch.setattr(world.homeserver, "announce", slowly)
    await world.day.hand_over.to_desk(waiting.reference, FIRST, JURA)
    assert world.homeserver.announcements == {}
    assert not any(waiting.room_id in room.children for room in world.homeserver.rooms.values())


async def test_two_who_settle_at_once_take_turns_and_end_with_what_is_stored(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await asyncio.gather(
        world.day.hand_over.to_agent(claimed.reference, FIRST, SECOND),
        world.day.mark_danger(claimed.reference, FIRST, True, as_leader=True),
        world.day.settle(claimed.signalement_id),
    )
    assert world.room(claimed).joined == {SECOND}
    assert await world.stores.unsettled(10) == []
