"""Work that ends when it is told to."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


async def unless_stopped(work: Coroutine[Any, Any, Result], *stopped: asyncio.Event) -> Result | None:
    """What `work` returns or raises; None if one of `stopped` is set before it ends: then it has been cancelled."""
    working = asyncio.create_task(work)
    stopping = [asyncio.create_task(each.wait()) for each in stopped]
    try:
        await asyncio.wait((working, *stopping), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        for waiting in stopping:
            waiting.cancel()
        await asyncio.gather(working, *stopping, return_exceptions=True)
