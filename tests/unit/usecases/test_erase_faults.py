"""The service killed before and after every call that an erasure makes, from the guest's leave to the tombstone.

The calls are not chosen: a first run without a fault tells which there are.
"""

from typing import Any

import pytest

from appservice.domain.erasure import Tombstone, guest_hash, room_hash
from appservice.domain.signalement import Cause
from tests.fakes.faults import Faults, Killed
from tests.unit.usecases.erasing import GUEST, ROOM, SPACE, Outside, Service


async def erases(service: Service) -> None:
    """What a start does with a leave that may have been acted upon, or not."""
    await service.emergency.guest_left(ROOM)
    await service.erases_all()


def all_there_is(outside: Outside) -> dict[str, Any]:
    return {
        "rooms": set(outside.homeserver.rooms),
        "shown": outside.homeserver.rooms[SPACE].children,
        "accounts": outside.homeserver.accounts,
        "announcements": outside.homeserver.announcements,
        "signalements": outside.stores._signalements,
        "erasures": outside.stores._erasures,
        "tombstones": outside.stores._tombstones,
        "kept apart": outside.erased.noted,
    }


def the_end(outside: Outside) -> dict[str, Any]:
    """What is to be left, whatever happened: a tombstone, a line in the list kept apart, and a dead account."""
    now = outside.clock.now()
    (tombstone,) = outside.stores._tombstones
    grave = Tombstone(room_hash(ROOM), Cause.GUEST_LEFT, tombstone.requested_at, now, {}, guest_hash(GUEST))
    return {
        "rooms": {SPACE},
        "shown": set(),
        "accounts": {GUEST: False},
        "announcements": {},
        "signalements": {},
        "erasures": {},
        "tombstones": [grave],
        "kept apart": {room_hash(ROOM): True},
    }


async def the_calls() -> list[str]:
    outside, faults = Outside(), Faults()
    await outside.conversation()
    await erases(outside.service(faults))
    assert all_there_is(outside) == the_end(outside)
    return faults.calls


async def test_whatever_call_it_is_killed_at_it_ends_in_the_same_way_after_a_restart() -> None:
    calls = await the_calls()
    assert {"replace", "add_erasure", "revoke", "redact_messages", "agents_in", "kick", "probe"} <= set(calls)
    assert {"note", "destroy_originals", "unlink", "withdraw", "purge", "sweep", "residue", "bury"} <= set(calls)
    for number, name in enumerate(calls):
        for after in (False, True):
            outside = Outside()
            await outside.conversation()
            with pytest.raises(Killed):
                await erases(outside.service(Faults(number, after)))
            await erases(outside.service())
            assert all_there_is(outside) == the_end(outside), f"killed {'after' if after else 'before'} {name}"


async def test_killed_at_every_call_one_after_the_other_it_still_gets_there() -> None:
    """Each start lives for one call longer than the one before."""
    calls = await the_calls()
    outside = Outside()
    await outside.conversation()
    deaths = 0
    for number in range(len(calls)):
        try:
            await erases(outside.service(Faults(number)))
        except Killed:
            deaths += 1
    assert deaths > 5
    assert all_there_is(outside) == the_end(outside)


@pytest.mark.parametrize("gone_before", range(12))
async def test_a_room_that_the_homeserver_has_no_more_is_no_obstacle(gone_before: int) -> None:
    """A homeserver that was restored from before the opening, or purged by hand, at any moment of the erasure."""
    outside = Outside()
    await outside.conversation()
    with pytest.raises(Killed):
        await erases(outside.service(Faults(gone_before)))
    outside.homeserver.rooms.pop(ROOM, None)
    await erases(outside.service())
    assert await outside.stores.soonest_erasures(10) == []
    assert outside.homeserver.accounts == {GUEST: False}
    assert outside.erased.noted == {room_hash(ROOM): True}
