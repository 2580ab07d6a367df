from datetime import timedelta
from pathlib import Path

import pytest

from appservice.config import RETENTION
from appservice.domain.errors import ConfigurationError
from appservice.domain.signalement import Outcome, State
from appservice.retention_file import load_retention

GOOD = RETENTION.read_text()


def test_the_rules_that_come_with_the_program_have_one_for_each_state() -> None:
    retention = load_retention(RETENTION)
    assert retention.lost_contact_after == timedelta(minutes=15)
    assert retention.danger_kept_for == timedelta(minutes=30)
    assert {(rule.state, rule.outcome): rule.retain_for for rule in retention.rules} == {
        (State.WAITING, None): timedelta(hours=24),
        (State.CLAIMED, None): timedelta(days=3),
        (State.CLOSED, None): timedelta(hours=12),
        (State.CLOSED, Outcome.ABUSE): timedelta(hours=1),
    }


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("15 min", "15 minutes", "a duration is written like"),
        ("15 min", "1 min", "at least 5 min"),
        ("retain_for: 24 h", "retain_four: 24 h", "retain_four is not a key that exists here; policies/retention.yaml"),
        ("state: claimed", "state: waiting", "the state waiting must have one rule without an outcome, and has 2"),
        ("state: claimed", "state: asleep", "'waiting', 'claimed' or 'closed'"),
        ("outcome: abuse", "outcome: bored", "'complaint', 'association'"),
        ("state: closed\n    outcome", "state: claimed\n    outcome", "only what is closed has an outcome"),
        ("danger_kept_for: 30 min", "", "danger_kept_for is missing"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, good: str, bad: str, told: str) -> None:
    file = tmp_path / "retention.yaml"
    file.write_text(GOOD.replace(good, bad))
    with pytest.raises(ConfigurationError, match=r"retention\.yaml:\d+: ") as fault:
        load_retention(file)
    assert told in str(fault.value)
