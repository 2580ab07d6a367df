"""What every implementation of `DayStore` must do, and of `Stores` where the day needs it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from appservice.day_port import DayStore, Watched
from appservice.domain.care import Care
from appservice.domain.erasure import Tombstone
from appservice.domain.errors import InvalidTransition, Superseded
from appservice.domain.ids import DeskId, EventId, ProposalId, Reference, RoomId, UserId
from appservice.domain.orientation import Orientation, OrientationKind, OrientationState, Particulars, Wish
from appservice.domain.signalement import Cause, Interruption, Outcome, Signalement
from appservice.domain.signs import Signs
from appservice.ports import GuestAnswered, Inbox, Stores
from appservice.usecases.change_signalement import ChangeSignalement
from tests.fakes.world import START
from tests.unit.factories import a_signalement

AGENT, OTHER = UserId("@agent:example.org"), UserId("@other:example.org")
DESK, JURA = DeskId("guyancourt"), DeskId("jura")
LATER = START + timedelta(minutes=3)


def numbered(number: int, desk: str = "guyancourt") -> Signalement:
    return a_signalement(f"!room{number}", f"@veilleuse_guest_{number}:x", f"CCCC-0{number}", desk)


def a_proposal(own_id: str = "p1", minutes: int = 0) -> Orientation:
    return Orientation(
        ProposalId(own_id),
        a_signalement().signalement_id,
        OrientationKind.ASSOCIATION,
        Particulars(
            "CIDFF", phone="3919", hours=("lun 9:00-12:00",), call_first=True, source="DILA", as_of=START.date()
        ),
        JURA,
        proposed_at=START + timedelta(minutes=minutes),
    )


async def test_every_field_of_a_day_comes_back(stores: Stores) -> None:
    opened = a_signalement()
    await stores.add(opened)
    claimed = opened.ready(START).claimed_by(AGENT, LATER).announced_as(EventId("$a"), LATER).listened_by(OTHER)
    away = claimed.marked_hard(True).released(LATER, Interruption.AGENT_AWAY).overflowed_to(JURA, LATER)
    closed = away.marked_in_danger(True).closed(Outcome.WITNESS_HEARD, LATER)
    before = opened
    for after in (claimed, away, closed):
        await stores.replace(before, after)
        assert await stores.by_reference(opened.reference) == after
        before = after
    assert await stores.by_announcement(EventId("$a")) is None, "it has left that desk"


async def test_an_announcement_leads_to_its_signalement(stores: Stores) -> None:
    opened = a_signalement()
    await stores.add(opened)
    announced = opened.ready(START).announced_as(EventId("$a"), START)
    await stores.replace(opened, announced)
    assert await stores.by_announcement(EventId("$a")) == announced
    assert await stores.by_reference(Reference("ZZZZ-99")) is None


async def test_what_was_read_before_another_change_is_not_stored_over_it(stores: Stores) -> None:
    opened = a_signalement()
    await stores.add(opened)
    waiting = opened.ready(START)
    await stores.replace(opened, waiting)
    await stores.replace(waiting, waiting.marked_in_danger(True))
    with pytest.raises(Superseded):
        await stores.replace(waiting, waiting.announced_as(EventId("$a"), START))


async def test_a_queue_is_in_order_of_urgency_and_of_one_desk_alone(stores: Stores) -> None:
    for number in range(4):
        opened = replace(numbered(number), opened_at=START - timedelta(minutes=number))
        await stores.add(opened)
        waiting = opened.ready(START)
        await stores.replace(opened, waiting.marked_in_danger(True) if number == 1 else waiting)
    elsewhere = numbered(5, "jura")
    await stores.add(elsewhere)
    await stores.replace(elsewhere, elsewhere.ready(START))
    assert [one.room_id for one in await stores.waiting_at(DESK)] == ["!room1", "!room3", "!room2", "!room0"]
    assert [one.room_id for one in await stores.active()] == ["!room1", "!room3", "!room2", "!room0", "!room5"]


async def test_what_its_room_does_not_say_yet_is_found_until_it_does(stores: Stores) -> None:
    opened = a_signalement()
    await stores.add(opened)
    assert await stores.unsettled(10) == [], "agents do not know of it"
    waiting = opened.ready(START)
    await stores.replace(opened, waiting)
    assert await stores.unsettled(10) == [waiting]
    assert await stores.mark_settled(waiting)
    assert await stores.unsettled(10) == []
    claimed = waiting.claimed_by(AGENT, START)
    await stores.replace(waiting, claimed)
    assert not await stores.mark_settled(waiting)
    assert await stores.unsettled(10) == [claimed]


async def test_departures_are_kept_until_they_are_done(stores: Stores) -> None:
    opened = a_signalement()
    await stores.add(opened)
    announced = opened.ready(START).announced_as(EventId("$a"), START)
    await stores.note_departure(announced)
    await stores.note_departure(announced.overflowed_to(JURA, START))
    first, second = await stores.departures(opened.signalement_id)
    assert (first.desk_id, first.announcement_id) == (DESK, "$a")
    assert (second.desk_id, second.announcement_id) == (JURA, None)
    await stores.forget_departure(opened.signalement_id, first)
    assert await stores.departures(opened.signalement_id) == [second]


async def test_of_many_claims_at_once_one_takes_place(stores: Stores) -> None:
    opened = a_signalement()
    await stores.add(opened)
    await stores.replace(opened, opened.ready(START))
    change = ChangeSignalement(stores)

    async def claim(number: int) -> UserId | None:
        agent = UserId(f"@agent{number}:example.org")

        async def decide(stored: Signalement) -> Signalement:
            return stored.claimed_by(agent, START)

        try:
            await change.by_reference(opened.reference, decide)
        except InvalidTransition:
            return None
        return agent

    winners = [agent for agent in await asyncio.gather(*map(claim, range(50))) if agent]
    stored = await stores.by_room(opened.room_id)
    assert stored is not None
    assert winners == [stored.agent_mxid]


async def test_an_agent_s_count_is_its_own_until_the_transaction_ends(stores: Stores, day: DayStore) -> None:
    change = ChangeSignalement(stores)
    for number in range(6):
        opened = numbered(number)
        await stores.add(opened)
        await stores.replace(opened, opened.ready(START))

    async def take(number: int) -> None:
        async def decide(stored: Signalement) -> Signalement:
            await day.lock_agent(AGENT)
            held = (await stores.conversations_of([AGENT])).get(AGENT, 0)
            return stored if held >= 2 else stored.claimed_by(AGENT, START)

        await change.by_room(RoomId(f"!room{number}"), decide)

    await asyncio.gather(*map(take, range(6)))
    assert await stores.conversations_of([AGENT]) == {AGENT: 2}


async def test_claims_are_forgotten_after_an_hour(day: DayStore) -> None:
    for minutes in (0, 30, 65):
        await day.note_claim(DESK, START + timedelta(minutes=minutes))
    await day.note_claim(JURA, START)
    assert await day.claims_since(DESK, START) == [START + timedelta(minutes=30), START + timedelta(minutes=65)]
    assert await day.claims_since(DESK, START + timedelta(hours=1)) == [START + timedelta(minutes=65)]


async def test_care_is_kept(day: DayStore) -> None:
    assert await day.care_of(AGENT) == Care()
    await day.lock_agent(AGENT)
    for care in (Care(2, LATER), Care(0, None)):
        await day.keep_care(AGENT, care)
        await day.lock_agent(AGENT)
        assert await day.care_of(AGENT) == care


async def test_who_rests_is_found_until_the_pause_is_over(day: DayStore) -> None:
    await day.keep_care(AGENT, Care(1, LATER))
    await day.keep_care(OTHER, Care(1, None))
    assert await day.resting(START) == {AGENT: Care(1, LATER)}
    assert await day.resting(LATER) == {}


async def test_of_signs_the_later_ones_stay(stores: Stores, day: DayStore) -> None:
    opened = a_signalement()
    await stores.add(opened)
    of = opened.signalement_id
    await day.keep_signs([Watched(of, Signs(agent_at=LATER)), Watched(numbered(9).signalement_id, Signs(LATER))])
    await day.keep_signs([Watched(of, Signs(agent_at=START, guest_wrote_at=START))])
    assert await day.signs() == [Watched(of, Signs(agent_at=LATER, guest_wrote_at=START))]
    await day.forget_signs(of)
    assert await day.signs() == []


async def test_proposals_are_kept_in_order_and_answered_once(stores: Stores, day: DayStore) -> None:
    await stores.add(a_signalement())
    first, second = a_proposal("p2"), a_proposal("p1", minutes=1)
    for proposal in (second, first):
        await day.add_orientation(proposal)
    assert await day.orientations_of(first.signalement_id) == [first, second]
    accepted = first.answered(True, Wish.EVENING)
    await day.replace_orientation(first, accepted)
    assert await day.orientation(first.proposal_id) == accepted
    assert accepted.state is OrientationState.ACCEPTED
    with pytest.raises(Superseded):
        await day.replace_orientation(first, first.withdrawn())
    assert await day.orientation(ProposalId("other")) is None


async def test_with_a_signalement_everything_of_it_goes(stores: Stores, day: DayStore) -> None:
    opened = a_signalement()
    await stores.add(opened)
    await stores.note_departure(opened)
    await day.keep_signs([Watched(opened.signalement_id, Signs(agent_at=START))])
    await day.add_orientation(a_proposal())
    await stores.bury(opened.signalement_id, Tombstone("ab" * 32, Cause.GUEST_LEFT, START, LATER, {}))
    assert await day.signs() == []
    assert await day.orientation(a_proposal().proposal_id) is None
    assert await stores.departures(opened.signalement_id) == []


async def test_the_inbox_keeps_an_answer_and_nothing_else_of_it(inbox: Inbox) -> None:
    answers = [
        GuestAnswered(EventId("$1"), RoomId("!r"), UserId("@g:x"), ProposalId("p1"), True, Wish.MORNING),
        GuestAnswered(EventId("$2"), RoomId("!r"), UserId("@g:x"), ProposalId("p1"), False, None),
    ]
    await inbox.receive(answers)
    assert [received.change for received in await inbox.pending(10)] == answers
