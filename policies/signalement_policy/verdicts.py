"""What a rule answers: allow, deny with a code and a reason that people read, or no decision."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Allow:
    """No later rule is asked."""


@dataclass(frozen=True, slots=True)
class Deny:
    """`rule` names what was broken: in the refusal, in the figures, in the audit record. Lower-case words and `_`."""

    rule: str
    french: str
    english: str
    code: str = "M_FORBIDDEN"

    @property
    def reason(self) -> str:
        """What the person's client shows."""
        return f"{self.french} / {self.english}"


Verdict = Allow | Deny | None
"""`None` is no decision."""

ALLOW = Allow()


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """Decides on one kind of subject; `denies` is all that it can deny with, for the table in docs/policy.md."""

    decide: Callable[[Subject], Verdict]
    denies: tuple[Deny, ...] = ()


def first_verdict(rules: Iterable[Rule[Subject]], subject: Subject) -> Verdict:
    """The first decision, in the order of the rules; `None` if none of them decides."""
    for rule in rules:
        verdict = rule.decide(subject)
        if verdict is not None:
            return verdict
    return None
