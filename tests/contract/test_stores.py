"""What every implementation of `Stores`, `Inbox` and `DeskRegister` must do: in memory, on SQLite, on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from appservice.domain.desk import DeskRooms
from appservice.domain.erasure import Erasure, Step, Tombstone
from appservice.domain.errors import InvalidInput, InvalidTransition
from appservice.domain.ids import DeskId, EventId, RoomId, UserId
from appservice.domain.signalement import Cause
from appservice.ports import DeskRegister, Inbox, Membership, MembershipChange, Stores
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


async def test_a_transition_is_stored_whole(stores: Stores) -> None:
    opened = a_signalement()
    await stores.add(opened)
    claimed = opened.ready().claimed_by(AGENT).announced_as(EventId("$announcement"))
    await stores.replace(opened, claimed)
    assert await stores.by_room(opened.room_id) == claimed


async def test_of_two_who_change_the_same_state_one_is_refused(stores: Stores) -> None:
    opened = a_signalement()
    await stores.add(opened)
    waiting = opened.ready()
    await stores.replace(opened, waiting)
    await stores.replace(waiting, waiting.claimed_by(AGENT))
    with pytest.raises(InvalidTransition):
        await stores.replace(waiting, waiting.claimed_by(UserId("@second:example.org")))
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
    await stores.replace(a_signalement(), a_signalement().ready())
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


async def test_a_desk_s_rooms_are_found_again(register: DeskRegister) -> None:
    rooms = DeskRooms(DeskId("guyancourt"), RoomId("!space"), RoomId("!desk"), RoomId("!team"))
    assert await register.rooms_of(rooms.desk_id) is None
    await register.keep(rooms)
    assert await register.rooms_of(rooms.desk_id) == rooms
