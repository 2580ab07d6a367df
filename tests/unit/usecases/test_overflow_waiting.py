from datetime import timedelta

from appservice.domain.availability import AgentStatus, Presence
from appservice.domain.day_rules import DayRules
from appservice.domain.ids import RoomId, UserId
from appservice.domain.signalement import State
from tests.unit.usecases.conftest import AGENTS, DESK, SPACE, World

PATIENCE = DayRules().patience
JURA, JURA_SPACE = UserId("@jura:fake"), RoomId("!space of jura")


async def test_a_desk_that_does_not_react_is_told_again_and_again(world: World) -> None:
    waiting = await world.waiting()
    await world.day.overflow()
    assert world.homeserver.said == []
    for times in (1, 2):
        world.clock.advance(PATIENCE.repeat_after)
        await world.day.overflow()
        await world.day.overflow()
        assert world.homeserver.said == [f"again {waiting.reference} at {DESK}"] * times


async def test_then_the_next_desk_of_the_chain_has_it_and_the_former_one_no_more(world: World) -> None:
    waiting = await world.waiting()
    world.clock.advance(PATIENCE.overflow_after)
    await world.day.overflow()
    stored = await world.signalement(waiting.room_id)
    assert (stored.state, stored.desk_id, stored.passed) == (State.WAITING, "jura", (DESK,))
    assert world.room(waiting).open_to == "!space of jura"
    assert waiting.room_id not in world.homeserver.rooms[SPACE].children
    assert waiting.room_id in world.homeserver.rooms[JURA_SPACE].children
    assert list(world.homeserver.announcements) == [stored.announcement_id]
    await world.joins(waiting.room_id, "@first:fake")
    assert world.room(waiting).joined == set()
    await world.joins(waiting.room_id, JURA)
    assert world.room(waiting).claimed_by == JURA


async def test_at_the_end_of_the_chain_it_stays_and_is_told_again(world: World) -> None:
    waiting = await world.waiting()
    for _ in range(4):
        world.clock.advance(PATIENCE.overflow_after)
        await world.day.overflow()
    stored = await world.signalement(waiting.room_id)
    assert (stored.desk_id, stored.stay) == ("jura", 1)
    assert world.homeserver.said == [f"again {waiting.reference} at jura"] * 3


async def test_what_the_homeserver_was_not_there_for_is_made_good(world: World) -> None:
    waiting = await world.waiting()
    world.clock.advance(PATIENCE.overflow_after)
    world.homeserver.unavailable = True
    await world.day.overflow()
    world.homeserver.unavailable = False
    assert await world.day.settle_unsettled()
    stored = await world.signalement(waiting.room_id)
    assert stored.desk_id == "jura"
    assert world.room(waiting).open_to == "!space of jura"
    assert list(world.homeserver.announcements) == [stored.announcement_id]
    assert await world.stores.departures(waiting.signalement_id) == []


async def test_a_former_desk_s_announcement_is_taken_away_also_when_the_guest_leaves_first(world: World) -> None:
    waiting = await world.waiting()
    world.clock.advance(PATIENCE.overflow_after)
    world.homeserver.unavailable = True
    await world.day.overflow()
    world.homeserver.unavailable = False
    await world.day.emergency.guest_left(waiting.room_id)
    (erasure,) = await world.stores.soonest_erasures(1)
    await world.erase(erasure)
    assert world.homeserver.announcements == {}
    assert world.homeserver.rooms[SPACE].children == set()


async def test_a_claim_ends_the_passing_on(world: World) -> None:
    claimed = await world.claimed("@first:fake")
    world.clock.advance(timedelta(days=1))
    await world.day.overflow()
    assert (await world.signalement(claimed.room_id)).desk_id == DESK


async def test_where_nobody_is_there_anywhere_the_last_of_the_chain_has_it(world: World) -> None:
    waiting = await world.waiting()
    for agent in (*AGENTS, JURA):
        await world.statuses.set_status(UserId(agent), AgentStatus(Presence.OFF))
    world.clock.advance(PATIENCE.overflow_after)
    await world.day.overflow()
    assert (await world.signalement(waiting.room_id)).desk_id == "jura"
