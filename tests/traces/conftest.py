"""The running stack of the end-to-end tests, and a Chromium whose profile is a directory on disk, as a person's is."""

import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Playwright, async_playwright

from tests.e2e.browsers import ARGUMENTS
from tests.e2e.conftest import browser, new_agent, new_guest, running
from tests.waiting import until

__all__ = ["browser", "new_agent", "new_guest", "running"]


class Device:
    """A browser on somebody's device, and all that it writes there."""

    def __init__(self, playwright: Playwright, profile: Path) -> None:
        self._playwright = playwright
        self.profile = profile

    @asynccontextmanager
    async def browser(self, *more_arguments: str) -> AsyncIterator[BrowserContext]:
        """Open while the context lasts; the next one has the same profile."""
        chromium = shutil.which("chromium")
        assert chromium, "Chromium is needed: apt-get install chromium"
        context = await self._playwright.chromium.launch_persistent_context(
            self.profile, executable_path=chromium, args=[*ARGUMENTS, *more_arguments], locale="fr-FR"
        )
        try:
            yield context
        finally:
            if self.processes():
                await context.close()
            await until(lambda: not self.processes(), what="the browser has ended and written all")

    async def crashes(self) -> None:
        """The browser, with all its processes, is gone from one moment to the next."""
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        await until(lambda: not self.processes())

    def processes(self) -> list[int]:
        """Of this profile only."""
        mark = f"--user-data-dir={self.profile}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and mark in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
        return found


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with async_playwright() as playwright:
        yield Device(playwright, tmp_path / "profile")
