from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.availability import AgentStatus, DeskState, Presence, Staffing, choose
from appservice.domain.desk import PARIS
from appservice.domain.ids import DeskId, UserId
from appservice.domain.shifts import Shift, Shifts
from tests.fakes.world import START
from tests.unit.factories import a_desk

A, B = UserId("@a:fake"), UserId("@b:fake")
LATER = START + timedelta(minutes=15)
LAST_RESORT = DeskId("national")
DESKS = [DeskId(name) for name in ("own", "same-force", "other-force")]
chains = st.permutations([*DESKS, LAST_RESORT]).flatmap(
    lambda desks: st.sampled_from([desks[:length] for length in range(1, 5) if LAST_RESORT in desks[:length]])
)
states = st.fixed_dictionaries({desk: st.sampled_from(DeskState) for desk in (*DESKS, LAST_RESORT)})


@pytest.mark.parametrize(
    ("status", "available"),
    [
        (AgentStatus(), True),
        (AgentStatus(Presence.PAUSED), False),
        (AgentStatus(Presence.OFF), False),
        (AgentStatus(Presence.PAUSED, START + timedelta(seconds=1)), False),
        (AgentStatus(Presence.PAUSED, START), True),
    ],
)
def test_a_pause_ends_by_itself_and_an_ended_shift_does_not(status: AgentStatus, available: bool) -> None:
    assert status.available(START) is available


@pytest.mark.parametrize(
    ("said", "laid_over"),
    [
        (AgentStatus(), AgentStatus(Presence.PAUSED, LATER)),
        (AgentStatus(Presence.PAUSED, START), AgentStatus(Presence.PAUSED, LATER)),
        (
            AgentStatus(Presence.PAUSED, LATER + timedelta(hours=1)),
            AgentStatus(Presence.PAUSED, LATER + timedelta(hours=1)),
        ),
        (AgentStatus(Presence.PAUSED), AgentStatus(Presence.PAUSED)),
        (AgentStatus(Presence.OFF), AgentStatus(Presence.OFF)),
    ],
)
def test_a_pause_laid_over_shortens_none_and_brings_nobody_back(said: AgentStatus, laid_over: AgentStatus) -> None:
    assert said.resting(LATER) == laid_over


@pytest.mark.parametrize(
    ("statuses", "conversations", "state"),
    [
        ({}, {}, DeskState.FREE),
        ({A: AgentStatus(Presence.PAUSED)}, {}, DeskState.FREE),
        ({A: AgentStatus(Presence.PAUSED)}, {B: 2}, DeskState.BUSY),
        ({}, {A: 2, B: 1}, DeskState.FREE),
        ({}, {A: 2, B: 3}, DeskState.BUSY),
        ({A: AgentStatus(Presence.PAUSED), B: AgentStatus(Presence.OFF)}, {}, DeskState.ABSENT),
    ],
)
def test_a_desk_is_free_while_somebody_who_is_there_has_room(
    statuses: dict[UserId, AgentStatus], conversations: dict[UserId, int], state: DeskState
) -> None:
    desk = replace(a_desk(agents=(A, B)), capacity=2)
    assert Staffing(statuses, conversations).state_of(desk, START) is state


def test_a_desk_without_agents_is_one_where_nobody_is() -> None:
    assert Staffing({}, {}).state_of(a_desk(agents=()), START) is DeskState.ABSENT


def test_outside_its_hours_a_desk_is_off_whoever_says_to_be_there() -> None:
    mondays = Shifts(PARIS, (Shift(frozenset({0}), time(8), time(9)),))
    desk = replace(a_desk(agents=(A,)), shifts=mondays)
    assert Staffing({A: AgentStatus()}, {}).state_of(desk, START) is DeskState.OFF_SHIFT


@given(chains, states)
def test_there_is_always_a_desk_and_it_is_the_best_of_the_chain(
    chain: list[DeskId], how: dict[DeskId, DeskState]
) -> None:
    choice = choose(chain, LAST_RESORT, how.__getitem__)
    found = [how[desk] for desk in chain]
    assert choice.desk_id in chain
    assert choice.state is how[choice.desk_id]
    if DeskState.FREE in found:
        assert (choice.state, chain.index(choice.desk_id)) == (DeskState.FREE, found.index(DeskState.FREE))
    elif DeskState.BUSY in found:
        assert (choice.state, chain.index(choice.desk_id)) == (DeskState.BUSY, found.index(DeskState.BUSY))
    else:
        assert choice.desk_id == LAST_RESORT


@given(chains, states)
def test_who_was_passed_over_is_told_with_the_reason_and_nobody_twice(
    chain: list[DeskId], how: dict[DeskId, DeskState]
) -> None:
    choice = choose(chain, LAST_RESORT, how.__getitem__)
    passed = [desk for desk, _ in choice.passed]
    assert choice.passed == tuple((desk, how[desk]) for desk in passed)
    assert choice.desk_id not in passed
    assert all(state is not DeskState.FREE for _, state in choice.passed)
    if choice.state in (DeskState.FREE, DeskState.BUSY):
        assert passed == chain[: chain.index(choice.desk_id)]
    else:
        assert passed == [desk for desk in chain if desk != LAST_RESORT]


def test_nobody_anywhere_is_a_matter_for_the_last_resort_wherever_it_stands_in_the_chain() -> None:
    for chain in ([LAST_RESORT, *DESKS], [*DESKS, LAST_RESORT], [DESKS[0], LAST_RESORT, *DESKS[1:]]):
        assert choose(chain, LAST_RESORT, lambda _: DeskState.ABSENT).desk_id == LAST_RESORT
