"""Serving an aiohttp application until the process is told to stop."""

import asyncio
import errno
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

from appservice.domain.errors import ConfigurationError

_SHUTDOWN_WITHIN_SECONDS = 5.0


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
async def serve(app: web.Application, host: str, port: int) -> AsyncIterator[None]:
    """Listens while the context lasts. Raises `ConfigurationError` if the port is occupied."""
    runner = web.AppRunner(
        app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_WITHIN_SECONDS, handle_signals=False
    )
    await runner.setup()
    try:
        with occupied_port_told(host, port):
            await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


def told_to_stop() -> asyncio.Event:
    """Set at SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
