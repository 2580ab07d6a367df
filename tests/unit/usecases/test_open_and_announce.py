from datetime import timedelta

import pytest

from appservice.domain.errors import HomeserverUnavailable, InvalidInput
from appservice.domain.postal_code import PostalCode
from appservice.domain.signalement import Role, State
from appservice.ports import Membership
from appservice.usecases.find_desk import CommuneNeeded
from appservice.usecases.open_signalement import Opening
from tests.unit.usecases.conftest import SPACE, World


async def test_agents_learn_of_a_signalement_only_once_the_guest_can_decrypt(world: World) -> None:
    opened = await world.opened()
    assert opened.signalement.room_id not in world.homeserver.rooms[SPACE].children
    assert world.homeserver.announcements == {}
    await world.happens(opened.signalement.room_id, opened.account.user_id, Membership.JOIN)
    assert opened.signalement.room_id in world.homeserver.rooms[SPACE].children
    assert list(world.homeserver.announcements.values()) == ["waiting"]


async def test_it_is_announced_once_even_if_the_join_is_told_twice(world: World) -> None:
    waiting = await world.waiting()
    await world.happens(waiting.room_id, waiting.guest_mxid, Membership.JOIN)
    assert world.homeserver.log.count("announce") == 1


async def test_the_announcement_follows_the_claim(world: World) -> None:
    claimed = await world.claimed()
    assert list(world.homeserver.announcements.values()) == ["claimed"]
    await world.happens(claimed.room_id, "@agent:fake", Membership.LEAVE)
    assert list(world.homeserver.announcements.values()) == ["waiting"]


async def test_an_opening_that_failed_half_way_leaves_no_account_alive(world: World) -> None:
    world.homeserver.unavailable = True
    with pytest.raises(HomeserverUnavailable):
        await world.opened()
    world.homeserver.unavailable = False
    world.clock.advance(timedelta(minutes=11))
    assert await world.abandon() == 1
    assert not any(world.homeserver.accounts.values())
    assert await world.abandon() == 0


async def test_a_guest_that_never_became_ready_is_erased(world: World) -> None:
    opened = (await world.opened()).signalement
    world.clock.advance(timedelta(minutes=11))
    assert await world.abandon() == 1
    assert (await world.signalement(opened.room_id)).state is State.ERASING


async def test_a_guest_that_waits_is_not_abandoned(world: World) -> None:
    waiting = await world.waiting()
    world.clock.advance(timedelta(hours=8))
    assert await world.abandon() == 0
    assert (await world.signalement(waiting.room_id)).state is State.WAITING


def at_the_border(commune: str | None) -> Opening:
    return Opening(Role.WITNESS, PostalCode.parse("01410"), in_danger=False, commune=commune)


async def test_where_a_code_s_communes_belong_to_two_desks_the_commune_is_asked_and_nothing_opened(
    world: World,
) -> None:
    with pytest.raises(CommuneNeeded) as question:
        await world.open(at_the_border(None))
    assert [commune.name for commune in question.value.communes] == ["Lélex", "Lajoux"]
    assert world.homeserver.accounts == {}


@pytest.mark.parametrize(
    ("commune", "desk", "department"),
    [("39274", "jura", "39"), ("01210", "guyancourt", "01"), ("unknown", "guyancourt", None)],
)
async def test_the_commune_leads_to_its_desk_and_not_knowing_it_to_the_desk_of_most_people(
    world: World, commune: str, desk: str, department: str | None
) -> None:
    opened = (await world.open(at_the_border(commune))).signalement
    assert (opened.desk_id, opened.department) == (desk, department)


async def test_a_commune_that_is_none_of_the_code_s_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput):
        await world.open(at_the_border("75056"))
