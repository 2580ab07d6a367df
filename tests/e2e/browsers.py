"""Debian's Chromium, driven by Playwright."""

import shutil

from playwright.async_api import Browser, Playwright

ARGUMENTS = (
    "--no-sandbox",  # the tests may run as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


async def launch_chromium(playwright: Playwright, *, keeps_pages: bool = False) -> Browser:
    """`keeps_pages`: in memory, for *Back* and *Forward* (bfcache), as a person's does and Playwright's does not.

    *Back* is then over when the page is there (`wait_until="commit"`): nothing is loaded.
    """
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is needed: apt-get install chromium"
    unlike_persons = ["--disable-back-forward-cache"] if keeps_pages else None
    return await playwright.chromium.launch(
        executable_path=chromium, args=[*ARGUMENTS], ignore_default_args=unlike_persons
    )
