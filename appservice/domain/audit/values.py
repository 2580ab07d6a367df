"""What a field of an audit entry can be: an enumeration, a number, a day, a pseudonym, or a short name of a known form.

No form below has room for an `@`, a colon, a space or a capital letter (a department's `2A` aside), so none can hold a
Matrix id, a reference, or a sentence, and none holds the localpart of one of the service's accounts; five digits are no
department, so a postal code is none either.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NewType, TypeVar

from appservice.domain.erasure import Step
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import DeskId

Pseudonym = NewType("Pseudonym", str)
"""16 characters of lower-case base32, see `appservice.domain.audit.pseudonyms`."""

Department = NewType("Department", str)
"""INSEE's code of a department or overseas collectivity: `78`, `2A`, `974`."""

TableName = NewType("TableName", str)
"""A table of the homeserver's database."""

Code = NewType("Code", str)
"""A constant of the program: a rule, an alarm, a command. Never made from what somebody wrote."""

Digest = NewType("Digest", str)
"""SHA-256, in hexadecimal."""

FORMS: Mapping[object, re.Pattern[str]] = {
    Pseudonym: re.compile(r"[a-z2-7]{16}"),
    Department: re.compile(r"[0-9][0-9AB]|9[78][0-9]"),
    DeskId: re.compile(r"[a-z0-9-]{1,40}"),
    TableName: re.compile(r"(?!veilleuse_)[a-z][a-z0-9_]{0,62}"),
    Digest: re.compile(r"[0-9a-f]{64}"),
    Code: re.compile(r"(?!veilleuse_)[a-z]{1,20}(?:_[a-z]{1,20}){0,4}"),
}
"""Each is matched against the whole text."""

Key = TypeVar("Key", TableName, Step)


def tally(counts: Mapping[Key, int]) -> tuple[tuple[Key, int], ...]:
    """Numbers by name, in the order in which an entry keeps them: that of the names as they are written."""
    return tuple(sorted(counts.items(), key=lambda pair: written_key(pair[0])))


def written_key(key: object) -> str:
    """A step of the erasure is written by its name; what is text already stays as it is."""
    return key.name.lower() if isinstance(key, Enum) and not isinstance(key, str) else str(key)


class ActorKind(StrEnum):
    SERVICE = "service"
    """The application service, of its own accord."""

    GUEST = "guest"
    """The guest of the entry's signalement: its pseudonym is the signalement's."""

    AGENT = "agent"
    AUDITOR = "auditor"

    OPERATOR = "operator"
    """Somebody with access to the machine: configuration and command line know no accounts."""

    STRANGER = "stranger"
    """An account of the homeserver that is none of these."""


_PERSONS = frozenset({ActorKind.AGENT, ActorKind.AUDITOR, ActorKind.STRANGER})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. Agents, auditors and strangers have a pseudonym, the others none; else `InvalidInput`."""

    kind: ActorKind
    pseudonym: Pseudonym | None = None

    def __post_init__(self) -> None:
        if (self.pseudonym is not None) is not (self.kind in _PERSONS):
            raise InvalidInput("Agents, auditors and strangers have a pseudonym, others have none.")
        if self.pseudonym is not None and not FORMS[Pseudonym].fullmatch(self.pseudonym):
            raise InvalidInput("A pseudonym has 16 characters of base32.")

    def __str__(self) -> str:
        """`service`, or `agent:` and a pseudonym."""
        return f"{self.kind}:{self.pseudonym}" if self.pseudonym else self.kind.value

    @classmethod
    def parse(cls, text: str) -> "Actor":
        """What `str` gave. Raises `InvalidInput`."""
        kind, colon, pseudonym = text.partition(":")
        if kind not in list(ActorKind):
            raise InvalidInput("An actor of this kind is not known.")
        return cls(ActorKind(kind), Pseudonym(pseudonym) if colon else None)


SERVICE = Actor(ActorKind.SERVICE)
GUEST = Actor(ActorKind.GUEST)
OPERATOR = Actor(ActorKind.OPERATOR)


class ConfigurationFile(StrEnum):
    RETENTION = "retention"
    SETTINGS = "settings"


class Answer(StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NONE = "none"
    """Proposed, and not answered."""
    WITHDRAWN = "withdrawn"
    """Taken back before it was answered."""


class OverflowReason(StrEnum):
    NOBODY_ON_SHIFT = "nobody_on_shift"
    ALL_BUSY = "all_busy"
    NO_ANSWER = "no_answer"


class JoinRefusal(StrEnum):
    """Why somebody who joined a room was put out."""

    NOT_OF_THE_DESK = "not_of_the_desk"
    ALREADY_CLAIMED = "already_claimed"
    NOT_READY = "not_ready"
    ENDED = "ended"
    AT_CAPACITY = "at_capacity"
    MUST_REST = "must_rest"
    OTHER = "other"
