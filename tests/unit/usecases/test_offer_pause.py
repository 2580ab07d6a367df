"""After what weighed, a pause: offered, or due; and it undoes nothing that the agent has said."""

from datetime import timedelta

import pytest

from appservice.domain.availability import AgentStatus, Presence
from appservice.domain.care import Care
from appservice.domain.day_rules import DayRules
from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import UserId
from appservice.domain.refusals import PauseFirst
from appservice.domain.signalement import Outcome
from appservice.usecases.offer_pause import OfferPause
from tests.fakes.world import START
from tests.unit.usecases.conftest import World

FIRST, SECOND = UserId("@first:fake"), UserId("@second:fake")
CARE = DayRules().care


async def goes_through_a_hard_one(world: World, agent: UserId = FIRST) -> None:
    hard = await world.claimed(agent)
    await world.day.mark_hard(hard.reference, agent)
    await world.day.close(hard.reference, agent, Outcome.COMPLAINT)


async def status(world: World) -> AgentStatus:
    return (await world.statuses.statuses_of([FIRST]))[FIRST]


async def test_after_a_hard_conversation_a_pause_is_offered_and_the_router_keeps_to_it(world: World) -> None:
    await goes_through_a_hard_one(world)
    until = world.clock.now() + CARE.pause_for
    assert await status(world) == AgentStatus(Presence.PAUSED, until), "from the end of the conversation on"
    await world.day.offer_pause()
    assert world.homeserver.said == [f"pause {FIRST} until {until}"]
    await world.day.offer_pause()
    assert len(world.homeserver.said) == 1


async def test_a_pause_that_a_crash_kept_from_being_offered_is_offered_after_it(world: World) -> None:
    await goes_through_a_hard_one(world)
    restarted = OfferPause(world.day_store, world.desks, world.statuses, world.homeserver, world.clock, CARE)
    await restarted()
    assert world.homeserver.said == [f"pause {FIRST} until {world.clock.now() + CARE.pause_for}"]


async def test_a_homeserver_that_is_away_has_the_pause_offered_later(world: World) -> None:
    await goes_through_a_hard_one(world)
    world.homeserver.unavailable = True
    with pytest.raises(HomeserverUnavailable):
        await world.day.offer_pause()
    world.homeserver.unavailable = False
    await world.day.offer_pause()
    assert len(world.homeserver.said) == 1


@pytest.mark.parametrize(
    "said",
    [
        AgentStatus(Presence.OFF),
        AgentStatus(Presence.PAUSED, START + CARE.pause_for + timedelta(hours=1)),
    ],
)
async def test_who_has_gone_or_pauses_for_longer_stays_so_and_is_left_alone(world: World, said: AgentStatus) -> None:
    await world.statuses.set_status(FIRST, said)
    await goes_through_a_hard_one(world)
    await world.day.offer_pause()
    assert await status(world) == said
    assert world.homeserver.said == []


async def test_who_is_back_before_the_offer_is_not_sent_away_again(world: World) -> None:
    await goes_through_a_hard_one(world)
    await world.statuses.set_status(FIRST, AgentStatus())
    await world.day.offer_pause()
    assert await status(world) == AgentStatus()
    assert world.homeserver.said == []


async def test_after_so_many_hard_conversations_in_a_row_the_pause_comes_first(world: World) -> None:
    for _ in range(CARE.most_in_a_row):
        await goes_through_a_hard_one(world)
    until = world.clock.now() + CARE.pause_for
    await world.day.offer_pause()
    assert world.homeserver.said == [f"rest {FIRST} until {until}"]
    waiting = await world.waiting()
    with pytest.raises(PauseFirst) as refused:
        await world.day.claim.take(waiting.reference, FIRST)
    assert refused.value.until == until
    world.clock.advance(CARE.pause_for)
    assert (await world.day.claim.take(waiting.reference, FIRST)).agent_mxid == FIRST


async def test_what_weighed_counts_for_who_said_so_and_not_for_who_has_it_next(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.mark_hard(claimed.reference, FIRST)
    handed = await world.day.hand_over.to_agent(claimed.reference, FIRST, SECOND)
    assert not handed.hard
    await world.day.close(claimed.reference, SECOND, Outcome.COMPLAINT)
    assert (await world.day_store.care_of(FIRST)).hard_in_a_row == 1
    assert await world.day_store.care_of(SECOND) == Care()
