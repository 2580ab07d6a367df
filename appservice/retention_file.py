"""The rules of retention, from YAML: an unknown key, a missing rule or a wrong value is told with its line."""

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from appservice.config import Duration
from appservice.domain.retention import Retention, RetentionRule
from appservice.domain.signalement import Outcome, State
from appservice.yaml_file import load_yaml

_STATES = (State.WAITING, State.CLAIMED, State.CLOSED)
_SHORTEST_SILENCE = timedelta(minutes=5)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Rule(_Section):
    state: Literal["waiting", "claimed", "closed"]
    outcome: Outcome | None = None
    retain_for: Duration

    @model_validator(mode="after")
    def _only_what_ended_has_an_outcome(self) -> Self:
        if self.outcome is not None and self.state != "closed":
            raise ValueError("only what is closed has an outcome")
        return self


class _RetentionFile(_Section):
    lost_contact_after: Duration
    danger_kept_for: Duration
    rules: tuple[_Rule, ...]

    @field_validator("lost_contact_after")
    @classmethod
    def _longer_than_signs_take(cls, value: timedelta) -> timedelta:
        if value < _SHORTEST_SILENCE:
            raise ValueError("at least 5 min: the homeserver notes every two minutes that somebody is there")
        return value

    @model_validator(mode="after")
    def _one_rule_for_each_state(self) -> Self:
        for state in _STATES:
            count = sum(rule.state == state and rule.outcome is None for rule in self.rules)
            if count != 1:
                raise ValueError(f"the state {state} must have one rule without an outcome, and has {count or 'none'}")
        outcomes = [rule.outcome for rule in self.rules if rule.outcome is not None]
        if twice := sorted({outcome for outcome in outcomes if outcomes.count(outcome) > 1}):
            raise ValueError(f"there are two rules for the outcome {', '.join(twice)}")
        return self


def load_retention(path: Path) -> Retention:
    """Raises `ConfigurationError`, one line a fault."""
    read = load_yaml(path, _RetentionFile, example="policies/retention.yaml")
    return Retention(
        tuple(RetentionRule(State(rule.state), rule.retain_for, rule.outcome) for rule in read.rules),
        read.lost_contact_after,
        read.danger_kept_for,
    )
