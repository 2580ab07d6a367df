"""What the bot reads: the audit record, and nothing else. It could not write to it: the connection is read-only.

Every question is bounded by an index: none reads a year's record from end to end, the verification aside.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from appservice.audit_port import Selection
from appservice.domain.audit.chain import AuditEntry, Head, StoredEntry
from appservice.domain.audit.checkpoint import Checkpoint
from appservice.domain.audit.events import (
    KINDS,
    Announced,
    AuditorAdded,
    Claimed,
    DeskMemberAdded,
    DeskMemberRemoved,
    PurgeReported,
    Reassigned,
    parse,
)
from appservice.domain.audit.values import ActorKind, Pseudonym
from appservice.domain.errors import ConfigurationError, InvalidInput, Unreadable
from appservice.store.audit import entries_where, head, stored_entries
from appservice.store.audit_verification import Verified, verify_chain
from appservice.store.database import Database, milliseconds, moment, places
from policies.compliance_bot.periods import Period

_CLAIMED_AT_THE_LATEST = timedelta(days=2)
"""After its announcement. What is taken later than that counts as unanswered."""

_HOUR = 3_600_000
"""In milliseconds."""

_EDGE = timedelta(days=1)
"""By less than this has the clock ever been set back: within it, entries may not be in order of their time."""

_ENDS = """
SELECT
    COALESCE(
        (SELECT MIN(sequence) FROM audit_entry WHERE at >= $1 AND at < $2),
        (SELECT MIN(sequence) FROM audit_entry WHERE at >= $2 AND at < $4)
    ) AS first,
    COALESCE(
        (SELECT MAX(sequence) FROM audit_entry WHERE at >= $3 AND at < $4),
        (SELECT MAX(sequence) FROM audit_entry WHERE at >= $1 AND at < $3)
    ) AS last
"""


@dataclass(frozen=True, slots=True)
class DeskWaits:
    """How the signalements announced to one desk were taken up: of each that was, how long that took, ascending."""

    milliseconds: Sequence[int]
    unanswered: int

    def __len__(self) -> int:
        return len(self.milliseconds) + self.unanswered


@dataclass(frozen=True, slots=True)
class Waits:
    """Of the signalements announced in a period: how they were taken up, and in which hours they came."""

    by_desk: Mapping[str, DeskWaits]
    by_hour: Mapping[datetime, int]


class Record:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self) -> Head:
        """By the record's own account. Raises `Unreadable`, as everything here does, if it gives none."""
        try:
            found = await head(self._database)
        except ConfigurationError as error:
            raise Unreadable(str(error)) from None
        if type(found.sequence) is not int:
            raise Unreadable("The record's own account of its last entry is no account.")
        return found

    async def verified(self, checkpoints: Sequence[Checkpoint]) -> Verified:
        """The whole of it, whatever has been done to it."""
        return await verify_chain(self._database, checkpoints)

    async def entries(self, selection: Selection) -> AsyncIterator[Sequence[AuditEntry]]:
        async for stored in stored_entries(self._database, selection):
            yield _parsed(stored)

    async def after(self, sequence: int, limit: int) -> list[AuditEntry]:
        """The next entries after one."""
        return _parsed(await self.stored_after(sequence, limit))

    async def stored_after(self, sequence: int, limit: int) -> list[StoredEntry]:
        return await self._stored("sequence > $1 ORDER BY sequence LIMIT $2", sequence, limit)

    async def head_after(self, sequence: int) -> Head | None:
        """The next entry after one, where nothing else of it can be read."""
        row = await self._database.row(
            "SELECT sequence, hash FROM audit_entry WHERE sequence > $1 ORDER BY sequence LIMIT 1", sequence
        )
        return None if row is None else Head(row["sequence"], row["hash"])

    async def last_before(self, moment: datetime) -> Head | None:
        """The entry before the first one of a time, by what that one says; None if there is none of that time."""
        row = await self._database.row(
            "SELECT sequence, previous FROM audit_entry"
            " WHERE sequence = (SELECT MIN(sequence) FROM audit_entry WHERE at >= $1)",
            milliseconds(moment),
        )
        return None if row is None else Head(row["sequence"] - 1, row["previous"])

    async def hashes(self, first: int, last: int) -> dict[int, str]:
        """Of the entries from one to another, as they are stored."""
        rows = await self._database.rows(
            "SELECT sequence, hash FROM audit_entry WHERE sequence BETWEEN $1 AND $2", first, last
        )
        return {row["sequence"]: row["hash"] for row in rows}

    async def last(self, kind: str, limit: int, period: Period) -> list[AuditEntry]:
        """The newest of a kind, the newest first."""
        first, last = await self._ends(period)
        return await self._some(
            "kind = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence DESC LIMIT $4", kind, first, last, limit
        )

    async def life(self, signalement: Pseudonym) -> list[AuditEntry]:
        """All there is about one signalement, in order."""
        return await self._some("signalement = $1 ORDER BY sequence", signalement)

    async def acts_of(self, names: Sequence[Pseudonym], period: Period, limit: int) -> list[AuditEntry]:
        """What somebody did as an agent or an auditor, under any of these names: the newest first."""
        return await self._acts_between(*await self._ends(period), names, limit)

    async def knows(self, names: Sequence[Pseudonym]) -> bool:
        """Whether the record has ever told of somebody. Reads all of it if not."""
        async for entries in self.entries(Selection(kinds=(DeskMemberAdded, AuditorAdded))):
            for entry in entries:
                match entry.event:
                    case DeskMemberAdded(member=someone) | AuditorAdded(auditor=someone) if someone in names:
                        return True
        return bool(await self._acts_between(1, (await self.head()).sequence, names, 1))

    async def _acts_between(self, first: int, last: int, names: Sequence[Pseudonym], limit: int) -> list[AuditEntry]:
        actors = [f"{kind}:{name}" for name in names for kind in (ActorKind.AGENT, ActorKind.AUDITOR)]
        if not actors:
            return []
        return await self._some(
            f"actor IN ({places(len(actors), 3)}) AND sequence BETWEEN $1 AND $2 ORDER BY sequence DESC LIMIT $3",
            first,
            last,
            limit,
            *actors,
        )

    async def counts(self, period: Period) -> Mapping[str, int]:
        """How many entries of each kind that occurs."""
        ends = await self._ends(period)
        counts = {kind: await self._count(kind, *ends) for kind in sorted(KINDS)}
        return {kind: count for kind, count in counts.items() if count}

    async def count(self, kind: str, period: Period) -> int:
        """How many entries of one kind."""
        return await self._count(kind, *await self._ends(period))

    async def _count(self, kind: str, first: int, last: int) -> int:
        """A range of the index on kinds, which is read without the table."""
        row = await self._database.row(
            "SELECT COUNT(*) AS entries FROM audit_entry WHERE kind = $1 AND sequence BETWEEN $2 AND $3",
            kind,
            first,
            last,
        )
        return int(row["entries"]) if row is not None else 0

    async def waits(self, period: Period) -> Waits:
        """From the first announcement of each to its first claim. No object for each: a year has 100,000."""
        first, last = await self._ends(Period(period.since, period.until + _CLAIMED_AT_THE_LATEST))
        # The newest first: of several of one signalement it is the first that remains.
        announced = await self._database.rows(
            "SELECT signalement, at, fields FROM audit_entry WHERE kind = $1 AND sequence BETWEEN $2 AND $3 AND at < $4"
            " ORDER BY sequence DESC",
            Announced.kind,
            first,
            last,
            milliseconds(period.until),
        )
        claimed = await self._database.rows(
            "SELECT signalement, at FROM audit_entry WHERE kind IN ($1, $2) AND sequence BETWEEN $3 AND $4"
            " ORDER BY sequence DESC",
            Claimed.kind,
            Reassigned.kind,  # by a leader, to somebody who thereby has it
            first,
            last,
        )
        first_claims: dict[str, int] = {row["signalement"]: row["at"] for row in claimed}
        first_announcements = {row["signalement"]: row for row in announced}
        by_fields: dict[str, list[int | None]] = defaultdict(list)
        hours: Counter[int] = Counter()
        for signalement, row in first_announcements.items():
            at, claim = row["at"], first_claims.get(signalement)
            by_fields[row["fields"]].append(None if claim is None else claim - at)
            hours[at // _HOUR] += 1
        by_desk: dict[str, list[int | None]] = defaultdict(list)
        for fields, some in by_fields.items():
            by_desk[_desk(fields)] += some
        return Waits(
            {desk: _waits_of(some) for desk, some in by_desk.items()},
            {moment(hour * _HOUR): count for hour, count in hours.items()},
        )

    async def unclean_purges(self, period: Period) -> int:
        """How many erasures there were after which something was left."""
        first, last = await self._ends(period)
        suspects = await self._some(
            "kind = $1 AND sequence BETWEEN $2 AND $3 AND fields NOT LIKE $4",
            PurgeReported.kind,
            first,
            last,
            '%"residue":{}%',
        )
        return sum(isinstance(entry.event, PurgeReported) and entry.event.left_over > 0 for entry in suspects)

    async def desks(self) -> Sequence[str]:
        """All that ever had an agent."""
        found: set[str] = set()
        async for entries in self.entries(Selection(kinds=(DeskMemberAdded,))):
            found.update(entry.event.desk for entry in entries if isinstance(entry.event, DeskMemberAdded))
        return sorted(found)

    async def members(self, desk: str, at: datetime) -> tuple[Pseudonym, ...]:
        """Who was an agent of the desk at a moment, by the pseudonyms of the year of their coming."""
        present: dict[Pseudonym, None] = {}
        async for entries in self.entries(Selection(until=at, kinds=(DeskMemberAdded, DeskMemberRemoved))):
            for entry in entries:
                match entry.event:
                    case DeskMemberAdded(desk=where, member=member) if where == desk:
                        present[member] = None
                    case DeskMemberRemoved(desk=where, member=member) if where == desk:
                        present.pop(member, None)
        return tuple(present)

    async def _ends(self, period: Period) -> tuple[int, int]:
        """The first and the last entry of a period, by the index on time; an empty range if there is none."""
        since, until = period.since, period.until
        edges = (since, min(since + _EDGE, until), max(until - _EDGE, since), until)
        row = await self._database.row(_ENDS, *map(milliseconds, edges))
        return (row["first"], row["last"]) if row is not None and row["last"] is not None else (1, 0)

    async def _some(self, condition: str, *arguments: object) -> list[AuditEntry]:
        return _parsed(await self._stored(condition, *arguments))

    async def _stored(self, condition: str, *arguments: object) -> list[StoredEntry]:
        return await entries_where(self._database, condition, *arguments)


def _parsed(stored: Iterable[StoredEntry]) -> list[AuditEntry]:
    """Raises `Unreadable` at an entry that the service cannot have written."""
    entries = []
    for each in stored:
        try:
            entries.append(each.parsed())
        except InvalidInput as error:
            raise Unreadable(f"Entry {each.sequence}: {error}") from None
    return entries


def _waits_of(some: Sequence[int | None]) -> DeskWaits:
    taken = sorted(milliseconds for milliseconds in some if milliseconds is not None)
    return DeskWaits(taken, len(some) - len(taken))


def _desk(fields: str) -> str:
    try:
        event = parse(Announced.kind, fields)
    except InvalidInput as error:
        raise Unreadable(str(error)) from None
    if not isinstance(event, Announced):
        raise Unreadable("An entry does not have the kind it says.")
    return event.desk
