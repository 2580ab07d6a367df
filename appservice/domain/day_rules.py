"""How long an agents' day waits for what, and how much of it is enough."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """`repeat_after`: a desk that has not reacted is told again, and again. `overflow_after`: the next desk has it."""

    repeat_after: timedelta = timedelta(minutes=2)
    overflow_after: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Presumption:
    """While the guest waits for an answer. `silent_for`: then the agent is asked. `answers_within`: then it is taken to
    be away.
    """

    silent_for: timedelta = timedelta(minutes=3)
    answers_within: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class CareRule:
    """`pause_for`: offered after a hard conversation; after `most_in_a_row` of them it is no longer an offer."""

    pause_for: timedelta = timedelta(minutes=15)
    most_in_a_row: int = 3


@dataclass(frozen=True, slots=True)
class DayRules:
    patience: Patience = field(default_factory=Patience)
    presumption: Presumption = field(default_factory=Presumption)
    care: CareRule = field(default_factory=CareRule)
