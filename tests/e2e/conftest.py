"""The whole of it, running: Synapse, the application service and the portal as processes of their own, and Chromium."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright, expect

from appservice.embedded.demo import PLACES, SERVER_NAME
from appservice.embedded.installation import PORTS, Account, Installation
from appservice.embedded.process import ManagedProcess
from tests.databases import OF_THE_WHOLE
from tests.e2e.agent_navigator import Agent
from tests.e2e.browsers import launch_chromium
from tests.e2e.guest_navigator import WITHIN_MS, GuestPage
from tests.ports import free_ports
from tests.waiting import until

expect.set_options(timeout=WITHIN_MS)

NewGuest = Callable[..., Awaitable[GuestPage]]
NewAgent = Callable[..., Awaitable[Agent]]


FIFTY = "corse"
_FIFTY_AGENTS = {
    "id": FIFTY,
    "name": "Plateforme de Corse",
    "competence": {"regions": ["94"]},
    "agents": [f"@agent_{FIFTY}_{number}:{SERVER_NAME}" for number in range(1, 51)],
}


class Running:
    """An installation whose processes run, and what it answers with."""

    def __init__(self, installation: Installation, accounts: list[Account], endpoints: dict[str, Any]) -> None:
        self.installation = installation
        self.accounts = accounts
        self.endpoints = endpoints

    def account(self, desk: str, number: int = 1) -> Account:
        return [account for account in self.accounts if desk in account.desks][number - 1]

    async def agent(self, desk: str = "guyancourt", number: int = 1, **options: Any) -> Agent:
        """An agent of the desk, logged in on a new device."""
        account = self.account(desk, number)
        return await Agent.log_in(self.endpoints["homeserver"], account.user_id, account.password, **options)

    def desk(self, desk: str) -> dict[str, Any]:
        return next(one for one in self.endpoints["desks"] if one["id"] == desk)


@pytest.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    directory = tmp_path_factory.mktemp("installation")
    installation = Installation(
        directory,
        free_ports(PORTS),
        SERVER_NAME,
        # Conversations that a test leaves behind must not fill the desk up for the next one.
        PLACES | {"desks": [*(desk | {"capacity": 200} for desk in PLACES["desks"]), _FIFTY_AGENTS]},
        # A neutral page on this machine: the tests reach no other.
        {"guest_portal": {"neutral_address": "http://127.0.0.1:9"}},
        database=OF_THE_WHOLE,
        durable=False,
    )
    async with AsyncExitStack() as stack:
        for process in installation.foundations.values():
            await stack.enter_async_context(process)
        accounts = await installation.accounts()
        await stack.enter_async_context(installation.appservice)
        await stack.enter_async_context(installation.portal)
        await stack.enter_async_context(installation.compliance_bot)
        yield Running(installation, accounts, await installation.endpoints(accounts))
    if keep := os.environ.get("KEEP_LOGS"):
        shutil.copytree(directory, Path(keep), dirs_exist_ok=True)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch_chromium(playwright)
        yield browser
        await browser.close()


@pytest.fixture
async def new_guest(running: Running, browser: Browser) -> AsyncIterator[NewGuest]:
    """Visits the page, once a call; what is still open at the end of the test is closed."""
    async with AsyncExitStack() as stack:

        async def visit(**options: Any) -> GuestPage:
            guest = await GuestPage.visit(browser, running.endpoints["portal"], **options)
            stack.push_async_callback(guest.leaves)
            return guest

        yield visit


@pytest.fixture
async def new_agent(running: Running) -> AsyncIterator[NewAgent]:
    """Logs an agent of a desk in on a new device, once a call, and out at the end of the test."""
    async with AsyncExitStack() as stack:

        async def log_in(desk: str = "guyancourt", number: int = 1, **options: Any) -> Agent:
            agent = await running.agent(desk, number, **options)
            stack.push_async_callback(agent.log_out)
            return agent

        yield log_in


async def announced_to(running: Running, agent: Agent, guest: GuestPage, desk: str = "guyancourt") -> str:
    """Waits until the agent reads the guest's announcement in its desk room; where its link leads."""
    desk_room = running.desk(desk)["desk_room_id"]

    async def is_announced() -> bool:
        return any(f"matrix.to/#/{guest.room}?" in (line.html or "") for line in await agent.reads(desk_room))

    await until(is_announced)
    return guest.room


async def claimed_by(running: Running, agent: Agent, guest: GuestPage) -> str:
    """The agent follows the announcement's link, and the page shows it; the room."""
    room = await announced_to(running, agent, guest)
    await agent.join(room)
    await guest.is_in_state("connected")
    return room


async def conversation_of(
    running: Running, new_guest: NewGuest, new_agent: NewAgent, messages: int = 3
) -> tuple[GuestPage, Agent, str]:
    """A guest and an agent who have said something to each other; the room."""
    agent = await new_agent()
    guest = await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    texts = [f"Message {number}" for number in range(messages)]
    await guest.types(*texts)
    await agent.says(room, "Je vous lis")
    await agent.sees(room, *texts)
    await guest.sees("Je vous lis")
    return guest, agent, room


@asynccontextmanager
async def away(process: ManagedProcess) -> AsyncIterator[None]:
    """The process is killed, and started again at the end."""
    await process.kill()
    try:
        yield
    finally:
        await process.start()
