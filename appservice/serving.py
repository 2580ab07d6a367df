"""Serving an aiohttp application until the process is told to stop."""

import asyncio
import errno
import logging
import resource
import secrets
import signal
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

from appservice.domain.errors import ConfigurationError
from appservice.logs import request_id

_LOG = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SHUTDOWN_WITHIN_SECONDS = 5.0


@web.middleware
async def faults_told(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers 500 to what nobody foresaw, and logs its kind and place: not its words, not who asked."""
    request_id.set(secrets.token_hex(4))
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception as fault:
        log_fault(fault)
        return web.json_response({"errcode": "M_UNKNOWN", "error": "Something went wrong here."}, status=500)


def log_fault(fault: BaseException) -> None:
    """Its kind and place: not its words."""
    place = traceback.extract_tb(fault.__traceback__)[-1:]
    _LOG.error("%s at %s", type(fault).__name__, ", ".join(f"{frame.filename}:{frame.lineno}" for frame in place))


@contextmanager
def occupied_port_told(host: str, port: int) -> Iterator[None]:
    """Turns the system's word for an occupied port into a `ConfigurationError` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise ConfigurationError(
            f"Port {port} on {host} is occupied by another process. Stop it, or choose another port."
        ) from None


@asynccontextmanager
async def serve(
    app: web.Application, host: str, port: int, run_by: type[web.AppRunner] = web.AppRunner
) -> AsyncIterator[None]:
    """Listens while the context lasts. Raises `ConfigurationError` if the port is occupied."""
    take_as_many_connections_as_allowed()
    runner = run_by(
        app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_WITHIN_SECONDS, handle_signals=False
    )
    await runner.setup()
    try:
        with occupied_port_told(host, port):
            await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


def take_as_many_connections_as_allowed() -> None:
    """Each guest takes two of the portal; service managers let a process begin with 1,024 open files, and have more."""
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))


def told_to_stop() -> asyncio.Event:
    """Set at SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
