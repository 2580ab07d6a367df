"""Nothing happens without the guest's consent."""

import pytest

from appservice.domain.ids import DeskId, EventId, ProposalId, UserId
from appservice.domain.orientation import OrientationKind, OrientationState, Wish
from appservice.domain.refusals import NoSuchDesk, NoSuchUnit, NothingProposed, NotOfTheDesk, NotTheInterlocutor
from appservice.domain.signalement import Signalement
from appservice.domain.units import UnitId
from appservice.ports import GuestAnswered
from tests.unit.units import a_unit
from tests.unit.usecases.conftest import STATION, World

AGENT, OTHER, STATION_AGENT = UserId("@first:fake"), UserId("@second:fake"), UserId("@station:fake")


async def answers(
    world: World, signalement: Signalement, proposal: ProposalId, accepted: bool, by: UserId | None = None
) -> None:
    number = len(world.inbox._known)
    user = by or signalement.guest_mxid
    wish = Wish.MORNING if accepted else None
    await world.inbox.receive(
        [GuestAnswered(EventId(f"$answer{number}"), signalement.room_id, user, proposal, accepted, wish)]
    )
    assert await world.act()


async def test_a_station_with_a_desk_is_told_once_the_guest_accepts_and_its_agent_may_come_in(world: World) -> None:
    claimed = await world.claimed(AGENT)
    proposed = await world.day.orient.to_desk(claimed.reference, AGENT, STATION)
    assert world.room(claimed).orientations == {proposed.proposal_id: proposed}
    assert (proposed.kind, proposed.particulars.name) == (OrientationKind.COMPLAINT, "Desk station")
    with pytest.raises(NotOfTheDesk):
        await world.day.listen_in(claimed.reference, STATION_AGENT)
    assert world.homeserver.said == []
    await answers(world, claimed, proposed.proposal_id, accepted=True)
    assert world.homeserver.said == [
        f"accepted Desk station to {AGENT}",
        f"oriented {claimed.reference} to {STATION}",
    ]
    await world.day.listen_in(claimed.reference, STATION_AGENT)
    assert world.room(claimed).joined == {AGENT, STATION_AGENT}
    stored = await world.day_store.orientation(proposed.proposal_id)
    assert stored is not None
    assert (stored.state, stored.wish) == (OrientationState.ACCEPTED, Wish.MORNING)


async def test_without_a_desk_at_the_other_end_the_agent_has_the_answer(world: World) -> None:
    unit = a_unit()
    await world.add_unit(unit)
    claimed = await world.claimed(AGENT)
    proposed = await world.day.orient.to_unit(claimed.reference, AGENT, unit.unit_id)
    assert (proposed.desk_id, proposed.particulars.name, proposed.particulars.phone) == (
        None,
        unit.name,
        "02 99 00 00 00",
    )
    assert (proposed.particulars.source, proposed.particulars.as_of) == ("ministère de l'Intérieur", unit.vintage)
    await answers(world, claimed, proposed.proposal_id, accepted=True)
    assert world.homeserver.said == [f"accepted {unit.name} to {AGENT}"]


async def test_declined_nothing_happens_and_the_agent_knows(world: World) -> None:
    claimed = await world.claimed(AGENT)
    proposed = await world.day.orient.to_desk(claimed.reference, AGENT, STATION)
    await answers(world, claimed, proposed.proposal_id, accepted=False)
    assert world.homeserver.said == [f"declined Desk station to {AGENT}"]
    with pytest.raises(NotOfTheDesk):
        await world.day.listen_in(claimed.reference, STATION_AGENT)


async def test_only_the_guest_answers_only_once_and_only_what_is_proposed_now(world: World) -> None:
    claimed, another = await world.claimed(AGENT), await world.claimed(AGENT)
    first = await world.day.orient.to_desk(claimed.reference, AGENT, STATION)
    second = await world.day.orient.to_desk(claimed.reference, AGENT, STATION)
    assert world.room(claimed).orientations == {first.proposal_id: None, second.proposal_id: second}
    await answers(world, claimed, second.proposal_id, accepted=True, by=AGENT)
    await answers(world, claimed, first.proposal_id, accepted=True)
    await answers(world, another, second.proposal_id, accepted=True)
    await answers(world, claimed, ProposalId("forged"), accepted=True)
    assert world.homeserver.said == []
    await answers(world, claimed, second.proposal_id, accepted=False)
    await answers(world, claimed, second.proposal_id, accepted=True)
    stored = await world.day_store.orientation(second.proposal_id)
    assert stored is not None
    assert stored.state is OrientationState.DECLINED
    assert not any("oriented" in said for said in world.homeserver.said)


async def test_a_consent_given_while_nobody_has_the_conversation_is_kept_and_both_desks_are_told(world: World) -> None:
    claimed = await world.claimed(AGENT)
    proposed = await world.day.orient.to_desk(claimed.reference, AGENT, STATION)
    await world.day.hand_over.to_desk(claimed.reference, AGENT, claimed.desk_id)
    await answers(world, claimed, proposed.proposal_id, accepted=True)
    stored = await world.day_store.orientation(proposed.proposal_id)
    assert stored is not None
    assert stored.state is OrientationState.ACCEPTED
    assert world.homeserver.said == ["accepted Desk station to None", f"oriented {claimed.reference} to {STATION}"]
    assert await world.day.settle_unsettled()
    await world.day.claim.take(claimed.reference, OTHER)
    await world.day.listen_in(claimed.reference, STATION_AGENT)
    assert world.room(claimed).orientations == {proposed.proposal_id: proposed}, "the card stays as it was answered"


async def test_a_consent_that_the_next_agent_has_is_told_to_them(world: World) -> None:
    claimed = await world.claimed(AGENT)
    proposed = await world.day.orient.to_desk(claimed.reference, AGENT, STATION)
    await world.day.hand_over.to_agent(claimed.reference, AGENT, OTHER)
    await answers(world, claimed, proposed.proposal_id, accepted=False)
    assert world.homeserver.said[-1] == f"declined Desk station to {OTHER}"


async def test_taken_back_it_is_gone_from_the_page_and_cannot_be_accepted(world: World) -> None:
    claimed = await world.claimed(AGENT)
    proposed = await world.day.orient.to_desk(claimed.reference, AGENT, STATION)
    await world.day.orient.withdraw(claimed.reference, AGENT)
    assert world.room(claimed).orientations == {proposed.proposal_id: None}
    await answers(world, claimed, proposed.proposal_id, accepted=True)
    assert world.homeserver.said == []
    with pytest.raises(NothingProposed):
        await world.day.orient.withdraw(claimed.reference, AGENT)


async def test_a_proposal_that_the_homeserver_missed_is_shown_later(world: World) -> None:
    claimed = await world.claimed(AGENT)
    world.homeserver.unavailable = True
    proposed = await world.day.orient.to_desk(claimed.reference, AGENT, STATION)
    world.homeserver.unavailable = False
    assert await world.day.settle_unsettled()
    assert world.room(claimed).orientations == {proposed.proposal_id: proposed}


async def test_who_may_not_propose_or_what_does_not_exist_is_refused(world: World) -> None:
    claimed = await world.claimed(AGENT)
    orient = world.day.orient
    with pytest.raises(NotTheInterlocutor):
        await orient.to_desk(claimed.reference, OTHER, STATION)
    with pytest.raises(NoSuchDesk):
        await orient.to_desk(claimed.reference, AGENT, claimed.desk_id)
    with pytest.raises(NoSuchDesk):
        await orient.to_desk(claimed.reference, AGENT, DeskId("nowhere"))
    with pytest.raises(NoSuchUnit):
        await orient.to_unit(claimed.reference, AGENT, UnitId("police:0"))
