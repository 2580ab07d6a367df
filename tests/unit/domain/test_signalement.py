from dataclasses import replace

import pytest

from appservice.domain.errors import InvalidTransition
from appservice.domain.ids import EventId, UserId
from appservice.domain.signalement import Signalement, State
from tests.unit.factories import a_signalement

AGENT = UserId("@agent:example.org")


def test_a_signalement_is_opened_then_waits_then_is_claimed() -> None:
    claimed = a_signalement().ready().claimed_by(AGENT)
    assert (claimed.state, claimed.agent_mxid) == (State.CLAIMED, AGENT)


def test_a_second_agent_cannot_claim() -> None:
    with pytest.raises(InvalidTransition):
        a_signalement().ready().claimed_by(AGENT).claimed_by(UserId("@other:example.org"))


def test_nobody_claims_before_the_guest_can_decrypt() -> None:
    with pytest.raises(InvalidTransition):
        a_signalement().claimed_by(AGENT)


def test_when_the_agent_goes_the_guest_waits_again() -> None:
    released = a_signalement().ready().claimed_by(AGENT).released()
    assert (released.state, released.agent_mxid) == (State.WAITING, None)


@pytest.mark.parametrize(
    "signalement",
    [a_signalement(), a_signalement().ready(), a_signalement().ready().claimed_by(AGENT)],
    ids=lambda s: s.state,
)
def test_an_erasure_can_begin_in_any_state_and_there_is_no_way_back(signalement: Signalement) -> None:
    erased = signalement.erased()
    assert (erased.state, erased.agent_mxid) == (State.ERASING, None)
    for way_back in (erased.ready, erased.released, erased.erased):
        with pytest.raises(InvalidTransition):
            way_back()


def test_a_transition_leaves_everything_else_as_it_was() -> None:
    opened = a_signalement()
    announced = opened.ready().announced_as(EventId("$e"))
    assert replace(announced, state=State.OPENED, announcement_id=None) == opened
