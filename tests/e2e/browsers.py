"""Debian's Chromium, driven by Playwright."""

import shutil

from playwright.async_api import Browser, Playwright

ARGUMENTS = (
    "--no-sandbox",  # the tests may run as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


async def launch_chromium(playwright: Playwright) -> Browser:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is needed: apt-get install chromium"
    return await playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS])
