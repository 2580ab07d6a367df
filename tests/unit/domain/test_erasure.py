from datetime import timedelta

from appservice.domain.erasure import ORDER, Erasure, Step
from appservice.domain.ids import SignalementId
from appservice.domain.signalement import Cause
from tests.fakes.world import START

ERASURE = Erasure(SignalementId("one"), Cause.GUEST_LEFT, requested_at=START, next_attempt_at=START)


def test_what_a_person_could_see_is_erased_before_what_only_a_database_holds() -> None:
    assert list(ORDER) == [
        Step.SILENCE, Step.KICK, Step.PROBE, Step.DESTROY, Step.UNLINK, Step.AWAIT_DEVICES, Step.PURGE, Step.SWEEP,
        Step.DONE,
    ]  # fmt: skip


def test_every_step_has_its_place_in_the_order_once() -> None:
    assert sorted(ORDER) == list(Step)


def test_steps_follow_each_other_and_forget_failed_attempts() -> None:
    advanced = ERASURE.postponed(START).advanced(START + timedelta(seconds=3))
    assert (advanced.step, advanced.attempts, advanced.next_attempt_at) == (Step.KICK, 0, START + timedelta(seconds=3))


def test_a_step_that_cannot_be_done_is_tried_again_ever_more_patiently_but_at_least_once_a_minute() -> None:
    waits, erasure = [], ERASURE
    for _ in range(12):
        erasure = erasure.postponed(START)
        waits.append((erasure.next_attempt_at - START).total_seconds())
    assert waits[:4] == [0.25, 0.5, 1.0, 2.0]
    assert waits == sorted(waits)
    assert waits[-1] == 60
