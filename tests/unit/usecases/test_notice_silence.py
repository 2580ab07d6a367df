from datetime import timedelta

import pytest

from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import RoomId, UserId
from appservice.domain.signalement import Cause, State
from appservice.erasure_port import AlarmCode
from tests.unit.usecases.erasing import DESK, GUEST, Outside, Service

MINUTE = timedelta(minutes=1)


async def pass_by(outside: Outside, service: Service, minutes: int, *present: UserId) -> int:
    """So many minutes, each with a look; who is present gives signs meanwhile. How many erasures were ordered."""
    ordered = 0
    for _ in range(minutes):
        outside.clock.advance(MINUTE)
        outside.inventory.seen_at.update(dict.fromkeys(present, outside.clock.now()))
        ordered += await service.notice_silence()
    return ordered


async def causes(outside: Outside) -> list[Cause]:
    return [erasure.cause for erasure in await outside.stores.soonest_erasures(10)]


@pytest.mark.parametrize("state", [State.WAITING, State.CLAIMED])
async def test_a_page_that_gives_no_sign_for_long_enough_is_gone_and_what_was_said_is_erased(state: State) -> None:
    outside = Outside()
    service = outside.service()
    await outside.conversation(state=state)
    assert await pass_by(outside, service, 10, GUEST) == 0
    assert await pass_by(outside, service, 14) == 0
    assert await pass_by(outside, service, 1) == 1
    assert await causes(outside) == [Cause.LOST_CONTACT]
    assert outside.alarms.heard == []


async def test_where_danger_was_told_the_shift_leader_hears_of_it_first_and_once_and_later_it_is_erased() -> None:
    outside = Outside()
    service = outside.service()
    await outside.conversation(in_danger=True)
    await pass_by(outside, service, 1, GUEST)
    assert await pass_by(outside, service, 15) == 0
    assert outside.alarms.heard == [(AlarmCode.DANGER_AND_SILENCE, DESK)]
    assert await pass_by(outside, outside.service(), 29) == 0, "and a restart alarms nobody again"
    assert outside.alarms.heard == [(AlarmCode.DANGER_AND_SILENCE, DESK)]
    assert await pass_by(outside, service, 1) == 1
    assert await causes(outside) == [Cause.LOST_CONTACT]


async def test_an_alarm_that_could_not_be_told_delays_the_erasure_until_it_is() -> None:
    outside = Outside()
    service = outside.service()
    await outside.conversation(in_danger=True)
    outside.alarms.deaf = True
    with pytest.raises(HomeserverUnavailable):
        await pass_by(outside, service, 60)
    outside.alarms.deaf = False
    assert await pass_by(outside, service, 29) == 0
    assert await causes(outside) == []


async def test_who_comes_back_is_forgotten_to_have_been_silent_and_a_second_silence_alarms_again() -> None:
    outside = Outside()
    service = outside.service()
    await outside.conversation(in_danger=True)
    await pass_by(outside, service, 16)
    await pass_by(outside, service, 5, GUEST)
    assert await outside.records.silences() == []
    await pass_by(outside, service, 16)
    assert len(outside.alarms.heard) == 2
    assert await causes(outside) == []


async def test_pressing_the_exit_is_no_silence_and_raises_no_alarm() -> None:
    outside = Outside()
    service = outside.service()
    conversation = await outside.conversation(in_danger=True)
    await pass_by(outside, service, 1, GUEST)
    await service.emergency.guest_left(conversation.room_id)
    await pass_by(outside, service, 60)
    await service.erases_all()
    assert outside.alarms.heard == []
    assert [tombstone.cause for tombstone in await outside.stores.tombstones()] == [Cause.GUEST_LEFT]


async def test_while_the_homeserver_was_away_nobody_could_give_a_sign() -> None:
    outside = Outside()
    service = outside.service()
    await outside.conversation()
    await pass_by(outside, service, 5, GUEST)
    outside.homeserver.unavailable = True
    for _ in range(60):
        with pytest.raises(HomeserverUnavailable):
            await pass_by(outside, service, 1)
    outside.homeserver.unavailable = False
    assert await pass_by(outside, service, 14) == 0
    assert await pass_by(outside, service, 2) == 1


async def test_when_several_vanish_at_once_it_is_the_portal_that_did_which_is_told_once_and_nothing_is_erased() -> None:
    outside = Outside()
    service = outside.service()
    guests = [UserId(f"@veilleuse_guest_{number}:fake") for number in range(3)]
    for number, guest in enumerate(guests):
        await outside.conversation(RoomId(f"!r00{number}"), guest)
    assert await pass_by(outside, service, 60) == 0
    assert outside.alarms.heard == [(AlarmCode.PORTAL_SILENT, DESK)]
    assert await pass_by(outside, service, 2, guests[0]) == 2, "one is back: the others are gone"
