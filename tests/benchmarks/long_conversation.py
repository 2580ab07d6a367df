"""What ten thousand messages do to the page, in Chromium: `make bench-long`. Figures, not assertions.

A person writes them while waiting, as fast as the page takes them; then an agent comes, reads the first, and answers.
How long the page takes for a message at the beginning and at the end, what is in the document and in memory, how long a
step through the conversation takes, and the exit.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from tests.benchmarks.conversation import everything_running
from tests.e2e.conftest import Running, announced_to
from tests.e2e.guest_navigator import GuestPage

RESULTS = Path(__file__).parent / "results" / "long_conversation.json"
MESSAGES = 10_000
PART = 500

# Writes so many messages, as somebody who presses Enter, and lets the page paint after each tenth: milliseconds each.
WRITE = """
async ({ from, count }) => {
  const field = document.querySelector('[data-testid=composer]'), form = field.form;
  const before = performance.now();
  for (let number = from; number < from + count; number += 1) {
    field.value = `Message ${number}, assez long pour tenir sur deux lignes d’un téléphone étroit, comme on en écrit.`;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    form.requestSubmit();
    if (number % 10 === 0) await new Promise(requestAnimationFrame);
  }
  return (performance.now() - before) / count;
}
"""
# Shows earlier messages, and scrolls to the top: milliseconds until it is painted.
EARLIER = """
async () => {
  const scroll = document.querySelector('[data-testid=scroll]');
  const before = performance.now();
  document.querySelector('[data-testid=earlier]').click();
  scroll.scrollTop = 0;
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - before;
}
"""
ELEMENTS = "() => document.querySelectorAll('*').length"
SHOWN = "() => document.querySelectorAll('[data-testid=message]').length"


async def measure(running: Running, browser: Browser) -> dict[str, float]:
    agent = await running.agent()
    guest = await GuestPage.visit(browser, running.endpoints["portal"], width=360, height=740)
    page, session = guest.page, await guest.context.new_cdp_session(guest.page)

    async def memory() -> float:
        await session.send("HeapProfiler.collectGarbage")
        usage: dict[str, Any] = await session.send("Runtime.getHeapUsage")
        return round(float(usage["usedSize"]) / 1e6, 1)

    await guest.opens()
    figures: dict[str, float] = {"memory before (MB)": await memory()}
    each = [await page.evaluate(WRITE, {"from": n, "count": PART}) for n in range(0, MESSAGES, PART)]
    figures["a message, the first 500 (ms each)"] = round(each[0], 2)
    figures[f"a message, the last 500 of {MESSAGES} (ms each)"] = round(each[-1], 2)
    figures["messages in the document"] = await page.evaluate(SHOWN)
    figures["elements in the document"] = await page.evaluate(ELEMENTS)
    figures["memory (MB)"] = await memory()
    steps = [await page.evaluate(EARLIER) for _ in range(5)]
    figures["earlier messages, 200 at a time (ms, the slowest of 5)"] = round(max(steps), 1)
    room = await announced_to(running, agent, guest)
    await agent.join(room)
    await guest.is_in_state("connected")
    await agent.says(room, "Je vous lis")
    before = await page.evaluate("() => performance.now()")
    await page.get_by_text("Je vous lis").wait_for(state="attached")
    figures["an answer, from when it was sent (ms)"] = round(await page.evaluate("() => performance.now()") - before)
    figures["the exit, page blank (ms)"] = round(await guest.presses_exit_and_times_it(), 1)
    await agent.log_out()
    return figures


async def main() -> None:
    async with everything_running() as (running, browser):
        figures = await measure(running, browser)
    width = max(map(len, figures))
    print(f"A conversation of {MESSAGES} messages, on a screen of a phone's size\n")
    for what, figure in figures.items():
        print(f"  {what:<{width}}  {figure:8}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    asyncio.run(main())
