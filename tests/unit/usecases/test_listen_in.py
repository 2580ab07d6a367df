from dataclasses import replace

import pytest

from appservice.domain.desk import SUPERVISION
from appservice.domain.ids import UserId
from appservice.domain.interlocutor import Interlocutor, Named
from appservice.domain.refusals import AlreadyThere, NotListening, NotOfTheDesk, NotTaken, TooManyListeners
from appservice.ports import Membership
from tests.unit.factories import a_desk
from tests.unit.usecases.conftest import World

FIRST, SECOND, THIRD, JURA = (UserId(f"@{name}:fake") for name in ("first", "second", "third", "jura"))
LEADER = UserId("@leader:fake")


async def test_a_second_agent_comes_in_and_the_guest_is_told_by_name(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.listen_in(claimed.reference, SECOND)
    room = world.room(claimed)
    assert room.claim == Interlocutor(Named(FIRST, "Agent 2"), (Named(SECOND, "Agent 3"),))
    assert room.joined == {FIRST, SECOND}


async def test_a_shift_leader_who_is_in_no_desk_is_told_by_name_too(world: World) -> None:
    leaders = replace(a_desk(SUPERVISION, (SECOND, LEADER)), names={LEADER: "Responsable 2"})
    world.desks.configure(world.desks.all(), leaders)
    claimed = await world.claimed(FIRST)
    for listener in (LEADER, SECOND):
        await world.day.listen_in(claimed.reference, listener, as_leader=True)
    named = (Named(LEADER, "Responsable 2"), Named(SECOND, "Agent 3"))
    assert world.room(claimed).claim == Interlocutor(Named(FIRST, "Agent 2"), named)


async def test_nothing_is_written_from_before_a_listener_comes_in_until_the_guest_is_told(world: World) -> None:
    claimed = await world.claimed(FIRST)
    rooms, seen = world.homeserver, list[tuple[str, bool]]()
    noted = rooms._note

    def note(what: str) -> None:
        seen.append((what.split()[0], world.room(claimed).may_write))
        noted(what)

    rooms._note = note  # type: ignore[method-assign]  # every request of the fake passes there
    await world.day.listen_in(claimed.reference, SECOND)
    assert ("bring_in", False) in seen
    assert ("declare_claim", False) in seen
    assert world.room(claimed).may_write


async def test_when_the_listener_goes_the_guest_is_told_and_the_conversation_goes_on(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.listen_in(claimed.reference, SECOND)
    await world.joins(claimed.room_id, SECOND)
    await world.happens(claimed.room_id, SECOND, Membership.LEAVE)
    room = world.room(claimed)
    assert (room.claim, room.may_write) == (Interlocutor(Named(FIRST, "Agent 2")), True)


async def test_when_the_agent_goes_the_listener_does_not_stay_alone_with_the_guest(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.listen_in(claimed.reference, SECOND)
    await world.joins(claimed.room_id, SECOND)
    await world.happens(claimed.room_id, FIRST, Membership.LEAVE)
    assert world.room(claimed).joined == set()


async def test_nobody_listens_who_has_nothing_to_do_with_it_nor_a_crowd(world: World) -> None:
    claimed, waiting = await world.claimed(FIRST), await world.waiting()
    listen = world.day.listen_in
    with pytest.raises(NotOfTheDesk):
        await listen(claimed.reference, JURA)
    with pytest.raises(NotTaken):
        await listen(waiting.reference, SECOND)
    with pytest.raises(AlreadyThere):
        await listen(claimed.reference, FIRST)
    await listen(claimed.reference, SECOND)
    await listen(claimed.reference, JURA, as_leader=True)
    with pytest.raises(TooManyListeners):
        await listen(claimed.reference, THIRD)
    await listen.no_longer(claimed.reference, SECOND)
    with pytest.raises(NotListening):
        await listen.no_longer(claimed.reference, SECOND)
    await listen(claimed.reference, THIRD)
    assert world.room(claimed).joined == {FIRST, JURA, THIRD}
    assert world.room(claimed).claim == Interlocutor(
        Named(FIRST, "Agent 2"), (Named(JURA, "Agent 1 (Desk jura)"), Named(THIRD, "Agent 4"))
    )
