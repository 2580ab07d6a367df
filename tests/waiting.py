"""Waiting for a condition, never for a time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from datetime import timedelta

SOON = timedelta(seconds=30)
"""A bound for what comes in a moment on an idle machine, while everything else is tested beside it. No promise: where a
time is promised, the test names it."""

_LOOK_EVERY_SECONDS = 0.02


async def until(condition: Callable[[], bool | Awaitable[bool]], within: timedelta = SOON, what: str = "") -> None:
    """Returns as soon as `condition` holds. Raises `AssertionError` if it does not `within` that time."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            while not await _holds(condition):  # noqa: ASYNC110 what is waited for is often another process's doing
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
    except TimeoutError:
        raise AssertionError(f"not within {within}: {what or inspect.getsource(condition).strip()}") from None


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    outcome = condition()
    return await outcome if inspect.isawaitable(outcome) else outcome
