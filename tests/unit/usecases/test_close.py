import pytest

from appservice.domain.ids import UserId
from appservice.domain.refusals import Ended, NotTaken, NotTheInterlocutor
from appservice.domain.signalement import Outcome, State
from appservice.ports import Membership
from tests.unit.usecases.conftest import SPACE, World

FIRST, SECOND = UserId("@first:fake"), UserId("@second:fake")


async def test_once_closed_nobody_writes_and_the_page_knows(world: World) -> None:
    claimed = await world.claimed(FIRST)
    closed = await world.day.close(claimed.reference, FIRST, Outcome.WITNESS_HEARD)
    room = world.room(claimed)
    assert (closed.state, closed.outcome, closed.closed_at) == (
        State.CLOSED,
        Outcome.WITNESS_HEARD,
        world.clock.now(),
    )
    assert (room.closed, room.may_write, room.invited_only) == (True, False, True)
    assert room.joined == {FIRST}, "only who stays a member learns of the redactions to come"
    assert claimed.room_id not in world.homeserver.rooms[SPACE].children
    assert list(world.homeserver.announcements.values()) == ["closed"]
    assert await world.stores.conversations_of([FIRST]) == {}


async def test_what_is_closed_is_still_erased_when_the_guest_leaves(world: World) -> None:
    claimed = await world.claimed(FIRST)
    await world.day.close(claimed.reference, FIRST, Outcome.INFORMED)
    await world.happens(claimed.room_id, claimed.guest_mxid, Membership.LEAVE)
    assert (await world.signalement(claimed.room_id)).state is State.ERASING
    assert world.erasures_ordered == [True]


async def test_only_the_interlocutor_or_a_leader_closes_and_only_once(world: World) -> None:
    claimed, waiting = await world.claimed(FIRST), await world.waiting()
    with pytest.raises(NotTheInterlocutor):
        await world.day.close(claimed.reference, SECOND, Outcome.ABUSE)
    with pytest.raises(NotTaken):
        await world.day.close(waiting.reference, SECOND, Outcome.ABUSE)
    for signalement in (claimed, waiting):
        await world.day.close(signalement.reference, SECOND, Outcome.ABUSE, as_leader=True)
        with pytest.raises(Ended):
            await world.day.close(signalement.reference, SECOND, Outcome.ABUSE, as_leader=True)
