"""Backups restored after an erasure: of the homeserver, of the service, of both."""

from copy import deepcopy

import pytest

from appservice.domain.erasure import Step, room_hash
from appservice.domain.ids import RoomId, UserId
from appservice.domain.signalement import Cause
from tests.unit.usecases.erasing import GUEST, ROOM, SPACE, Outside

OTHER_ROOM, OTHER = RoomId("!othr"), UserId("@veilleuse_guest_b:fake")


async def backed_up_then_erased() -> tuple[Outside, Outside]:
    """A conversation of which a backup was taken before it was erased; another goes on."""
    outside = Outside()
    await outside.conversation()
    await outside.conversation(OTHER_ROOM, OTHER)
    backup = deepcopy(outside)
    service = outside.service()
    await service.emergency.guest_left(ROOM)
    await service.erases_all()
    return outside, backup


@pytest.mark.parametrize("restored", [{"homeserver"}, {"stores"}, {"homeserver", "stores"}])
async def test_what_a_backup_brings_back_is_erased_at_the_start_and_what_goes_on_is_not(restored: set[str]) -> None:
    outside, backup = await backed_up_then_erased()
    if "homeserver" in restored:
        vars(outside.homeserver).update(vars(backup.homeserver))
        assert ROOM in outside.homeserver.rooms
    if "stores" in restored:
        vars(outside.stores).update(vars(backup.stores))
        assert await outside.stores.by_room(ROOM) is not None
    service = outside.service()
    assert await service.erase_again() == 1
    assert [erasure.cause for erasure in await outside.stores.soonest_erasures(10)] == [Cause.RESTORED]
    await service.erases_all()
    assert set(outside.homeserver.rooms) == {SPACE, OTHER_ROOM}
    assert outside.homeserver.rooms[SPACE].children == {OTHER_ROOM}
    assert outside.homeserver.accounts == {GUEST: False, OTHER: True}
    assert await outside.stores.by_room(ROOM) is None
    assert await outside.stores.by_room(OTHER_ROOM) is not None
    assert await outside.service().erase_again() == 0


async def test_a_room_that_only_the_homeserver_knows_is_erased_too() -> None:
    outside = Outside()
    conversation = await outside.conversation()
    outside.stores._signalements.pop(conversation.signalement_id)  # killed between the room and its row
    service = outside.service()
    assert await service.erase_again() == 0, "nothing that had been erased before"
    await service.erases_all()
    assert set(outside.homeserver.rooms) == {SPACE}
    assert outside.homeserver.accounts == {GUEST: False}


async def test_a_row_whose_room_the_homeserver_never_had_is_buried() -> None:
    outside = Outside()
    await outside.conversation()
    outside.homeserver.rooms.pop(ROOM)
    service = outside.service()
    await service.erase_again()
    await service.erases_all()
    assert outside.stores._signalements == {}


async def test_devices_that_were_past_its_end_once_are_not_waited_for_again_others_are() -> None:
    for awaited in (True, False):
        outside, backup = await backed_up_then_erased()
        vars(outside.homeserver).update(vars(backup.homeserver))
        outside.homeserver.agents_are_online = False  # a restored homeserver has nothing to tell those who know more
        outside.erased.noted[room_hash(ROOM)] = awaited
        service = outside.service()
        await service.erase_again()
        (erasure,) = await outside.stores.soonest_erasures(10)
        further = await service.erase(erasure)
        assert further.step is (Step.DONE if awaited else Step.AWAIT_DEVICES)


async def test_a_start_without_a_restored_backup_changes_nothing() -> None:
    outside = Outside()
    await outside.conversation()
    assert await outside.service().erase_again() == 0
    assert await outside.stores.soonest_erasures(10) == []
