"""Taking by command or reaction: the database decides, and everybody else gets a friendly answer."""

import asyncio

import pytest

from appservice.domain.ids import Reference, UserId
from appservice.domain.refusals import (
    AlreadyTaken,
    CapacityReached,
    Ended,
    NoSuchSignalement,
    NotOfTheDesk,
    NotReady,
)
from appservice.domain.signalement import Outcome, State
from appservice.ports import Membership
from tests.unit.usecases.conftest import AGENTS, World

FIRST, SECOND, JURA = UserId("@first:fake"), UserId("@second:fake"), UserId("@jura:fake")


async def test_who_takes_by_a_reaction_has_it_and_finds_the_room_joined(world: World) -> None:
    waiting = await world.waiting()
    taken = await world.day.claim.take(waiting.reference, FIRST)
    room = world.room(waiting)
    assert (taken.state, taken.agent_mxid) == (State.CLAIMED, FIRST)
    assert (room.joined, room.invited_only) == ({FIRST}, True)
    assert (room.claimed_by, room.may_write) == (None, False), "nobody is named before their join is seen"
    log = world.homeserver.log
    assert log.index("probe join") < log.index(f"bring_in {FIRST}")
    await world.joins(waiting.room_id, FIRST)
    assert (room.claimed_by, room.may_write) == (FIRST, True)


async def test_of_many_at_once_one_has_it_and_the_others_are_told(world: World) -> None:
    waiting = await world.waiting()
    asked = [world.day.claim.take(waiting.reference, UserId(agent)) for agent in AGENTS for _ in range(10)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    holder = (await world.signalement(waiting.room_id)).agent_mxid
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert {type(answer) for answer in refused} == {AlreadyTaken}
    assert len(refused) == 30, "who has it and asks again is told nothing else"
    assert world.room(waiting).joined == {holder}


async def test_a_joiner_who_comes_after_a_command_is_put_out_and_told_why(world: World) -> None:
    waiting = await world.waiting()
    await world.day.claim.take(waiting.reference, FIRST)
    await world.joins(waiting.room_id, SECOND)
    assert world.room(waiting).joined == {FIRST}
    assert world.homeserver.said == [f"AlreadyTaken to {SECOND}"]


async def test_an_agent_holds_so_many_at_once_and_no_more_by_command_or_by_joining(world: World) -> None:
    for _ in range(5):
        await world.claimed(FIRST)
    waiting = await world.waiting()
    with pytest.raises(CapacityReached):
        await world.day.claim.take(waiting.reference, FIRST)
    await world.joins(waiting.room_id, FIRST)
    assert world.room(waiting).joined == set()
    assert (await world.signalement(waiting.room_id)).state is State.WAITING
    assert world.homeserver.said == [f"CapacityReached to {FIRST}"]


async def test_what_is_not_there_not_ready_over_or_another_desk_s_cannot_be_taken(world: World) -> None:
    opened = (await world.opened()).signalement
    waiting, over = await world.waiting(), await world.claimed(FIRST)
    await world.day.close(over.reference, FIRST, Outcome.INFORMED)
    for reference, agent, refusal in (
        (opened.reference, FIRST, NotReady),
        (waiting.reference, JURA, NotOfTheDesk),
        (over.reference, FIRST, Ended),
        (Reference("ZZZZ-99"), FIRST, NoSuchSignalement),
    ):
        with pytest.raises(refusal):
            await world.day.claim.take(reference, agent)


async def test_an_agent_who_takes_and_goes_at_once_leaves_the_guest_to_others(world: World) -> None:
    waiting = await world.waiting()
    await world.day.claim.take(waiting.reference, FIRST)
    await world.happens(waiting.room_id, FIRST, Membership.LEAVE)
    assert (await world.signalement(waiting.room_id)).state is State.WAITING
    assert world.room(waiting).open_to is not None


async def test_a_claim_that_the_homeserver_missed_is_made_good_at_the_next_look(world: World) -> None:
    waiting = await world.waiting()
    world.homeserver.unavailable = True
    await world.day.claim.take(waiting.reference, FIRST)
    assert not await world.day.settle_unsettled()
    assert not world.room(waiting).joined
    world.homeserver.unavailable = False
    assert await world.day.settle_unsettled()
    assert world.room(waiting).joined == {FIRST}
    assert await world.stores.unsettled(10) == []
