"""An agent who gives no sign while the guest waits: asked, then back to the queue."""

from datetime import timedelta

import pytest

from appservice.domain.day_rules import DayRules
from appservice.domain.ids import UserId
from appservice.domain.interlocutor import Nobody
from appservice.domain.signalement import Interruption, Signalement, State
from tests.unit.usecases.conftest import World

RULE = DayRules().presumption
AGENT = UserId("@first:fake")
A_LITTLE = timedelta(seconds=1)


async def in_conversation(world: World) -> Signalement:
    """The agent has written, and the guest has answered."""
    claimed = await world.claimed(AGENT)
    world.signs.wrote(claimed.room_id, AGENT)
    await world.day.away()
    world.clock.advance(A_LITTLE)
    world.signs.wrote(claimed.room_id, claimed.guest_mxid)
    await world.day.away()
    return claimed


async def look_after(world: World, wait_for: timedelta) -> None:
    world.clock.advance(wait_for)
    await world.day.away()


async def test_who_gives_no_sign_is_asked_once_and_then_the_guest_waits_again(world: World) -> None:
    claimed = await in_conversation(world)
    await look_after(world, RULE.silent_for - A_LITTLE)
    assert world.homeserver.said == []
    await look_after(world, A_LITTLE)
    await look_after(world, A_LITTLE)
    assert world.homeserver.said == [f"ask {AGENT} about {claimed.reference}"]
    await look_after(world, RULE.answers_within)
    stored, room = await world.signalement(claimed.room_id), world.room(claimed)
    assert (stored.state, stored.interruption) == (State.WAITING, Interruption.AGENT_AWAY)
    assert (room.claim, room.may_write, room.joined) == (Nobody(Interruption.AGENT_AWAY), False, set())
    assert world.homeserver.said[1:] == [f"away {AGENT} from {claimed.reference}"]
    assert await world.day_store.signs() == []


async def test_an_answer_that_comes_in_the_same_moment_as_what_it_answers_is_waited_upon(world: World) -> None:
    """As where the homeserver, held up, pushes both at once."""
    claimed = await world.claimed(AGENT)
    world.signs.wrote(claimed.room_id, AGENT)
    world.signs.wrote(claimed.room_id, claimed.guest_mxid)
    await world.day.away()
    await look_after(world, RULE.silent_for + A_LITTLE)
    assert world.homeserver.said == [f"ask {AGENT} about {claimed.reference}"]


async def test_typing_or_reading_is_a_sign(world: World) -> None:
    claimed = await in_conversation(world)
    for _ in range(5):
        world.clock.advance(RULE.silent_for - A_LITTLE)
        world.signs.stirred(claimed.room_id, AGENT)
        await world.day.away()
    assert world.homeserver.said == []


async def test_a_sign_after_the_question_is_an_answer(world: World) -> None:
    claimed = await in_conversation(world)
    await look_after(world, RULE.silent_for)
    world.clock.advance(A_LITTLE)
    world.signs.stirred(claimed.room_id, AGENT)
    await look_after(world, RULE.answers_within)
    assert (await world.signalement(claimed.room_id)).state is State.CLAIMED
    await look_after(world, RULE.silent_for)
    assert len(world.homeserver.said) == 2, "silent again, asked again"
    world.clock.advance(A_LITTLE)
    await world.day.away.still_here(claimed.signalement_id)
    await look_after(world, RULE.answers_within)
    assert (await world.signalement(claimed.room_id)).state is State.CLAIMED


async def test_a_sign_that_comes_while_others_are_looked_at_is_an_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where many agents are to be asked, a look takes long."""
    first, second = await in_conversation(world), await in_conversation(world)
    nearly = RULE.answers_within - A_LITTLE
    world.clock.advance(nearly)
    world.signs.stirred(first.room_id, AGENT)
    await look_after(world, RULE.silent_for - nearly)
    assert world.homeserver.said == [f"ask {AGENT} about {second.reference}"]

    async def takes_long(signalement: Signalement) -> None:
        assert signalement.room_id == first.room_id
        world.clock.advance(2 * A_LITTLE)
        world.signs.stirred(second.room_id, AGENT)

    monkeypatch.setattr(world.homeserver, "ask_for_sign", takes_long)
    await look_after(world, nearly)
    assert (await world.signalement(second.room_id)).state is State.CLAIMED


async def test_an_agent_who_has_answered_may_be_silent_as_long_as_the_guest_is(world: World) -> None:
    claimed = await in_conversation(world)
    world.clock.advance(A_LITTLE)
    world.signs.wrote(claimed.room_id, AGENT)
    await look_after(world, timedelta(hours=3))
    assert world.homeserver.said == []


async def test_who_takes_somebody_and_never_comes_is_noticed_too(world: World) -> None:
    waiting = await world.waiting()
    await world.day.claim.take(waiting.reference, AGENT)
    await look_after(world, RULE.silent_for)
    await look_after(world, RULE.answers_within)
    assert (await world.signalement(waiting.room_id)).state is State.WAITING
    assert world.room(waiting).joined == set()


async def test_what_a_listener_or_somebody_elsewhere_does_is_no_sign(world: World) -> None:
    claimed = await in_conversation(world)
    world.clock.advance(RULE.silent_for)
    world.signs.stirred(claimed.room_id, UserId("@second:fake"))
    world.signs.stirred((await world.claimed("@second:fake")).room_id, AGENT)
    await world.day.away()
    assert world.homeserver.said == [f"ask {AGENT} about {claimed.reference}"]


async def test_signs_of_the_former_agent_do_not_count_for_the_next(world: World) -> None:
    claimed = await in_conversation(world)
    world.clock.advance(A_LITTLE)
    world.signs.wrote(claimed.room_id, AGENT)
    await world.day.away()
    await world.day.hand_over.to_agent(claimed.reference, AGENT, UserId("@second:fake"))
    await look_after(world, RULE.silent_for)
    assert world.homeserver.said[-1] == f"ask @second:fake about {claimed.reference}"
