"""The audit record in the service's database, and the keys of its pseudonyms, which are kept apart from it in files."""

import os
import re
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from appservice.audit_port import BATCH, EVERYTHING, Selection
from appservice.domain.audit.chain import AuditEntry, Head, StoredEntry, append
from appservice.domain.audit.events import Event
from appservice.domain.audit.pseudonyms import Period, Pseudonyms
from appservice.domain.audit.values import SERVICE, Actor, Pseudonym
from appservice.domain.errors import ConfigurationError, Unreadable
from appservice.domain.ids import UserId
from appservice.domain.signalement import Signalement
from appservice.ports import Clock
from appservice.store.database import Database

AUDIT_KEYS = "audit_keys"
"""The directory of the pseudonyms' keys, within the data directory."""

_COLUMNS = ", ".join(StoredEntry._fields)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PERIOD = re.compile(r"signalement-[0-9]{4}-[0-9]{2}|person-[0-9]{4}")


class SqlAuditLog:
    """Implements the port `AuditLog`. Any number of processes may append to one database."""

    def __init__(self, database: Database, pseudonyms: Pseudonyms, clock: Clock) -> None:
        self._database = database
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def append(self, event: Event, by: Actor = SERVICE, of: Signalement | None = None) -> AuditEntry:
        return await append_entry(self._database, self._clock.now, event, by, self.signalement(of) if of else None)

    def person(self, person: UserId) -> Pseudonym:
        return self._pseudonyms.of_person(person, self._clock.now())

    def names_of(self, person: UserId) -> Sequence[Pseudonym]:
        return self._pseudonyms.names_of(person)

    def signalement(self, signalement: Signalement) -> Pseudonym:
        return self._pseudonyms.of_signalement(signalement.signalement_id, signalement.opened_at)

    async def head(self) -> Head:
        return await head(self._database)

    async def entries(
        self, selection: Selection = EVERYTHING, batch: int = BATCH
    ) -> AsyncIterator[Sequence[AuditEntry]]:
        async for stored in stored_entries(self._database, selection, batch):
            yield [entry.parsed() for entry in stored]

    def stored(self, batch: int = BATCH) -> AsyncIterator[Sequence[StoredEntry]]:
        return stored_entries(self._database, EVERYTHING, batch)


async def append_entry(
    database: Database,
    now: Callable[[], datetime],
    event: Event,
    by: Actor = SERVICE,
    signalement: Pseudonym | None = None,
) -> AuditEntry:
    """What `AuditLog.append` does, where the pseudonyms are known. Needs no key."""
    async with database.transaction():
        # A write that changes nothing: on either database it waits for whoever is appending, and returns what that
        # one has committed.
        last = await _head(database, "UPDATE audit_head SET sequence = sequence RETURNING sequence, hash")
        entry = append(last, now(), by, event, signalement)
        await database.execute(
            f"INSERT INTO audit_entry ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",  # noqa: S608 a constant
            *entry.stored(),
        )
    return entry


class SqlViolationsRead:
    """Implements the port `ViolationsRead`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last(self) -> int:
        row = await self._database.row("SELECT number FROM violations_read")
        return int(row["number"]) if row is not None else 0

    async def keep(self, number: int) -> None:
        await self._database.execute(
            "INSERT INTO violations_read (only_row, number) VALUES (1, $1)"
            " ON CONFLICT (only_row) DO UPDATE SET number = excluded.number",
            number,
        )


async def head(database: Database) -> Head:
    """The last entry, by the record's own account. Raises `ConfigurationError` if that is gone."""
    return await _head(database, "SELECT sequence, hash FROM audit_head")


async def _head(database: Database, query: str) -> Head:
    row = await database.row(query)
    if row is None:
        raise ConfigurationError("The table audit_head is empty: somebody wrote to the record.")
    return Head(row["sequence"], row["hash"])


async def stored_entries(
    database: Database, selection: Selection = EVERYTHING, batch: int = BATCH
) -> AsyncIterator[Sequence[StoredEntry]]:
    """In order of their sequence, at most `batch` of them at a time. Reading needs no key."""
    conditions, arguments = _conditions(selection)
    # The period's first and last entry, by the index on time: so that all batches can go by the sequence.
    ends = await database.row(
        f"SELECT min(sequence) AS first, max(sequence) AS last FROM audit_entry WHERE {conditions}",  # noqa: S608 no values
        *arguments,
    )
    if ends is None or ends["last"] is None:
        return
    if type(ends["first"]) is not int or type(ends["last"]) is not int:
        raise Unreadable("The record has an entry without a number: run `veilleuse audit verify`.")
    after, last = ends["first"] - 1, ends["last"]
    places = len(arguments)
    in_batch = f"sequence > ${places + 1} AND sequence <= ${places + 2} ORDER BY sequence LIMIT ${places + 3}"
    while after < last:
        entries = await entries_where(database, f"{conditions} AND {in_batch}", *arguments, after, last, batch)
        if not entries:
            return
        after = entries[-1].sequence
        yield entries


async def entries_where(database: Database, condition: str, *arguments: object) -> list[StoredEntry]:
    """As they lie there. `condition` is SQL of our own, with its order and limit."""
    rows = await database.rows(f"SELECT {_COLUMNS} FROM audit_entry WHERE {condition}", *arguments)  # noqa: S608 no values
    # The rows of either database are iterated over by value, as a Mapping would not be.
    return [StoredEntry._make(cast(Iterable[Any], row)) for row in rows]


def _conditions(selection: Selection) -> tuple[str, list[object]]:
    """For a WHERE clause, with places from $1 on."""
    conditions, arguments = ["TRUE"], list[object]()

    def must(condition: str, *values: object) -> None:
        places = range(len(arguments) + 1, len(arguments) + len(values) + 1)
        conditions.append(condition.format(", ".join(f"${place}" for place in places)))
        arguments.extend(values)

    if selection.since is not None:
        must("at >= {}", _milliseconds_from(selection.since))
    if selection.until is not None:
        must("at < {}", _milliseconds_from(selection.until))
    if selection.kinds:
        must("kind IN ({})", *(kind.kind for kind in selection.kinds))
    if selection.signalement is not None:
        must("signalement = {}", selection.signalement)
    return " AND ".join(conditions), arguments


def _milliseconds_from(moment: datetime) -> int:
    """The first whole millisecond that is not before a moment."""
    return -((_EPOCH - moment) // timedelta(milliseconds=1))


class KeyFiles:
    """Implements `KeyShelf`: a directory with a file for each period, readable by its owner alone.

    Processes on several machines share the directory. It is no part of the database's backups, which would bring
    dropped keys back; lost keys cost the link between entries and nothing else.
    """

    def __init__(self, directory: Path) -> None:
        """Makes the directory if there is none; takes other accounts' access away if it is there."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        self._directory = directory
        self._read: dict[Period, tuple[tuple[int, int], str]] = {}

    def get(self, period: Period) -> str | None:
        # Looked at each time, so that a key dropped by another process is forgotten by this one too.
        try:
            status = (self._directory / period).stat()
        except FileNotFoundError:
            self._read.pop(period, None)
            return None
        version = (status.st_ino, status.st_mtime_ns)
        if period not in self._read or self._read[period][0] != version:
            if status.st_mode & 0o077:
                raise ConfigurationError(f"{self._directory / period}: others may read it; run chmod 600 on it.")
            self._read[period] = (version, (self._directory / period).read_text(encoding="ascii"))
        return self._read[period][1]

    def put(self, period: Period, key: str) -> str:
        """On disk, in full, when this returns."""
        draft = self._directory / f".{period}.{secrets.token_hex(8)}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, self._directory / period)
        except FileExistsError:
            pass  # another process was first: its key is the one
        finally:
            draft.unlink()
        kept = self.get(period)
        return kept if kept is not None else self.put(period, key)

    def periods(self) -> Collection[Period]:
        return [Period(path.name) for path in self._directory.iterdir() if _PERIOD.fullmatch(path.name)]

    def drop(self, period: Period) -> None:
        """Overwrites the file before it goes; a journalling disk may keep older blocks for a while."""
        try:
            with open(self._directory / period, "r+b") as file:
                file.write(secrets.token_bytes(os.fstat(file.fileno()).st_size))
                file.flush()
                os.fsync(file.fileno())
            (self._directory / period).unlink()
        except FileNotFoundError:
            pass  # another process was first
        self._read.pop(period, None)
