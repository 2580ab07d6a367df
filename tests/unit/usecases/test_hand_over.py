from datetime import timedelta

import pytest

from appservice.domain.availability import AgentStatus, Presence
from appservice.domain.ids import DeskId, UserId
from appservice.domain.interlocutor import Nobody
from appservice.domain.refusals import (
    AlreadyThere,
    Hindrance,
    NoSuchAgent,
    NoSuchDesk,
    NotFree,
    NotTaken,
    NotTheInterlocutor,
)
from appservice.domain.signalement import Interruption, State
from appservice.ports import Membership
from tests.fakes.world import START
from tests.unit.usecases.conftest import DESK, SPACE, World

FIRST, SECOND, JURA = UserId("@first:fake"), UserId("@second:fake"), UserId("@jura:fake")
JURA_DESK = DeskId("jura")
LATER = START + timedelta(minutes=15)


async def test_the_former_agent_is_out_at_once_and_the_next_one_invited(world: World) -> None:
    claimed = await world.claimed(FIRST)
    handed = await world.day.hand_over.to_agent(claimed.reference, FIRST, SECOND)
    room = world.room(claimed)
    assert (handed.agent_mxid, room.joined) == (SECOND, {SECOND})
    assert room.claim == Nobody(Interruption.HANDED_OVER, "Agent 3")
    assert not room.may_write
    log = world.homeserver.log
    assert log[-1:-9:-1].count("forbid_write") == 1
    assert f"call {SECOND} for {claimed.reference}" in world.homeserver.said
    await world.happens(claimed.room_id, FIRST, Membership.LEAVE)
    await world.joins(claimed.room_id, SECOND)
    assert (room.claimed_by, room.may_write) == (SECOND, True)
    assert list(world.homeserver.announcements.values()) == ["claimed"]


async def test_to_a_desk_it_waits_there_and_the_former_desk_knows_of_it_no_more(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.hand_over.to_desk(claimed.reference, FIRST, JURA_DESK)
    room = world.room(claimed)
    stored = await world.signalement(claimed.room_id)
    assert (stored.state, stored.desk_id, stored.interruption) == (State.WAITING, "jura", Interruption.HANDED_OVER)
    assert (room.joined, room.open_to, room.claim) == (
        set(),
        "!space of jura",
        Nobody(Interruption.HANDED_OVER, "Desk jura"),
    )
    assert claimed.room_id not in world.homeserver.rooms[SPACE].children
    assert list(world.homeserver.announcements) == [stored.announcement_id]
    await world.joins(claimed.room_id, SECOND)
    assert room.joined == set(), "an agent of the former desk is put out"
    await world.joins(claimed.room_id, JURA)
    assert room.claimed_by == JURA


async def test_given_back_to_one_s_own_desk_it_waits_there_and_is_told_again(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.hand_over.to_desk(claimed.reference, FIRST, DESK)
    assert world.room(claimed).open_to == SPACE
    assert list(world.homeserver.announcements.values()) == ["waiting"]
    await world.day.overflow()
    assert world.homeserver.said == [f"again {claimed.reference} at {DESK}"]


async def test_to_an_agent_of_another_desk_it_becomes_that_desk_s(world: World) -> None:
    claimed = await world.claimed(FIRST)
    handed = await world.day.hand_over.to_agent(claimed.reference, FIRST, JURA)
    assert (handed.desk_id, handed.agent_mxid) == ("jura", JURA)
    assert world.room(claimed).joined == {JURA}
    assert list(world.homeserver.announcements.values()) == ["claimed"]


async def test_there_and_back_again(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.hand_over.to_desk(claimed.reference, FIRST, JURA_DESK)
    await world.joins(claimed.room_id, JURA)
    await world.day.hand_over.to_desk(claimed.reference, JURA, DESK)
    stored = await world.signalement(claimed.room_id)
    assert list(world.homeserver.announcements) == [stored.announcement_id]
    assert claimed.room_id in world.homeserver.rooms[SPACE].children
    assert await world.stores.departures(claimed.signalement_id) == []


async def test_who_may_not_is_told_and_nothing_is_changed(world: World) -> None:
    claimed, waiting = await world.claimed(FIRST), await world.waiting()
    hand = world.day.hand_over
    for attempt, refusal in (
        (hand.to_agent(claimed.reference, SECOND, SECOND), NotTheInterlocutor),
        (hand.to_agent(claimed.reference, FIRST, FIRST), AlreadyThere),
        (hand.to_agent(claimed.reference, FIRST, UserId("@nobody:fake")), NoSuchAgent),
        (hand.to_agent(waiting.reference, FIRST, SECOND), NotTaken),
        (hand.to_desk(claimed.reference, FIRST, DeskId("nowhere")), NoSuchDesk),
        (hand.to_desk(waiting.reference, FIRST, DESK), AlreadyThere),
    ):
        with pytest.raises(refusal):
            await attempt
    assert await world.signalement(claimed.room_id) == claimed
    assert await world.signalement(waiting.room_id) == waiting


async def test_nobody_is_given_more_than_they_can_hold(world: World) -> None:
    for _ in range(5):
        await world.claimed(SECOND)
    claimed = await world.claimed(FIRST)
    with pytest.raises(NotFree) as refused:
        await world.day.hand_over.to_agent(claimed.reference, FIRST, SECOND)
    assert (refused.value.name, refused.value.why) == ("Agent 3", Hindrance.FULL)
    assert refused.value.free == ("Agent 1", "Agent 4"), "neither who is full nor who has it"
    assert (await world.signalement(claimed.room_id)).agent_mxid == FIRST


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (AgentStatus(Presence.OFF), Hindrance.OFF),
        (AgentStatus(Presence.PAUSED), Hindrance.PAUSED),
        (AgentStatus(Presence.PAUSED, LATER), Hindrance.PAUSED),
    ],
)
async def test_nobody_is_given_to_who_is_not_there_by_a_colleague_or_a_leader(
    world: World, status: AgentStatus, why: Hindrance
) -> None:
    await world.statuses.set_status(SECOND, status)
    await world.statuses.set_status(UserId("@third:fake"), AgentStatus(Presence.OFF))
    claimed, waiting = await world.claimed(FIRST), await world.waiting()
    hand, leader = world.day.hand_over, UserId("@leader:fake")
    for attempt in (
        hand.to_agent(claimed.reference, FIRST, SECOND),
        hand.to_agent(waiting.reference, leader, SECOND, as_leader=True),
    ):
        with pytest.raises(NotFree) as refused:
            await attempt
        assert (refused.value.why, refused.value.until) == (why, status.until)
        assert "Agent 1" in refused.value.free
        assert "Agent 4" not in refused.value.free
    assert await world.signalement(claimed.room_id) == claimed
    assert await world.signalement(waiting.room_id) == waiting


async def test_once_the_pause_is_over_it_can_be_handed_over(world: World) -> None:
    await world.statuses.set_status(SECOND, AgentStatus(Presence.PAUSED, LATER))
    claimed = await world.claimed(FIRST)
    world.clock.advance(LATER - world.clock.now())
    assert (await world.day.hand_over.to_agent(claimed.reference, FIRST, SECOND)).agent_mxid == SECOND


async def test_a_shift_leader_assigns_what_waits_and_takes_from_who_has_it(world: World) -> None:
    leader = UserId("@leader:fake")
    waiting = await world.waiting()
    await world.day.hand_over.to_agent(waiting.reference, leader, FIRST, as_leader=True)
    assert world.room(waiting).joined == {FIRST}
    await world.joins(waiting.room_id, FIRST)
    await world.day.hand_over.to_agent(waiting.reference, leader, SECOND, as_leader=True)
    assert world.room(waiting).joined == {SECOND}
