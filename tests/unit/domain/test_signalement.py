from dataclasses import replace

import pytest

from appservice.domain.errors import InvalidTransition
from appservice.domain.ids import EventId, UserId
from appservice.domain.signalement import Signalement, State
from tests.fakes.world import START
from tests.unit.factories import a_signalement

AGENT = UserId("@agent:example.org")


def test_a_signalement_is_opened_then_waits_then_is_claimed() -> None:
    claimed = a_signalement().ready(START).claimed_by(AGENT, START)
    assert (claimed.state, claimed.agent_mxid) == (State.CLAIMED, AGENT)


def test_a_second_agent_cannot_claim() -> None:
    with pytest.raises(InvalidTransition):
        a_signalement().ready(START).claimed_by(AGENT, START).claimed_by(UserId("@other:example.org"), START)


def test_nobody_claims_before_the_guest_can_decrypt() -> None:
    with pytest.raises(InvalidTransition):
        a_signalement().claimed_by(AGENT, START)


def test_when_the_agent_goes_the_guest_waits_again() -> None:
    released = a_signalement().ready(START).claimed_by(AGENT, START).released(START)
    assert (released.state, released.agent_mxid) == (State.WAITING, None)


@pytest.mark.parametrize(
    "signalement",
    [a_signalement(), a_signalement().ready(START), a_signalement().ready(START).claimed_by(AGENT, START)],
    ids=lambda s: s.state,
)
def test_an_erasure_can_begin_in_any_state_and_there_is_no_way_back(signalement: Signalement) -> None:
    erased = signalement.erased()
    assert (erased.state, erased.agent_mxid) == (State.ERASING, None)
    for way_back in (Signalement.ready, Signalement.released):
        with pytest.raises(InvalidTransition):
            way_back(erased, START)
    with pytest.raises(InvalidTransition):
        erased.erased()


def test_a_transition_leaves_everything_else_as_it_was() -> None:
    opened = a_signalement()
    announced = opened.ready(START).announced_as(EventId("$e"), START)
    as_before = replace(announced, state=State.OPENED, announcement_id=None, told_at=None, at_desk_since=None)
    assert replace(as_before, revision=0) == opened
