"""Every act on a signalement is in the record, by whom it was, in the act's own transaction."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from appservice.domain.audit.events import (
    Announced,
    Claimed,
    Closed,
    DangerSet,
    ErasureOrdered,
    Event,
    HandedOver,
    JoinRefused,
    ListenerJoined,
    ListenerLeft,
    Opened,
    Oriented,
    Overflowed,
    Reassigned,
    Released,
)
from appservice.domain.audit.values import (
    GUEST,
    SERVICE,
    Actor,
    ActorKind,
    Answer,
    Department,
    JoinRefusal,
    OverflowReason,
)
from appservice.domain.ids import DeskId, EventId, UserId
from appservice.domain.orientation import OrientationKind
from appservice.domain.refusals import AlreadyTaken
from appservice.domain.signalement import Cause, Outcome, Role
from appservice.ports import GuestAnswered, Membership
from tests.unit.usecases.conftest import DESK, STATION, World

FIRST, SECOND = UserId("@first:fake"), UserId("@second:fake")
JURA = DeskId("jura")


def agent(world: World, who: UserId = FIRST) -> Actor:
    return Actor(ActorKind.AGENT, world.audit.person(who))


def told(world: World, after: int = 0) -> Sequence[tuple[Event, Actor]]:
    """All but the first `after` entries."""
    return [(entry.event, entry.actor) for entry in world.audit.kept[after:]]


async def test_an_opening_and_a_claim(world: World) -> None:
    claimed = await world.claimed(FIRST)
    assert told(world) == [
        (Opened(DESK, Department("78"), Role.VICTIM, in_danger=False), GUEST),
        (Announced(DESK), GUEST),
        (Claimed(DESK), agent(world)),
    ]
    assert {entry.signalement for entry in world.audit.kept} == {world.audit.signalement(claimed)}


async def test_a_second_who_joins_is_refused(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.joins(claimed.room_id, SECOND)
    assert told(world, 3) == [(JoinRefused(JoinRefusal.ALREADY_CLAIMED), agent(world, SECOND))]


async def test_a_refused_command_is_no_act(world: World) -> None:
    claimed = await world.claimed(FIRST)
    with pytest.raises(AlreadyTaken):
        await world.day.claim.take(claimed.reference, SECOND)
    assert told(world, 3) == []


async def test_an_agent_who_leaves(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.happens(claimed.room_id, FIRST, Membership.LEAVE)
    assert told(world, 3) == [(Released(DESK), agent(world))]


async def test_a_hand_over_to_an_agent_and_to_a_desk(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.hand_over.to_agent(claimed.reference, FIRST, SECOND)
    await world.day.hand_over.to_desk(claimed.reference, SECOND, JURA)
    first, second = world.audit.person(FIRST), world.audit.person(SECOND)
    assert told(world, 3) == [
        (HandedOver(DESK, first, DESK, second), agent(world)),
        (HandedOver(DESK, second, JURA, None), agent(world, SECOND)),
    ]


async def test_a_leader_is_the_actor_of_what_a_leader_does(world: World) -> None:
    leader = UserId("@leader:fake")
    waiting = await world.waiting()
    await world.day.hand_over.to_agent(waiting.reference, leader, FIRST, as_leader=True)
    await world.day.close(waiting.reference, leader, Outcome.ABUSE, as_leader=True)
    assert told(world, 2) == [
        (Reassigned(DESK, None, world.audit.person(FIRST)), agent(world, leader)),
        (Closed(Outcome.ABUSE), agent(world, leader)),
    ]


async def test_a_listener_comes_and_goes(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.listen_in(claimed.reference, SECOND)
    await world.day.listen_in.no_longer(claimed.reference, SECOND)
    assert told(world, 3) == [
        (ListenerJoined(DESK), agent(world, SECOND)),
        (ListenerLeft(DESK), agent(world, SECOND)),
    ]


async def test_danger(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.mark_danger(claimed.reference, FIRST, True)
    await world.day.mark_danger(claimed.reference, FIRST, True)
    assert told(world, 3) == [(DangerSet(True), agent(world))]


async def test_an_orientation_and_its_answer(world: World) -> None:
    claimed = await world.claimed(FIRST)
    proposed = await world.day.orient.to_desk(claimed.reference, FIRST, STATION)
    answer = GuestAnswered(
        EventId("$answer"), claimed.room_id, claimed.guest_mxid, proposed.proposal_id, accepted=True, wish=None
    )
    await world.day.orient.guest_answered(answer)
    await world.day.orient.guest_answered(answer)
    assert told(world, 3) == [
        (Oriented(OrientationKind.COMPLAINT, Answer.NONE), agent(world)),
        (Oriented(OrientationKind.COMPLAINT, Answer.ACCEPTED), GUEST),
    ]


async def test_an_orientation_that_is_taken_back_by_word_or_by_the_next_one(world: World) -> None:
    claimed = await world.claimed(FIRST)
    for _ in range(2):
        await world.day.orient.to_desk(claimed.reference, FIRST, STATION)
    await world.day.orient.withdraw(claimed.reference, FIRST)
    answers = (Answer.NONE, Answer.WITHDRAWN, Answer.NONE, Answer.WITHDRAWN)
    assert told(world, 3) == [(Oriented(OrientationKind.COMPLAINT, answer), agent(world)) for answer in answers]


async def test_nobody_takes_it_in_time(world: World) -> None:
    await world.waiting()
    world.clock.advance(timedelta(hours=1))
    await world.day.overflow()
    assert told(world, 2) == [(Overflowed(DESK, JURA, OverflowReason.NO_ANSWER), SERVICE)]


async def test_the_end_by_the_agent_then_by_the_guest(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.close(claimed.reference, FIRST, Outcome.INFORMED)
    await world.happens(claimed.room_id, claimed.guest_mxid, Membership.LEAVE)
    await world.happens(claimed.room_id, claimed.guest_mxid, Membership.LEAVE)
    assert told(world, 3) == [(Closed(Outcome.INFORMED), agent(world)), (ErasureOrdered(Cause.GUEST_LEFT), GUEST)]
