"""One process works with a database at a time: the active one. On PostgreSQL others stand by, and take over at once.

The lock belongs to a connection (PostgreSQL) or to an open file (SQLite): whoever ends, however it ends, lets go of it.
"""

import asyncio
import fcntl
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from appservice.domain.errors import ConfigurationError
from appservice.files import private_file

_LOG = logging.getLogger(__name__)
_LOCK = int.from_bytes(b"veilleus", "big", signed=True)
_PULSE_SECONDS = 5
# What PostgreSQL may need to notice that the machine of the active process is gone: 10 + 3 × 5 seconds.
_KEEPALIVES = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}


@asynccontextmanager
async def leading(database_url: str) -> AsyncIterator[asyncio.Event]:
    """Only one context at a time, of all processes, lasts for a database. The event is set when that is no longer sure.

    On PostgreSQL this waits for its turn; on SQLite it raises `ConfigurationError` if it is another's. Raises
    `ConfigurationError` also if the database does not answer.
    """
    if database_url.startswith("sqlite"):
        with _locked_file(Path(database_url.removeprefix("sqlite:///") + ".lock")):
            yield asyncio.Event()
        return
    try:
        connection = await asyncpg.connect(database_url, server_settings=_KEEPALIVES)
    except (OSError, asyncpg.PostgresError) as error:
        raise ConfigurationError(f"The database does not answer: {error or type(error).__name__}.") from None
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            _LOG.info("Another process is active: standing by")
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        pulse = asyncio.create_task(_feel_pulse(connection, lost))
        try:
            yield lost
        finally:
            pulse.cancel()
    finally:
        connection.terminate()


async def _feel_pulse(connection: asyncpg.Connection, lost: asyncio.Event) -> None:
    """Sets `lost` as soon as the connection does not answer."""
    while not lost.is_set():
        await asyncio.sleep(_PULSE_SECONDS)
        try:
            await connection.execute("SELECT 1", timeout=_PULSE_SECONDS)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            lost.set()


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    try:
        file = private_file(path, "a")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}.") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"Another process works with this database ({path} is locked). On SQLite there is one; stop it first."
            ) from None
        yield
