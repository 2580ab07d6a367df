"""One process that this one started: waited for until it answers, watched, and stopped with it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from appservice.domain.errors import VeilleuseError
from appservice.files import private_file

_POLL_EVERY = timedelta(milliseconds=50)
_LETS_GO_WITHIN = timedelta(seconds=5)
_LEASH = Path(__file__).with_name("leash.py")
_SAID_LAST = 20  # lines of its output that an error quotes


class ProcessFailed(VeilleuseError):
    """A process could not be started, or ended; the message quotes what it said last."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What is started, and how to know that it is there."""

    name: str
    argv: Sequence[str]
    directory: Path
    port: int
    """On 127.0.0.1; occupied by somebody else, nothing is started."""
    health: Callable[[], Awaitable[bool]]
    """Whether it is ready: see `answers_at`."""
    output: Path
    """Where standard output and error go, readable by their owner alone."""
    further_logs: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    """Asks it to end; sent by the kernel, too, when this process dies without having asked."""
    user: str | None = None
    """Whom it runs as; only root can choose."""


def answers_at(url: str) -> Callable[[], Awaitable[bool]]:
    """Whether a GET is answered with 200."""

    async def answers() -> bool:
        try:
            async with aiohttp.ClientSession() as client, client.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    return answers


class ManagedProcess:
    """In a process group of its own, so that Ctrl-C reaches it only through us; on Linux it ends when we are killed.

    As a context manager it is started on entry and stopped on exit. It may be started again after a stop.
    """

    def __init__(
        self,
        command: Command,
        *,
        starts_within: timedelta = timedelta(seconds=90),
        stops_within: timedelta = timedelta(seconds=10),
    ) -> None:
        self.command = command
        self._starts_within = starts_within
        self._stops_within = stops_within
        self._process: asyncio.subprocess.Process | None = None
        self._ran_before = False

    @property
    def pid(self) -> int | None:
        """Process id while it runs, else None."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Starts it and returns once it answers; nothing to do if it runs already.

        Raises `ProcessFailed` if the port is taken, if the process ends, or if it does not answer in time (it is then
        stopped).
        """
        if self.pid is not None:
            return
        await self._take_port()
        said_before = {path: _size(path) for path in (self.command.output, *self.command.further_logs)}
        with private_file(self.command.output, "a") as sink:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", str(_LEASH)),
                *(str(os.getpid()), str(self.command.stop_signal.value), self.command.user or "-"),
                *self.command.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=asyncio.subprocess.STDOUT,
                cwd=self.command.directory,
                env=_environment() | dict(self.command.environment),
                process_group=0,
            )
        self._process, self._ran_before, answers = process, True, False
        try:
            async with asyncio.timeout(self._starts_within.total_seconds()):
                answers = await self._answers(process)
        except TimeoutError:
            raise self._failed(f"did not answer within {self._starts_within}", said_before) from None
        finally:
            if not answers:
                await self.stop()
        if not answers:
            raise self._failed(f"ended with status {process.returncode}", said_before)

    async def stop(self) -> None:
        """Asks it to end (`Command.stop_signal`), makes it end after the deadline (SIGKILL).

        Nothing to do if it does not run.
        """
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, self.command.stop_signal)
        try:
            async with asyncio.timeout(self._stops_within.total_seconds()):
                await process.wait()
        except TimeoutError:
            pass
        finally:  # also when we are cancelled: never leave it behind
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()

    async def restart(self) -> None:
        """Stops it and starts it; the same errors as `start`."""
        await self.stop()
        await self.start()

    async def kill(self) -> None:
        """Ends it as a fault would: at once, in the middle of anything."""
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def ended(self) -> int:
        """Waits until it has ended; its exit status. What it had started itself, and left behind, ends with it."""
        assert self._process is not None, "not started"  # noqa: S101 a contract
        process = self._process
        status = await process.wait()
        with suppress(ProcessLookupError):  # there is no such group any more
            os.killpg(process.pid, signal.SIGKILL)
        return status

    async def _take_port(self) -> None:
        """Raises `ProcessFailed` if it is occupied: by what we killed a moment ago, it may be for a moment more."""
        for _ in range(_LETS_GO_WITHIN // _POLL_EVERY if self._ran_before else 0):
            with suppress(ProcessFailed):
                _refuse_occupied(self.command)
                return
            await asyncio.sleep(_POLL_EVERY.total_seconds())
        _refuse_occupied(self.command)

    async def _answers(self, process: asyncio.subprocess.Process) -> bool:
        """True as soon as it answers, False as soon as it has ended."""
        ended = asyncio.ensure_future(process.wait())
        try:
            while not ended.done():
                if await self.command.health():
                    return True
                await asyncio.wait({ended}, timeout=_POLL_EVERY.total_seconds())
            return False
        finally:
            ended.cancel()

    def _failed(self, how: str, said_before: Mapping[Path, int]) -> ProcessFailed:
        lines: list[str] = []
        for path, size in said_before.items():
            if path.exists():
                lines += path.read_bytes()[size:].decode(errors="replace").splitlines()[-_SAID_LAST:]
        return ProcessFailed("\n".join([f"{self.command.name} {how}. It said:", *(lines or ["nothing"])]))


def _refuse_occupied(command: Command) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", command.port))
        except OSError as error:
            raise ProcessFailed(
                f"{command.name} cannot have port {command.port} on 127.0.0.1 ({error.strerror}): stop what uses it, or"
                " choose another."
            ) from None


def _environment() -> dict[str, str]:
    """Ours without proxies: all that is called is on this machine."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
