"""Each rule has a name that the audit record takes, words in two languages, and a line in docs/policy.md."""

from pathlib import Path

import pytest

from appservice.domain.audit.events import PolicyViolation
from appservice.domain.audit.values import ActorKind, Code
from policies.signalement_policy import guest_requests, refusals
from policies.signalement_policy.people import Actor
from policies.signalement_policy.room_events import RULES
from policies.signalement_policy.verdicts import Deny

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "policy.md").read_text()
ALL = sorted(
    {
        *(value for value in vars(refusals).values() if isinstance(value, Deny)),
        *refusals.BY_TYPE.values(),
        *guest_requests.DENIES,
    },
    key=lambda deny: deny.rule,
)


@pytest.mark.parametrize("deny", ALL, ids=lambda deny: deny.rule)
def test_a_refusal_can_be_recorded_and_is_documented(deny: Deny) -> None:
    assert PolicyViolation(rule=Code(deny.rule), actor_kind=ActorKind.GUEST, count=1).rule == deny.rule
    assert f"`{deny.rule}`" in DOCUMENT
    assert deny.french.endswith(".")
    assert deny.english.endswith(".")
    assert deny.reason == f"{deny.french} / {deny.english}"


def test_every_refusal_of_a_rule_is_among_them() -> None:
    assert {deny.rule for rule in RULES for deny in rule.denies} <= {deny.rule for deny in ALL}


def test_who_is_counted_has_a_name_in_the_record() -> None:
    assert {actor.value for actor in Actor} <= {kind.value for kind in ActorKind}
