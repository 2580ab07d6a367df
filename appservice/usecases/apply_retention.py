"""What is kept too long is erased, by the rules of the operator."""

from dataclasses import dataclass
from datetime import datetime

from appservice.domain.retention import Retention, RetentionRule, since
from appservice.domain.signalement import Cause, Signalement
from appservice.erasure_port import ErasureRecords
from appservice.ports import Clock
from appservice.usecases.raise_emergency import RaiseEmergency


@dataclass(frozen=True, slots=True)
class Due:
    """What goes, when, and by which rule."""

    signalement: Signalement
    rule: RetentionRule
    at: datetime


async def retention_plan(records: ErasureRecords, retention: Retention) -> list[Due]:
    """Everything that a rule is for, the soonest first."""
    plan = []
    for signalement in await records.with_guest():
        rule = retention.rule_for(signalement)
        if rule is not None:
            plan.append(Due(signalement, rule, since(signalement) + rule.retain_for))
    return sorted(plan, key=lambda due: due.at)


class ApplyRetention:
    def __init__(self, records: ErasureRecords, emergency: RaiseEmergency, clock: Clock, retention: Retention) -> None:
        self._records = records
        self._emergency = emergency
        self._clock = clock
        self._retention = retention

    async def __call__(self) -> int:
        """Returns how many erasures were ordered."""
        now, ordered = self._clock.now(), 0
        for rule in self._retention.rules:
            for signalement in await self._records.due(rule, now):
                if self._retention.rule_for(signalement) != rule:
                    continue  # there is a rule for its outcome
                ordered += await self._emergency.order(signalement, Cause.RETENTION, only_from=rule.state)
        return ordered
