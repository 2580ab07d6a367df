"""How long what is kept: a rule for each state, and for how it ended; and how long a silent page is waited for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from appservice.domain.ids import SignalementId
from appservice.domain.signalement import Outcome, Signalement, State


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Of a signalement in `state`, and with `outcome` unless that is None: erased so long after `since`."""

    state: State
    retain_for: timedelta
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """`rules`: one for each state in which a guest can be there, and more precise ones for how it ended.

    `lost_contact_after`: a page that gave no sign for so long is gone. `danger_kept_for`: how long after the alarm a
    conversation is kept in which danger was told.
    """

    rules: tuple[RetentionRule, ...]
    lost_contact_after: timedelta
    danger_kept_for: timedelta

    @property
    def longest(self) -> timedelta:
        """From an opening to the order to erase, at most: until its agent ends it, then until its guest leaves."""
        going_on = max(rule.retain_for for rule in self.rules if rule.state is not State.CLOSED)
        ended = max(rule.retain_for for rule in self.rules if rule.state is State.CLOSED)
        return going_on + ended + self.danger_kept_for

    def rule_for(self, signalement: Signalement) -> RetentionRule | None:
        """The one that names the outcome, or else the state alone; None while it is opened, or erased already."""
        return self.rule_of(signalement.state, signalement.outcome)

    def rule_of(self, state: State, outcome: Outcome | None) -> RetentionRule | None:
        of_state = [rule for rule in self.rules if rule.state is state]
        named = [rule for rule in of_state if rule.outcome is not None and rule.outcome is outcome]
        return next(iter(named or [rule for rule in of_state if rule.outcome is None]), None)


def since(signalement: Signalement) -> datetime:
    """From when its rule counts: from its end, once the agent has ended it; until then from its opening."""
    return signalement.closed_at or signalement.opened_at


@dataclass(frozen=True, slots=True)
class Silence:
    """A guest that gives no sign: noticed when, told to the shift leader when."""

    signalement_id: SignalementId
    noticed_at: datetime
    alarmed_at: datetime | None = None


def portal_seems_away(silent: Sequence[object], watched: Sequence[object]) -> bool:
    """Whether it is rather the portal, or the way to it, that is silent: several guests, and not a sign of any."""
    return len(silent) == len(watched) > 2
