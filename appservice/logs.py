"""Logs: ids only, each line with the request or job it belongs to. Never bodies, tokens, postal codes or addresses."""

import logging
import sys
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")

# These write requests, bodies or addresses when they are asked to speak.
_SILENT_BELOW_WARNING = ("mau", "aiohttp", "asyncio", "peewee")
# nio quotes events that it cannot read, aiohttp the visitor's address; what matters of either is logged by us.
_SILENT = ("nio", "aiohttp.access", "aiohttp.server")


class _WithRequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def set_up_logs() -> None:
    """One line an event on standard error, in UTC-free local form that journald stamps anyway."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_WithRequestId())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s [%(request_id)s] %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _SILENT_BELOW_WARNING:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
