from datetime import timedelta

import pytest

from appservice.domain.ids import RoomId, UserId
from appservice.domain.retention import Retention
from appservice.domain.signalement import Cause, Outcome, State
from appservice.usecases.apply_retention import retention_plan
from tests.fakes.world import START
from tests.unit.usecases.erasing import RULES, Outside

OTHER = UserId("@veilleuse_guest_b:fake")


async def test_what_is_kept_too_long_in_its_state_is_erased_and_nothing_else() -> None:
    outside = Outside()
    service = outside.service()
    waiting = await outside.conversation(RoomId("!wait"), state=State.WAITING)
    claimed = await outside.conversation(RoomId("!clai"), OTHER)
    outside.clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    assert await service.apply_retention() == 0
    outside.clock.advance(timedelta(seconds=1))
    assert await service.apply_retention() == 1
    assert await service.apply_retention() == 0
    (erasure,) = await outside.stores.soonest_erasures(10)
    assert (erasure.signalement_id, erasure.cause) == (waiting.signalement_id, Cause.RETENTION)
    outside.clock.advance(timedelta(days=2))
    assert await service.apply_retention() == 1
    assert claimed.signalement_id in outside.stores._erasures


async def test_the_plan_tells_what_goes_when_the_soonest_first() -> None:
    outside = Outside()
    await outside.conversation(RoomId("!clai"), OTHER)
    await outside.conversation(RoomId("!wait"), state=State.WAITING)
    plan = await retention_plan(outside.records, Retention(RULES, timedelta(minutes=15), timedelta(minutes=30)))
    assert [(due.signalement.state, due.at) for due in plan] == [
        (State.WAITING, START + timedelta(hours=24)),
        (State.CLAIMED, START + timedelta(days=3)),
    ]


@pytest.mark.parametrize(("outcome", "hours"), [(Outcome.INFORMED, 12), (Outcome.ABUSE, 1)])
async def test_what_an_agent_has_ended_goes_by_its_outcome_counted_from_its_end(outcome: Outcome, hours: int) -> None:
    outside = Outside()
    service = outside.service()
    claimed = await outside.conversation()
    outside.clock.advance(timedelta(hours=20))
    await outside.stores.replace(claimed, claimed.closed(outcome, outside.clock.now()))
    outside.clock.advance(timedelta(hours=hours) - timedelta(seconds=1))
    assert await service.apply_retention() == 0
    outside.clock.advance(timedelta(seconds=1))
    assert await service.apply_retention() == 1
