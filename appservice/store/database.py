"""The connection to the service's database: mautrix's pool, typed, and safe against cancellation."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import mautrix.util.async_db as async_db

from appservice.domain.errors import ConfigurationError
from appservice.upgrades import upgrade_table

# The pages of deleted rows are overwritten, so that what was erased is not found in the file.
_SQLITE_COMMANDS = ["PRAGMA secure_delete = ON"]


class _Cancelled(Exception):
    """Stands in for a cancellation inside a transaction: aiosqlite's wrapper rolls back on `Exception` only."""


class Database:
    def __init__(self, url: str) -> None:
        """`url` is `sqlite:///path` or `postgres://user:password@host/name`."""
        options: dict[str, Any] = (
            {"init_commands": list(_SQLITE_COMMANDS)} if url.startswith("sqlite") else {"min_size": 1, "max_size": 8}
        )
        self._database = async_db.Database.create(url, upgrade_table=upgrade_table, db_args=options)

    async def start(self) -> None:
        """Connects, and brings the schema up to date. Raises `ConfigurationError` if a later version made it."""
        try:
            await self._database.start()
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
                    try:
                        yield
                    except asyncio.CancelledError as cancellation:
                        raise _Cancelled from cancellation
            except _Cancelled:
                raise asyncio.CancelledError from None

    async def execute(self, query: str, *arguments: object) -> None:
        await self._database.execute(query, *arguments)

    async def rows(self, query: str, *arguments: object) -> Sequence[Mapping[str, Any]]:
        rows: Sequence[Mapping[str, Any]] = await self._database.fetch(query, *arguments)
        return rows

    async def row(self, query: str, *arguments: object) -> Mapping[str, Any] | None:
        row: Mapping[str, Any] | None = await self._database.fetchrow(query, *arguments)
        return row


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00Z, rounded down."""
    return int(moment.timestamp() * 1000)


def moment(stored: int) -> datetime:
    """The aware UTC datetime that `milliseconds` was given, to the millisecond."""
    return datetime.fromtimestamp(stored / 1000, tz=UTC)
