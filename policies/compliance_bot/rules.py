"""Rules that are checked continuously on the record: pure, fed with entries as they come, asked for breaches at a time.

What only the homeserver can tell (a clear message, a bot's device in a signalement, an administrator, the module's
absence) the service checks, and writes into the record as an alarm.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from appservice.domain.audit.chain import AuditEntry
from appservice.domain.audit.events import (
    Alarm,
    AlarmCleared,
    Announced,
    Claimed,
    Closed,
    ErasureOrdered,
    HandedOver,
    Opened,
    PolicyViolation,
    PurgeReported,
    PurgeStep,
    Reassigned,
    Recheck,
    Released,
    RestoredBackupFound,
)
from appservice.domain.audit.values import Code, Pseudonym
from appservice.domain.erasure import Step
from appservice.domain.retention import Retention
from appservice.domain.signalement import Outcome, State

CLAIMED_LATE = Code("claimed_late")
ERASED_LATE = Code("erased_late")
PURGED_LATE = Code("purged_late")
KEPT_TOO_LONG = Code("kept_too_long")
RESIDUE_FOUND = Code("residue_found")
RECORD_BROKEN = Code("record_broken")
RECORD_UNREADABLE = Code("record_unreadable")
CHECKPOINTS_DAMAGED = Code("checkpoints_damaged")


@dataclass(frozen=True, slots=True)
class Limits:
    claimed_within: timedelta = timedelta(minutes=10)
    """From the announcement, or from the release by an agent, to a claim."""

    erased_within: timedelta = timedelta(minutes=1)
    """From the order to where nobody can read anything any more."""

    purged_within: timedelta = timedelta(days=31)
    """From the order to the report. Somewhat more than `appservice.shell_kept_for`."""

    kept_for: timedelta = timedelta(days=8)
    """From the opening to the order, whatever the rules of retention are."""

    retention: Retention | None = None

    ordered_within: timedelta = timedelta(hours=1)
    """From when a rule of retention says so to the order."""


@dataclass(frozen=True, slots=True)
class Breach:
    """`since`: from when on it was one. `signalement` is None where it is about no single one. `over`: it is none any
    more, since then.
    """

    rule: Code
    signalement: Pseudonym | None
    since: datetime
    detail: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class Life:
    """What the rules need to know of a signalement that is not purged."""

    opened_at: datetime
    waiting_since: datetime | None = None
    claimed_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    ordered_at: datetime | None = None
    silenced_at: datetime | None = None

    @property
    def state(self) -> State:
        if self.ordered_at is not None:
            return State.ERASING
        if self.closed_at is not None:
            return State.CLOSED
        if self.waiting_since is not None:
            return State.WAITING
        return State.OPENED if self.claimed_at is None else State.CLAIMED

    def after(self, entry: AuditEntry) -> "Life":
        match entry.event:
            case Announced() | Released():
                return replace(self, waiting_since=entry.at)
            case HandedOver(to_agent=None) | Reassigned(to_agent=None):
                return replace(self, waiting_since=entry.at)
            case Claimed() | HandedOver() | Reassigned():
                return replace(self, waiting_since=None, claimed_at=self.claimed_at or entry.at)
            case Closed(outcome=outcome):
                return replace(self, waiting_since=None, closed_at=entry.at, outcome=outcome)
            case ErasureOrdered():
                return replace(self, waiting_since=None, ordered_at=entry.at)
            case PurgeStep(step=step) if step is Step.DESTROY:
                return replace(self, silenced_at=entry.at)
        return self


class Watch:
    """The signalements that are not purged, and what is wrong with them. Its memory is theirs, not the record's."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lives: dict[Pseudonym, Life] = {}
        self._told: set[tuple[Code, Pseudonym]] = set()
        self._standing: dict[Code, Breach] = {}
        self.sequence = 0
        """The last entry that was fed."""

    @property
    def lives(self) -> dict[Pseudonym, Life]:
        return dict(self._lives)

    @property
    def told(self) -> list[tuple[Code, Pseudonym]]:
        """Of the breaches that last, those that `news` has given."""
        return sorted(self._told)

    def told_before(self, told: Iterable[tuple[Code, Pseudonym]]) -> None:
        """`news` will not give these again while they last, and gives their end."""
        self._told |= set(told)

    def stand(self, breach: Breach) -> None:
        """What no entry tells is a breach, until it is `lifted`."""
        self._standing.setdefault(breach.rule, breach)

    def lift(self, rule: Code) -> bool:
        """Whether there was such a breach."""
        return self._standing.pop(rule, None) is not None

    def feed(self, entries: Iterable[AuditEntry]) -> list[Breach]:
        """Takes entries in, in order; returns the breaches that they themselves tell of."""
        breaches = []
        for entry in entries:
            self.sequence = entry.sequence
            self._follow(entry)
            rule = _told_by(entry)
            if rule is not None:
                breaches.append(Breach(rule, entry.signalement, entry.at))
            if isinstance(entry.event, AlarmCleared):
                breaches.append(Breach(entry.event.code, entry.signalement, entry.at, over=True))
        return breaches

    def _follow(self, entry: AuditEntry) -> None:
        signalement = entry.signalement
        if signalement is None:
            return
        if isinstance(entry.event, Opened):
            self._lives[signalement] = Life(entry.at)
        elif isinstance(entry.event, PurgeReported):
            self._lives.pop(signalement, None)
        elif signalement in self._lives:
            self._lives[signalement] = self._lives[signalement].after(entry)

    def news(self, now: datetime) -> list[Breach]:
        """Breaches that there are now and were not told yet; and of those that were told, those that are over."""
        found = {
            (breach.rule, signalement): breach
            for signalement, life in self._lives.items()
            for breach in self._breaches(signalement, life, now)
        }
        fresh = [breach for key, breach in found.items() if key not in self._told]
        over = [Breach(rule, whose, now, over=True) for rule, whose in sorted(self._told - found.keys())]
        self._told = set(found)
        return [*fresh, *over]

    def breaches(self, now: datetime) -> list[Breach]:
        """All that there are now, the oldest first."""
        found = [
            breach for signalement, life in self._lives.items() for breach in self._breaches(signalement, life, now)
        ]
        return sorted([*self._standing.values(), *found], key=lambda breach: breach.since)

    def due(self, life: Life) -> datetime:
        """When it is to be erased, or what is left of it to be purged."""
        if life.ordered_at is not None:
            return life.ordered_at + self._limits.purged_within
        at_the_latest = life.opened_at + self._limits.kept_for
        rule = self._limits.retention.rule_of(life.state, life.outcome) if self._limits.retention else None
        if rule is None:
            return at_the_latest
        return min((life.closed_at or life.opened_at) + rule.retain_for, at_the_latest)

    def _breaches(self, signalement: Pseudonym, life: Life, now: datetime) -> list[Breach]:
        limits = self._limits
        deadlines: list[tuple[Code, datetime | None, timedelta]] = [
            (CLAIMED_LATE, life.waiting_since, limits.claimed_within)
        ]
        if life.ordered_at is None:
            late_from = min(self.due(life) + limits.ordered_within, life.opened_at + limits.kept_for)
            deadlines.append((KEPT_TOO_LONG, late_from, timedelta()))
        else:
            if life.silenced_at is None:
                deadlines.append((ERASED_LATE, life.ordered_at, limits.erased_within))
            deadlines.append((PURGED_LATE, life.ordered_at, limits.purged_within))
        return [
            Breach(rule, signalement, since + allowed)
            for rule, since, allowed in deadlines
            if since is not None and now > since + allowed
        ]


def _told_by(entry: AuditEntry) -> Code | None:
    """The rule whose breach an entry is by itself."""
    match entry.event:
        case Alarm(code=code):
            return code
        case PolicyViolation(rule=rule):
            return rule
        case RestoredBackupFound():
            return Code("restored_backup")
        case Recheck(findings=findings) if findings:
            return RESIDUE_FOUND
        case PurgeReported(residue=residue) if any(count for _, count in residue):
            return RESIDUE_FOUND
    return None
