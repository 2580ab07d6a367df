"""The connection to the service's database: mautrix's pool, typed, and safe against cancellation."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import mautrix.util.async_db as async_db

from appservice.domain.errors import ConfigurationError, Unreadable
from appservice.files import private_file
from appservice.upgrades import upgrade_table

# The pages of deleted rows are overwritten, so that what was erased is not found in the file. What was acknowledged
# is on the disk, also when the power goes.
_SQLITE_COMMANDS = ("PRAGMA secure_delete = ON", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
# The second one only asks: without it, the pool would have the file changed to write-ahead logging.
_READ_ONLY = ("PRAGMA query_only = ON", "PRAGMA journal_mode")
_FAULTS = (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


# Changes nothing, and takes SQLite's one write lock before anything is read: another process, such as the command line,
# is waited for. Without it a transaction that reads first and writes later would fail if another one came in between.
_SQLITE_LOCK = "UPDATE veilleuse_version SET version = version WHERE 0"


class _Cancelled(Exception):
    """Stands in for a cancellation inside a transaction: aiosqlite's wrapper rolls back on `Exception` only."""


class Database:
    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """`url` is `sqlite:///path` or `postgres://user:password@host/name`.

        Read-only, everything is left as it is, and whatever cannot be read raises `Unreadable`.
        """
        options: dict[str, Any]
        if url.startswith("sqlite"):
            options = {"init_commands": [*(_READ_ONLY if read_only else _SQLITE_COMMANDS)]}
        else:
            options = {"min_size": 1, "max_size": 8}
            if read_only:
                options["server_settings"] = {"default_transaction_read_only": "on"}
        self._read_only = read_only
        self._file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else None
        self._database = async_db.Database.create(
            url, upgrade_table=None if read_only else upgrade_table, db_args=options
        )

    async def start(self) -> None:
        """Connects, and brings the schema up to date. Raises `ConfigurationError` if a later version made it.

        An SQLite database that is made is its owner's alone, and so are the files that SQLite keeps beside it. To be
        read only, it must be there.
        """
        try:
            if self._file is not None and self._read_only:
                self._file.open("rb").close()
            elif self._file is not None:
                private_file(self._file, "a").close()
            await self._database.start()
        except (OSError, sqlite3.DatabaseError) as error:
            raise ConfigurationError(f"The database cannot be used: {error}.") from None
        except async_db.DatabaseException as error:
            raise ConfigurationError(
                f"The database cannot be used: {error}. Install the version that wrote it."
            ) from None

    async def stop(self) -> None:
        await self._database.stop()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """What is called inside, by this task, takes place together or not at all. Nested, it joins the outer one."""
        connection: async_db.Connection
        async with self._database.acquire() as connection:
            try:
                async with connection.transaction():
                    if connection.scheme == async_db.Scheme.SQLITE:
                        await connection.execute(_SQLITE_LOCK)
                    try:
                        yield
                    except asyncio.CancelledError as cancellation:
                        raise _Cancelled from cancellation
            except _Cancelled:
                raise asyncio.CancelledError from None

    async def write_anew(self) -> None:
        """On SQLite, writes the file anew and truncates its log: what rows left where they were moved is gone, too.

        Not within a transaction. Elsewhere nothing.
        """
        if self._database.scheme is async_db.Scheme.SQLITE:
            await self._database.execute("VACUUM")
            await self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def execute(self, query: str, *arguments: object) -> None:
        await self._database.execute(query, *arguments)

    async def rows(self, query: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
        with self._read_in_vain():
            rows: Sequence[Mapping[str, Any]] = await self._database.fetch(query, *arguments)
        return rows

    async def row(self, query: str, *arguments: object) -> Mapping[str, Any] | None:
        with self._read_in_vain():
            row: Mapping[str, Any] | None = await self._database.fetchrow(query, *arguments)
        return row

    @contextmanager
    def _read_in_vain(self) -> Iterator[None]:
        try:
            yield
        except _FAULTS as fault:
            if not self._read_only:
                raise
            raise Unreadable(f"The database cannot be read: {fault}") from None


@asynccontextmanager
async def opened(url: str, *, read_only: bool = False) -> AsyncIterator[Database]:
    """A database for a command's short life. Raises what `Database.start` does."""
    database = Database(url, read_only=read_only)
    await database.start()
    try:
        yield database
    finally:
        await database.stop()


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00Z, rounded down."""
    return int(moment.timestamp() * 1000)


def moment(stored: int) -> datetime:
    """The aware UTC datetime that `milliseconds` was given, to the millisecond."""
    return datetime.fromtimestamp(stored / 1000, tz=UTC)


def places(number: int, after: int = 0) -> str:
    return ", ".join(f"${place}" for place in range(after + 1, after + number + 1))


def maybe_milliseconds(moment: datetime | None) -> int | None:
    """The same where there may be no moment."""
    return None if moment is None else milliseconds(moment)


def maybe_moment(stored: int | None) -> datetime | None:
    """The inverse of `maybe_milliseconds`."""
    return None if stored is None else moment(stored)
