"""What the service keeps of rooms made ahead of need, in each kind of store."""

import asyncio
from datetime import timedelta

import pytest

from appservice.ahead_port import AheadRecords, RoomAhead
from appservice.domain.ids import Reference, RoomId, UserId
from appservice.ports import Stores
from tests.fakes.world import START


def a_room(letter: str, minutes: int = 0) -> RoomAhead:
    return RoomAhead(
        UserId(f"@veilleuse_guest_{letter}:x"),
        RoomId(f"!{letter}"),
        Reference(f"{letter.upper() * 4}-42"),
        START + timedelta(minutes=minutes),
    )


async def test_what_is_kept_is_told_the_oldest_first(ahead: AheadRecords) -> None:
    await ahead.keep(a_room("b", minutes=1))
    await ahead.keep(a_room("a"))
    assert await ahead.rooms() == [a_room("a"), a_room("b", minutes=1)]


async def test_one_is_taken_once_and_who_has_none_has_none_taken(ahead: AheadRecords) -> None:
    room = a_room("a")
    await ahead.keep(room)
    assert await ahead.take(room.guest_mxid)
    assert not await ahead.take(room.guest_mxid)
    assert await ahead.rooms() == []


async def test_of_many_who_take_the_same_at_once_one_has_it(stores: Stores, ahead: AheadRecords) -> None:
    room = a_room("a")
    await ahead.keep(room)

    async def take() -> bool:
        async with stores.transaction():
            return await ahead.take(room.guest_mxid)

    assert sorted(await asyncio.gather(*(take() for _ in range(8)))) == [False] * 7 + [True]


async def test_what_is_taken_in_a_transaction_that_fails_is_there_still(stores: Stores, ahead: AheadRecords) -> None:
    room = a_room("a")
    await ahead.keep(room)

    async def takes_and_fails() -> None:
        async with stores.transaction():
            assert await ahead.take(room.guest_mxid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await takes_and_fails()
    assert await ahead.rooms() == [room]
