"""How soon the page is of use on an old phone and a slow link: `make bench-page`. Figures, not assertions.

Emulated by Chromium, the processor six times slower than this machine's, on two links: slow 4G as Lighthouse defines it
(1.6 Mbit/s down, 0.75 up, 150 ms there and back), and the harsher setting of that name in Chromium's developer tools
(1.44 Mbit/s down, 0.675 up, 562 ms for each request).

Two people: one presses *start* the moment it can be pressed, one reads for ten seconds before.
"""

import asyncio
import json
import statistics
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession, Page

from tests.benchmarks.conversation import everything_running
from tests.e2e.conftest import Running
from tests.e2e.guest_navigator import GuestPage

RESULTS = Path(__file__).parent / "results" / "page.json"
VISITS = 3
LINKS = {
    "slow 4G": {"latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8},
    "slow 4G of the developer tools": {
        "latency": 150 * 3.75,
        "downloadThroughput": 0.9 * 1.6e6 / 8,
        "uploadThroughput": 0.9 * 0.75e6 / 8,
    },
}
SLOWER = 6
READS_FOR_SECONDS = 10

PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
USABLE = "() => document.querySelector('[data-testid=start]')?.disabled === false && performance.now()"
NOW = "() => performance.now()"


class Wire:
    """Counts requests and bytes as they came over the wire."""

    def __init__(self, session: CDPSession) -> None:
        self.requests = 0
        self.bytes = 0
        session.on("Network.loadingFinished", self._note)

    def _note(self, finished: dict[str, Any]) -> None:
        self.requests += 1
        self.bytes += int(finished["encodedDataLength"])


async def visit(running: Running, browser: Browser, link: dict[str, float], reads: bool) -> dict[str, float]:
    context = await browser.new_context(viewport={"width": 360, "height": 740}, locale="fr-FR")
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", {"offline": False} | link)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    wire, guest = Wire(session), GuestPage(context, page)
    engine = asyncio.ensure_future(page.wait_for_event("requestfinished", lambda one: one.url.endswith(".wasm")))
    await page.goto(running.endpoints["portal"])
    figures = {
        "form painted (ms)": await _told(page, PAINTED),
        "form usable, script running (ms)": await _told(page, USABLE),
        "first view: requests": wire.requests,
        "first view: bytes": wire.bytes,
    }
    if reads:
        await asyncio.sleep(READS_FOR_SECONDS)
        figures = {}
    pressed = await _told(page, NOW)
    await guest.opens()
    ready = await _told(page, NOW)
    await engine
    if reads:
        figures[f"read for {READS_FOR_SECONDS} s, start pressed → ready to write (ms)"] = ready - pressed
    else:
        figures["with encryption: bytes"] = wire.bytes
        figures["visit → ready to write, pressed at once (ms)"] = ready
    await context.close()
    return figures


async def _told(page: Page, what: str) -> float:
    return float(await (await page.wait_for_function(what)).json_value())


async def main() -> None:
    results: dict[str, dict[str, int]] = {}
    async with everything_running() as (running, browser):
        for name, link in LINKS.items():
            visits = [
                await visit(running, browser, link, reads=False) | await visit(running, browser, link, reads=True)
                for _ in range(VISITS)
            ]
            results[name] = {what: round(statistics.median(one[what] for one in visits)) for what in visits[0]}
    width = max(len(what) for figures in results.values() for what in figures)
    print(f"Medians of {VISITS} visits, processor {SLOWER} times slower")
    for name, figures in results.items():
        print(f"\n{name}\n")
        for what, median in figures.items():
            print(f"  {what:<{width}}  {median:8}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    asyncio.run(main())
