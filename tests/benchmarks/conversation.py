"""How long a conversation's moments take, on this machine, now: `make bench-conversation`. Figures, not assertions."""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from appservice.embedded.demo import PLACES, SERVER_NAME
from appservice.embedded.installation import PORTS, Installation
from tests.e2e.agent_navigator import Agent
from tests.e2e.browsers import launch_chromium
from tests.e2e.conftest import Running, announced_to
from tests.e2e.guest_navigator import GuestPage
from tests.e2e.residue import ciphertexts_of, rows_about
from tests.ports import free_ports
from tests.waiting import until

RESULTS = Path(__file__).parent / "results" / "conversation.json"
CONVERSATIONS = 3
MESSAGES = 20
AT_THE_EXIT = 50


@asynccontextmanager
async def everything_running() -> AsyncIterator[tuple[Running, Browser]]:
    with tempfile.TemporaryDirectory() as directory:
        neutral = {"guest_portal": {"neutral_address": "http://127.0.0.1:9"}}
        installation = Installation(Path(directory), free_ports(PORTS), SERVER_NAME, PLACES, neutral)
        async with AsyncExitStack() as stack:
            for process in installation.foundations.values():
                await stack.enter_async_context(process)
            accounts = await installation.accounts()
            await stack.enter_async_context(installation.appservice)
            await stack.enter_async_context(installation.portal)
            playwright = await stack.enter_async_context(async_playwright())
            browser = await launch_chromium(playwright)
            yield Running(installation, accounts, await installation.endpoints(accounts)), browser
            await browser.close()


class Figures:
    """Milliseconds by what was measured."""

    def __init__(self) -> None:
        self._taken: dict[str, list[float]] = {}

    @asynccontextmanager
    async def timed(self, what: str) -> AsyncIterator[None]:
        before = time.perf_counter()
        yield
        self.note(what, (time.perf_counter() - before) * 1000)

    def note(self, what: str, milliseconds: float) -> None:
        self._taken.setdefault(what, []).append(milliseconds)

    def medians(self) -> dict[str, float]:
        return {what: round(statistics.median(times), 1) for what, times in self._taken.items()}


async def converse(running: Running, browser: Browser, agent: Agent, figures: Figures) -> None:
    guest = await GuestPage.visit(browser, running.endpoints["portal"])
    async with figures.timed("start → waiting, agents know"):
        await guest.opens()
    room = await announced_to(running, agent, guest)
    async with figures.timed("agent's join → connected"):
        await agent.join(room)
        await guest.is_in_state("connected")
    said: list[str] = []
    answered: list[str] = []
    for number in range(MESSAGES):
        first = "first message " if number == 0 else "message "
        said.append(f"Message {number}")
        async with figures.timed(first + "guest → agent"):
            await guest.types(said[-1])
            await agent.sees(room, *said)
        answered.append(f"Réponse {number}")
        async with figures.timed(first + "agent → guest"):
            await agent.says(room, answered[-1])
            await guest.sees(*answered)
    more = [f"Encore {number}" for number in range(AT_THE_EXIT - 2 * MESSAGES)]
    await guest.types(*more)
    await agent.sees(room, *said, *more)
    await leave(running, guest, agent, room, figures)


async def leave(running: Running, guest: GuestPage, agent: Agent, room: str, figures: Figures) -> None:
    database = running.endpoints["databases"]["synapse"]
    async with figures.timed("exit → room purged"):
        async with figures.timed("exit → no ciphertext in the database"):
            async with figures.timed(f"exit → {AT_THE_EXIT} messages off the agent's screen"):
                figures.note("exit → page blank", await guest.presses_exit_and_times_it())
                await agent.sees_no_words(room)
            await until(lambda: ciphertexts_of(database, room) == 0)
        await until(lambda: "rooms" not in rows_about(database, room))
    await guest.leaves()


async def main() -> None:
    figures = Figures()
    async with everything_running() as (running, browser):
        agent = await running.agent()
        for _ in range(CONVERSATIONS):
            await converse(running, browser, agent, figures)
        await agent.log_out()
    medians = figures.medians()
    width = max(map(len, medians))
    print(f"Medians of {CONVERSATIONS} conversations, in milliseconds\n")
    for what, median in medians.items():
        print(f"  {what:<{width}}  {median:8.1f}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(medians, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    asyncio.run(main())
