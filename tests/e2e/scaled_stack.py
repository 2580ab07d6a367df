"""The scaled installation, running, with agents of one desk who sync all along, through nginx."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from appservice.embedded.demo import SERVER_NAME
from appservice.embedded.installation import Account
from appservice.embedded.process import ManagedProcess
from appservice.embedded.scaled import SCALED_PORTS, ScaledInstallation
from tests.e2e.plain import POSTAL_CODE, Plain, PlainAgent
from tests.e2e.relayed import RelayedGuest
from tests.e2e.residue import graves_of, rows_about
from tests.e2e.stack import DESK, places_with
from tests.ports import free_ports


class ScaledStack:
    def __init__(self, installation: ScaledInstallation, accounts: list[Account], http: aiohttp.ClientSession) -> None:
        self.installation = installation
        self.accounts = accounts
        self.http = http
        self.plain = Plain(installation, http)
        self.agents: list[PlainAgent] = []

    @property
    def service_database(self) -> str:
        return self.installation.settings.appservice.database

    @property
    def homeserver_database(self) -> str:
        assert self.installation.postgres is not None
        return self.installation.postgres.url("synapse")

    async def guest(self) -> RelayedGuest:
        return await RelayedGuest.opens(self.http, self.installation.portal_address, POSTAL_CODE)

    def is_erased(self, room: str) -> bool:
        """Purged and verified, once, and nothing of it in the homeserver's database."""
        return len(graves_of(self.service_database, room)) == 1 and not rows_about(self.homeserver_database, room)

    async def active_service(self) -> ManagedProcess:
        """The one of the two whose turn it is. Raises `AssertionError` unless exactly one says so."""
        active = []
        for process in (self.installation.appservice, self.installation.standby):
            async with self.http.get(f"http://127.0.0.1:{process.command.port}/metrics") as answer:
                if "veilleuse_active 1.0" in await answer.text():
                    active.append(process)
        assert len(active) == 1, f"{len(active)} are active"
        return active[0]


@asynccontextmanager
async def running_scaled_stack(
    directory: Path,
    agents: int,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    kind: type[PlainAgent] = PlainAgent,
) -> AsyncIterator[ScaledStack]:
    """With so many agents of this kind at the desk, who hold as many conversations as come."""
    places = places_with(agents)
    installation = ScaledInstallation(directory, free_ports(SCALED_PORTS), SERVER_NAME, places, changes, durable=False)
    async with AsyncExitStack() as running:
        for process in installation.foundations.values():
            await running.enter_async_context(process)
        accounts = await installation.accounts()
        for process in installation.services.values():
            await running.enter_async_context(process)
        connector = aiohttp.TCPConnector(limit=0)
        http = await running.enter_async_context(
            aiohttp.ClientSession(installation.homeserver_address, connector=connector)
        )
        stack = ScaledStack(installation, [account for account in accounts if DESK in account.desks], http)
        for account in stack.accounts:
            stack.agents.append(await running.enter_async_context(stack.plain.agent(account, kind)))
        yield stack
