"""The whole of it, running: Synapse, the application service and the portal as processes of their own, and Chromium."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from appservice.embedded.demo import PLACES, SERVER_NAME
from appservice.embedded.installation import Account, Installation
from tests.e2e.agent_navigator import Agent
from tests.e2e.browsers import launch_chromium
from tests.e2e.guest_navigator import GuestPage
from tests.ports import free_ports
from tests.waiting import until

NewGuest = Callable[..., Awaitable[GuestPage]]
NewAgent = Callable[..., Awaitable[Agent]]


class Running:
    """An installation whose processes run, and what it answers with."""

    def __init__(self, installation: Installation, accounts: list[Account], endpoints: dict[str, Any]) -> None:
        self.installation = installation
        self.accounts = accounts
        self.endpoints = endpoints

    def account(self, desk: str, number: int = 1) -> Account:
        return [account for account in self.accounts if desk in account.desks][number - 1]

    def desk(self, desk: str) -> dict[str, Any]:
        return next(one for one in self.endpoints["desks"] if one["id"] == desk)


@pytest.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    directory = tmp_path_factory.mktemp("installation")
    installation = Installation(
        directory,
        free_ports(3),
        SERVER_NAME,
        PLACES,
        # A neutral page on this machine: the tests reach no other.
        {"guest_portal": {"neutral_address": "http://127.0.0.1:9"}},
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(installation.synapse)
        accounts = await installation.accounts()
        await stack.enter_async_context(installation.appservice)
        await stack.enter_async_context(installation.portal)
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
            account = running.account(desk, number)
            agent = await Agent.log_in(running.endpoints["homeserver"], account.user_id, account.password, **options)
            stack.push_async_callback(agent.log_out)
            return agent

        yield log_in


async def announced_to(running: Running, agent: Agent, guest: GuestPage, desk: str = "guyancourt") -> str:
    """Waits until the agent reads the guest's announcement in its desk room; the room that its link leads to."""
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
