from appservice.domain.erasure import guest_hash, room_hash
from appservice.erasure_port import AlarmCode
from tests.unit.usecases.erasing import DESK, GUEST, ROOM, Outside


async def erased() -> Outside:
    outside = Outside()
    await outside.conversation()
    service = outside.service()
    await service.emergency.guest_left(ROOM)
    await service.erases_all()
    return outside


async def test_of_what_is_erased_nothing_is_found_and_nobody_is_alarmed() -> None:
    outside = await erased()
    assert await outside.service().look_again() == (1, 0)
    assert outside.alarms.heard == []


async def test_a_row_that_names_the_room_or_the_guest_is_an_alarm() -> None:
    for name in (room_hash(ROOM), guest_hash(GUEST)):
        outside = await erased()
        outside.inventory.left[name] = {"event_reports": 1}
        assert await outside.service().look_again() == (1, 1)
        assert outside.alarms.heard == [(AlarmCode.RESIDUE_FOUND, DESK)]


async def test_where_nothing_was_erased_there_is_nothing_to_look_for() -> None:
    assert await Outside().service().look_again() == (0, 0)
