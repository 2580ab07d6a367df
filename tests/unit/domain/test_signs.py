from datetime import timedelta

from appservice.domain.signs import Signs, is_away, must_ask
from tests.fakes.world import START

SILENT_FOR, ANSWERS_WITHIN = timedelta(minutes=3), timedelta(minutes=2)


def test_before_the_first_word_the_guest_waits_since_the_claim() -> None:
    assert Signs().waits_since(START) == START
    assert Signs(agent_at=START + SILENT_FOR).silent_since(START) == START + SILENT_FOR


def test_words_of_a_former_agent_are_no_answer() -> None:
    claimed_at = START + timedelta(minutes=10)
    assert Signs(agent_wrote_at=START).waits_since(claimed_at) == claimed_at


def test_after_an_answer_the_guest_does_not_wait_until_it_writes() -> None:
    answered = Signs(agent_at=START, agent_wrote_at=START)
    assert answered.waits_since(START) is None
    wrote = answered.later_of(Signs(guest_wrote_at=START + timedelta(minutes=1)))
    assert wrote.waits_since(START) == START + timedelta(minutes=1)


def test_asked_once_for_each_silence() -> None:
    now = START + SILENT_FOR
    assert not must_ask(Signs(), START, now - timedelta(seconds=1), SILENT_FOR)
    assert must_ask(Signs(), START, now, SILENT_FOR)
    asked = Signs().asked(now)
    assert not must_ask(asked, START, now + SILENT_FOR, SILENT_FOR)
    back = asked.later_of(Signs(agent_at=now + timedelta(seconds=1)))
    assert must_ask(back, START, now + SILENT_FOR + timedelta(seconds=1), SILENT_FOR)


def test_away_is_who_was_asked_and_gave_no_sign_since() -> None:
    asked = Signs().asked(START + SILENT_FOR)
    end = START + SILENT_FOR + ANSWERS_WITHIN
    assert is_away(asked, START, end, ANSWERS_WITHIN)
    assert not is_away(asked, START, end - timedelta(seconds=1), ANSWERS_WITHIN)
    assert not is_away(asked.later_of(Signs(agent_at=end)), START, end, ANSWERS_WITHIN)
    assert not is_away(Signs(), START, end + timedelta(days=1), ANSWERS_WITHIN)
