"""Everything that the record can tell: a class a kind, and for each the fields it has. Nothing else can be written.

An event is made of values that `appservice.domain.audit.values` names, and raises `InvalidInput` where a field does not
have its form. `render` and `parse` are each other's inverse: an unknown kind, an unknown field, one that is missing,
and JSON that `render` would have written otherwise are errors. No message repeats a value.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from typing import ClassVar, TypeVar

from appservice.domain.audit.codecs import Codec, codec_for
from appservice.domain.audit.values import (
    ActorKind,
    Answer,
    Code,
    ConfigurationFile,
    Department,
    Digest,
    JoinRefusal,
    OverflowReason,
    Pseudonym,
    TableName,
)
from appservice.domain.erasure import Step
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import DeskId
from appservice.domain.orientation import OrientationKind
from appservice.domain.signalement import Cause, Outcome, Role

_write = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


class Event:
    """`kind` is how the record names the class."""

    __slots__ = ()
    kind: ClassVar[str]
    schema: ClassVar[tuple[tuple[str, Codec], ...]]

    def __post_init__(self) -> None:
        for name, codec in self.schema:
            if not codec.accepts(getattr(self, name)):
                raise InvalidInput(f"{self.kind}: {name} does not have the form it must have.")


KINDS: dict[str, type[Event]] = {}
"""The closed list, by name."""

Kind = TypeVar("Kind", bound=type[Event])


def _kind(name: str) -> Callable[[Kind], Kind]:
    def register(event: Kind) -> Kind:
        event.kind = name
        event.schema = tuple((field.name, codec_for(field.type)) for field in fields(event))  # type: ignore[arg-type]
        KINDS[name] = event
        return event

    return register


def render(event: Event) -> str:
    """The fields as one JSON object in ASCII, without spaces, in the order in which the class names them."""
    return _write({name: codec.write(getattr(event, name)) for name, codec in event.schema})


def parse(kind: str, text: str) -> Event:
    """What `render` gave for an event of this kind. Raises `InvalidInput` for anything else."""
    event = KINDS.get(kind)
    if event is None:
        raise InvalidInput("An entry of this kind is not known.")
    try:
        values = json.loads(text)
        if not isinstance(values, dict) or values.keys() != {name for name, _ in event.schema}:
            raise InvalidInput(f"{kind}: the fields are not those of this kind.")
        found = event(**{name: codec.read(values[name]) for name, codec in event.schema})
    except (ValueError, RecursionError):
        raise InvalidInput(f"{kind}: a field does not have the form it must have.") from None
    if render(found) != text:
        raise InvalidInput(f"{kind}: the fields are not written as they must be.")
    return found


@_kind("opened")
@dataclass(frozen=True, slots=True)
class Opened(Event):
    """A guest pressed *start*; no agent knows yet."""

    desk: DeskId
    department: Department | None
    role: Role
    in_danger: bool


@_kind("announced")
@dataclass(frozen=True, slots=True)
class Announced(Event):
    desk: DeskId


@_kind("claimed")
@dataclass(frozen=True, slots=True)
class Claimed(Event):
    desk: DeskId


@_kind("claim_lost")
@dataclass(frozen=True, slots=True)
class ClaimLost(Event):
    """The actor came second, and was put out."""

    desk: DeskId


@_kind("released")
@dataclass(frozen=True, slots=True)
class Released(Event):
    """The guest waits again."""

    desk: DeskId


@_kind("agent_silent")
@dataclass(frozen=True, slots=True)
class AgentSilent(Event):
    """The agent who has the conversation gives no sign of life; the guest waits again."""

    agent: Pseudonym


@_kind("handed_over")
@dataclass(frozen=True, slots=True)
class HandedOver(Event):
    """Whether what was said was passed on, the guest decides in the page: nobody else ever knows."""

    from_desk: DeskId
    from_agent: Pseudonym | None
    to_desk: DeskId
    to_agent: Pseudonym | None


@_kind("oriented")
@dataclass(frozen=True, slots=True)
class Oriented(Event):
    orientation: OrientationKind
    answer: Answer


@_kind("closed")
@dataclass(frozen=True, slots=True)
class Closed(Event):
    outcome: Outcome


@_kind("danger_set")
@dataclass(frozen=True, slots=True)
class DangerSet(Event):
    in_danger: bool


@_kind("overflowed")
@dataclass(frozen=True, slots=True)
class Overflowed(Event):
    from_desk: DeskId
    to_desk: DeskId
    why: OverflowReason


@_kind("reassigned")
@dataclass(frozen=True, slots=True)
class Reassigned(Event):
    """By a supervisor, who is the actor; within a desk."""

    desk: DeskId
    from_agent: Pseudonym | None
    to_agent: Pseudonym | None


@_kind("listener_joined")
@dataclass(frozen=True, slots=True)
class ListenerJoined(Event):
    """The actor, visibly, as a second."""

    desk: DeskId


@_kind("listener_left")
@dataclass(frozen=True, slots=True)
class ListenerLeft(Event):
    desk: DeskId


@_kind("join_refused")
@dataclass(frozen=True, slots=True)
class JoinRefused(Event):
    why: JoinRefusal


@_kind("policy_violation")
@dataclass(frozen=True, slots=True)
class PolicyViolation(Event):
    """What the homeserver's module refused, counted: `actor_kind` tried `count` times what `rule` forbids."""

    rule: Code
    actor_kind: ActorKind
    count: int


@_kind("erasure_ordered")
@dataclass(frozen=True, slots=True)
class ErasureOrdered(Event):
    """From here on there is no way back."""

    cause: Cause


@_kind("purge_step")
@dataclass(frozen=True, slots=True)
class PurgeStep(Event):
    """The step is done."""

    step: Step


@_kind("purge_reported")
@dataclass(frozen=True, slots=True)
class PurgeReported(Event):
    """`residue`: rows that still name the room or the guest, by table. `durations`: milliseconds each step took."""

    cause: Cause
    residue: tuple[tuple[TableName, int], ...]
    durations: tuple[tuple[Step, int], ...]

    @property
    def left_over(self) -> int:
        """Rows, of all tables."""
        return sum(count for _, count in self.residue)


@_kind("alarm")
@dataclass(frozen=True, slots=True)
class Alarm(Event):
    code: Code


@_kind("alarm_cleared")
@dataclass(frozen=True, slots=True)
class AlarmCleared(Event):
    code: Code


@_kind("configuration_applied")
@dataclass(frozen=True, slots=True)
class ConfigurationApplied(Event):
    desks_added: int
    desks_changed: int
    desks_removed: int


@_kind("desk_member_added")
@dataclass(frozen=True, slots=True)
class DeskMemberAdded(Event):
    desk: DeskId
    member: Pseudonym


@_kind("desk_member_removed")
@dataclass(frozen=True, slots=True)
class DeskMemberRemoved(Event):
    desk: DeskId
    member: Pseudonym


@_kind("configuration_changed")
@dataclass(frozen=True, slots=True)
class ConfigurationChanged(Event):
    """The service goes by a file that is not as it was."""

    file: ConfigurationFile
    sha256: Digest


@_kind("keys_changed")
@dataclass(frozen=True, slots=True)
class KeysChanged(Event):
    """A step of `veilleuse keys` was taken."""

    keys: Code
    step: Code


@_kind("auditor_added")
@dataclass(frozen=True, slots=True)
class AuditorAdded(Event):
    auditor: Pseudonym


@_kind("auditor_removed")
@dataclass(frozen=True, slots=True)
class AuditorRemoved(Event):
    auditor: Pseudonym


@_kind("record_exported")
@dataclass(frozen=True, slots=True)
class RecordExported(Event):
    """At the command line. What auditors export by their bot is `auditor_asked`."""

    form: Code


@_kind("auditor_asked")
@dataclass(frozen=True, slots=True)
class AuditorAsked(Event):
    command: Code


@_kind("recheck")
@dataclass(frozen=True, slots=True)
class Recheck(Event):
    """Of `sample` erased signalements, `findings` had something left."""

    sample: int
    findings: int


@_kind("restored_backup_found")
@dataclass(frozen=True, slots=True)
class RestoredBackupFound(Event):
    """What had been erased was there again, so many times, and is erased once more."""

    signalements: int


@_kind("statistics_published")
@dataclass(frozen=True, slots=True)
class StatisticsPublished(Event):
    """Of the days from `first_day` to `last_day`, both included; `suppressed` cells were too small to be shown."""

    first_day: date
    last_day: date
    suppressed: int


@_kind("feedback_published")
@dataclass(frozen=True, slots=True)
class FeedbackPublished(Event):
    """As `StatisticsPublished`, of what people answered after conversations."""

    first_day: date
    last_day: date
    suppressed: int


@_kind("checkpoint_posted")
@dataclass(frozen=True, slots=True)
class CheckpointPosted(Event):
    """Of the chain up to the entry `covered`."""

    covered: int
