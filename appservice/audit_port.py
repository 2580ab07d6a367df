"""The audit record, as the use cases see it: append, and read. Nothing changes or removes an entry."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appservice.domain.audit.chain import AuditEntry, Head, StoredEntry
from appservice.domain.audit.events import Event
from appservice.domain.audit.values import SERVICE, Actor, ActorKind, Code, Pseudonym
from appservice.domain.ids import UserId
from appservice.domain.signalement import Signalement


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries: all of these at once. `since` is included, `until` is not; None leaves that side open."""

    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[type[Event], ...] = ()
    """Empty: every kind."""
    signalement: Pseudonym | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """What the homeserver's module refused, so many times. Numbers grow, and are never given twice."""

    number: int
    rule: Code
    actor: ActorKind
    count: int


class PolicyRefusals(Protocol):
    async def since(self, number: int) -> list[Refused]:
        """Those with a larger number, in order; not necessarily all. Raises `HomeserverError`."""


class Promises(Protocol):
    async def broken(self) -> Collection[str]:
        """What the homeserver's module found that must not be, by its names. Raises `HomeserverError`."""


class ViolationsRead(Protocol):
    """How far the refusals are in the record; part of the transactions of `Stores`."""

    async def last(self) -> int: ...

    async def keep(self, number: int) -> None: ...


EVERYTHING = Selection()
BATCH = 2_000


class AuditLog(Protocol):
    async def append(self, event: Event, by: Actor = SERVICE, of: Signalement | None = None) -> AuditEntry:
        """Adds an entry, now. Called within `Stores.transaction()`, as its last statement, act and entry take place
        together or not at all; from then on until the transaction ends, nobody else can append.
        """

    def person(self, person: UserId) -> Pseudonym:
        """How the record of this year calls an agent or an auditor."""

    def names_of(self, person: UserId) -> Sequence[Pseudonym]:
        """How the record calls and called them, in the years whose keys are kept."""

    def signalement(self, signalement: Signalement) -> Pseudonym:
        """How the record calls a signalement."""

    async def head(self) -> Head:
        """The last entry, by the record's own account."""

    def entries(self, selection: Selection = EVERYTHING, batch: int = BATCH) -> AsyncIterator[Sequence[AuditEntry]]:
        """In order of their sequence, at most `batch` of them at a time, as they are when they are reached.

        Raises `InvalidInput` at an entry that this service cannot have written.
        """

    def stored(self, batch: int = BATCH) -> AsyncIterator[Sequence[StoredEntry]]:
        """All of them, whatever has been done to them: for the verification."""
