from appservice.domain.signalement import State
from appservice.ports import Membership
from tests.unit.usecases.conftest import World


async def test_the_first_agent_to_join_has_it_and_the_guest_may_write(world: World) -> None:
    signalement = await world.claimed("@agent:fake")
    room = world.room(signalement)
    assert signalement.state is State.CLAIMED
    assert (room.claimed_by, room.may_write, room.invited_only) == ("@agent:fake", True, True)


async def test_of_two_agents_who_joined_before_either_was_seen_the_second_is_out_before_anybody_may_write(
    world: World,
) -> None:
    waiting = await world.waiting()
    world.room(waiting).join("@second:fake")  # type: ignore[arg-type]
    await world.joins(waiting.room_id, "@first:fake")
    assert world.room(waiting).joined == {"@first:fake"}
    assert world.homeserver.log.index("kick @second:fake") < world.homeserver.log.index("let_write")
    assert world.homeserver.log.index("admit_only_invited") < world.homeserver.log.index("kick @second:fake")
    assert world.homeserver.log.index("probe join") < world.homeserver.log.index("let_write")


async def test_an_agent_whose_join_is_seen_after_the_claim_is_put_out(world: World) -> None:
    claimed = await world.claimed("@first:fake")
    await world.joins(claimed.room_id, "@second:fake")
    assert world.room(claimed).joined == {"@first:fake"}
    assert world.homeserver.log.count("probe join") == 2, "nobody's old devices are waited for at the end"
    assert (await world.signalement(claimed.room_id)).agent_mxid == "@first:fake"


async def test_an_agent_who_joins_before_the_guest_can_decrypt_is_put_out(world: World) -> None:
    opened = (await world.opened()).signalement
    await world.joins(opened.room_id, "@early:fake")
    assert world.room(opened).joined == set()


async def test_when_the_agent_leaves_nothing_more_is_written_and_others_may_come(world: World) -> None:
    claimed = await world.claimed("@first:fake")
    await world.happens(claimed.room_id, "@first:fake", Membership.LEAVE)
    room = world.room(claimed)
    assert (room.claimed_by, room.may_write, room.invited_only) == (None, False, False)
    await world.joins(claimed.room_id, "@second:fake")
    assert (await world.signalement(claimed.room_id)).agent_mxid == "@second:fake"


async def test_an_agent_who_leaves_as_soon_as_it_has_come_is_not_called_back(world: World) -> None:
    claimed = await world.claimed("@first:fake")
    room = world.room(claimed)
    room.joined.discard("@first:fake")
    await world.day.settle(claimed.signalement_id)
    assert (room.joined, room.may_write) == (set(), False)
    await world.happens(claimed.room_id, "@first:fake", Membership.LEAVE)
    assert (room.claimed_by, room.invited_only) == (None, False)
    assert (await world.signalement(claimed.room_id)).state is State.WAITING


async def test_a_claim_that_the_homeserver_was_not_there_for_is_completed_later(world: World) -> None:
    waiting = await world.waiting()
    world.homeserver.unavailable = True
    await world.joins(waiting.room_id, "@agent:fake")
    assert not world.room(waiting).may_write
    world.homeserver.unavailable = False
    assert await world.act()
    assert world.room(waiting).may_write


async def test_a_stranger_s_coming_and_going_in_other_rooms_means_nothing(world: World) -> None:
    await world.happens("!elsewhere", "@agent:fake", Membership.JOIN)  # type: ignore[arg-type]
    await world.happens("!elsewhere", "@agent:fake", Membership.LEAVE)  # type: ignore[arg-type]
    assert world.homeserver.log == []
