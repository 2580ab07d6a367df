"""What every implementation of `Stores`, `Inbox` and `DeskRegister` must do: in memory, on SQLite, on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from appservice.domain.availability import AgentStatus, DeskState, Presence
from appservice.domain.board import DeskLoad
from appservice.domain.desk import DeskRooms
from appservice.domain.desk_plan import NATIONAL, DeskPlace, Kind
from appservice.domain.desk_routing import Why
from appservice.domain.erasure import Erasure, Step, Tombstone
from appservice.domain.errors import InvalidInput, InvalidTransition
from appservice.domain.ids import DeskId, EventId, RoomId, UserId
from appservice.domain.signalement import Cause, Routed, Signalement
from appservice.ports import AgentStatuses, DeskRegister, Inbox, Membership, MembershipChange, Stores
from tests.fakes.world import START
from tests.unit.factories import a_signalement

AGENT = UserId("@agent:example.org")


def an_erasure(of: str = "!room1") -> Erasure:
    return Erasure(a_signalement(of).signalement_id, Cause.GUEST_LEFT, requested_at=START, next_attempt_at=START)


def a_change(event: str, membership: Membership = Membership.JOIN) -> MembershipChange:
    return MembershipChange(EventId(event), RoomId("!room1"), AGENT, membership)


async def test_a_signalement_is_found_as_it_was_put(stores: Stores) -> None:
    signalement = a_signalement()
    await stores.add(signalement)
    assert await stores.by_room(signalement.room_id) == signalement
    assert await stores.by_id(signalement.signalement_id) == signalement
    assert await stores.by_room(RoomId("!other")) is None


async def test_how_it_came_to_its_desk_is_kept(stores: Stores) -> None:
    passed = ((DeskId("rennes"), DeskState.OFF_SHIFT), (DeskId("bretagne"), DeskState.BUSY))
    signalement = replace(a_signalement(), routed=Routed(Why.DEFAULT_FORCE, passed))
    await stores.add(signalement)
    assert await stores.by_id(signalement.signalement_id) == signalement


async def test_what_agents_hold_is_counted_until_it_is_erased(stores: Stores) -> None:
    for number in range(3):
        opened = a_signalement(f"!room{number}", f"@veilleuse_guest_{number}:x", f"CCCC-0{number}")
        await stores.add(opened)
        await stores.replace(opened, opened.ready(START).claimed_by(AGENT, START))
    other = UserId("@other:example.org")
    held = await stores.conversations_of([AGENT, other])
    assert (held.get(AGENT), held.get(other, 0)) == (3, 0)
    assert not await stores.conversations_of([])
    claimed = await stores.by_room(RoomId("!room0"))
    assert claimed is not None
    await stores.replace(claimed, claimed.erased())
    assert (await stores.conversations_of([AGENT])).get(AGENT) == 2


async def test_what_an_agent_has_and_what_each_desk_has_to_do_is_found(stores: Stores) -> None:
    def opened(number: int, desk: str) -> Signalement:
        made = a_signalement(f"!room{number}", f"@veilleuse_guest_{number}:x", f"CCCC-0{number}", desk)
        return replace(made, opened_at=START + timedelta(minutes=number))

    for number, desk, in_danger in ((3, "guyancourt", False), (1, "guyancourt", True), (2, "guyancourt", False)):
        waiting = replace(opened(number, desk).ready(START), in_danger=in_danger)
        await stores.add(waiting)
    for number, desk in ((5, "guyancourt"), (4, "rennes")):
        await stores.add(opened(number, desk).ready(START).claimed_by(AGENT, START))
    await stores.add(opened(6, "rennes"))

    assert [one.reference for one in await stores.with_agent(AGENT)] == ["CCCC-04", "CCCC-05"]
    assert await stores.with_agent(UserId("@other:example.org")) == []
    first = START + timedelta(minutes=1)
    assert await stores.loads() == {
        DeskId("guyancourt"): DeskLoad(3, first, 1, first, active=1),
        DeskId("rennes"): DeskLoad(active=1),
    }


async def test_what_agents_last_said_of_themselves_holds(statuses: AgentStatuses) -> None:
    assert await statuses.statuses_of([AGENT]) == {}
    assert await statuses.statuses_of([]) == {}
    paused = AgentStatus(Presence.PAUSED, START + timedelta(minutes=20))
    for status in (AgentStatus(Presence.OFF), paused):
        await statuses.set_status(AGENT, status)
    await statuses.set_status(UserId("@other:example.org"), AgentStatus(Presence.OFF))
    assert await statuses.statuses_of([AGENT, UserId("@third:example.org")]) == {AGENT: paused}


async def test_a_transition_is_stored_whole(stores: Stores) -> None:
    opened = a_signalement()
    await stores.add(opened)
    claimed = opened.ready(START).claimed_by(AGENT, START).announced_as(EventId("$announcement"), START)
    await stores.replace(opened, claimed)
    assert await stores.by_room(opened.room_id) == claimed


async def test_of_two_who_change_the_same_state_one_is_refused(stores: Stores) -> None:
    opened = a_signalement()
    await stores.add(opened)
    waiting = opened.ready(START)
    await stores.replace(opened, waiting)
    await stores.replace(waiting, waiting.claimed_by(AGENT, START))
    with pytest.raises(InvalidTransition):
        await stores.replace(waiting, waiting.claimed_by(UserId("@second:example.org"), START))
    stored = await stores.by_room(opened.room_id)
    assert stored is not None
    assert stored.agent_mxid == AGENT


async def test_a_reference_in_use_is_not_given_again(stores: Stores) -> None:
    await stores.add(a_signalement("!room1", "@veilleuse_guest_a:x"))
    with pytest.raises(InvalidInput):
        await stores.add(a_signalement("!room2", "@veilleuse_guest_b:x"))


async def test_a_transaction_that_fails_leaves_nothing(stores: Stores) -> None:
    async def fail() -> None:
        async with stores.transaction():
            await stores.add(a_signalement())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await stores.by_room(RoomId("!room1")) is None


async def test_a_transaction_that_is_cancelled_leaves_nothing_and_the_database_usable(stores: Stores) -> None:
    inside = asyncio.Event()

    async def begin() -> None:
        async with stores.transaction():
            await stores.add(a_signalement())
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(begin())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await stores.by_room(RoomId("!room1")) is None
    await stores.add(a_signalement())
    assert await stores.by_room(RoomId("!room1")) is not None


async def test_only_openings_and_opened_signalements_from_before_a_moment_are_found(stores: Stores) -> None:
    await stores.note_opening(UserId("@old:x"), START)
    await stores.note_opening(UserId("@new:x"), START + timedelta(minutes=5))
    await stores.add(a_signalement())
    later = START + timedelta(minutes=1)
    assert await stores.openings_before(later) == ["@old:x"]
    assert await stores.opened_before(later) == [a_signalement()]
    assert await stores.opened_before(START) == []
    await stores.forget_opening(UserId("@old:x"))
    await stores.replace(a_signalement(), a_signalement().ready(START))
    assert await stores.openings_before(later) == []
    assert await stores.opened_before(later) == []


async def test_erasures_come_soonest_first_and_as_they_were_saved(stores: Stores) -> None:
    for number, reference in enumerate(("CCCC-01", "CCCC-02"), start=1):
        await stores.add(a_signalement(f"!room{number}", f"@veilleuse_guest_{number}:x", reference))
        await stores.add_erasure(an_erasure(f"!room{number}"))
    postponed = replace(an_erasure("!room1"), step=Step.KICK).postponed(START)
    await stores.save_erasure(postponed)
    assert await stores.soonest_erasures(10) == [an_erasure("!room2"), postponed]
    assert await stores.soonest_erasures(1) == [an_erasure("!room2")]


async def test_of_the_erasures_that_are_due_those_come_first_of_which_somebody_could_see_something_then_what_is_shared(
    stores: Stores,
) -> None:
    steps = (Step.SWEEP, Step.UNLINK, Step.DESTROY, Step.SILENCE)
    saved = []
    for number, step in enumerate(steps):
        await stores.add(a_signalement(f"!room{number}", f"@veilleuse_guest_{number}:x", f"CCCC-0{number}"))
        due_at = START + timedelta(seconds=number)
        saved.append(replace(an_erasure(f"!room{number}"), step=step, next_attempt_at=due_at))
        await stores.add_erasure(saved[-1])
        await stores.save_erasure(saved[-1])
    rest, shared, *in_sight = saved
    assert await stores.due_erasures(START + timedelta(seconds=3), 10) == [*in_sight, shared, rest]
    assert await stores.due_erasures(START + timedelta(seconds=2), 2) == [in_sight[0], shared]


async def test_after_the_burial_only_the_tombstone_is_left_and_a_second_burial_adds_none(stores: Stores) -> None:
    signalement = a_signalement()
    await stores.add(signalement)
    await stores.add_erasure(an_erasure())
    tombstone = Tombstone("ab" * 32, Cause.GUEST_LEFT, START, START + timedelta(seconds=3), {"device_inbox": 2})
    for _ in range(2):
        await stores.bury(signalement.signalement_id, tombstone)
    assert await stores.tombstones() == [tombstone]
    assert await stores.by_id(signalement.signalement_id) is None
    assert await stores.soonest_erasures(10) == []


async def test_the_inbox_keeps_the_order_of_arrival(inbox: Inbox) -> None:
    await inbox.receive([a_change("$1"), a_change("$2", Membership.LEAVE)])
    await inbox.receive([a_change("$3")])
    pending = await inbox.pending(10)
    assert [received.change.event_id for received in pending] == ["$1", "$2", "$3"]
    await inbox.done(pending[0].position)
    assert [received.change.event_id for received in await inbox.pending(1)] == ["$2"]


async def test_what_is_sent_again_is_taken_once_also_after_it_was_acted_upon(inbox: Inbox) -> None:
    await inbox.receive([a_change("$1")])
    for received in await inbox.pending(10):
        await inbox.done(received.position)
    await inbox.receive([a_change("$1"), a_change("$2")])
    assert [received.change.event_id for received in await inbox.pending(10)] == ["$2"]


async def test_positions_are_never_given_again(inbox: Inbox) -> None:
    await inbox.receive([a_change("$1")])
    (first,) = await inbox.pending(10)
    await inbox.done(first.position)
    await inbox.receive([a_change("$2")])
    (second,) = await inbox.pending(10)
    assert second.position > first.position


async def test_a_desk_s_rooms_are_found_again_once_all_of_them_are_there(register: DeskRegister) -> None:
    desk = DeskId("guyancourt")
    assert await register.rooms() == {}
    await register.keep(NATIONAL, RoomId("!national"))
    for kind, room in ((Kind.SPACE, "!space"), (Kind.DESK_ROOM, "!desk"), (Kind.TEAM_ROOM, "!team")):
        assert await register.rooms_of(desk) is None
        await register.keep(DeskPlace(desk, kind), RoomId(room))
    assert await register.rooms_of(desk) == DeskRooms(desk, RoomId("!space"), RoomId("!desk"), RoomId("!team"))
    assert (await register.rooms())[NATIONAL] == "!national"


async def test_a_room_that_was_made_again_takes_the_place_of_the_former(register: DeskRegister) -> None:
    for room in ("!gone", "!new"):
        await register.keep(NATIONAL, RoomId(room))
    assert await register.rooms() == {NATIONAL: "!new"}
