"""Where a day takes place: three desks with agents, on an installation of its own; a minute lasts some seconds."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from appservice.config import load_registration
from appservice.embedded.demo import SERVER_NAME
from appservice.embedded.installation import PORTS, Account, DatabaseKind, Installation
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from tests.day.guests import Guests
from tests.e2e.agent_navigator import Agent
from tests.e2e.stack import NO_BRAKE
from tests.ports import free_ports
from tests.synapse.clients import Client

POSTAL_CODES = {"guyancourt": "78280", "rennes": "35000", "national": "97400"}
"""Of each desk, one that leads there."""

_NAMES = {
    "guyancourt": "Plateforme de Guyancourt",
    "rennes": "Plateforme de Rennes",
    "national": "Plateforme nationale",
}
_COMPETENCE: dict[str, dict[str, Any]] = {
    "guyancourt": {"regions": ["11"]},
    "rennes": {"regions": ["53"]},
    "national": {"everywhere": True},
}
_CAPACITY = 3
# What takes minutes takes seconds: it is the service's own clock that goes, and the service itself that acts.
_RULES = {
    "repeat_after": "6 s",
    "overflow_after": "15 s",
    "agent_silent_for": "20 s",
    "agent_answers_within": "10 s",
    "pause_after_hard": "15 s",
}


@dataclass(frozen=True)
class Setting:
    """What a day takes place in. `desks`: the rooms of each, by its id."""

    homeserver: str
    desks: dict[str, dict[str, str]]
    agents: dict[str, list[Agent]]
    guests: Guests
    stores: SqlStores
    database: Database
    warden: Client


def _places(agents: int) -> dict[str, Any]:
    shares = {desk: agents // 3 + (number < agents % 3) for number, desk in enumerate(POSTAL_CODES)}
    return {
        "territory": {"default_force": {}},
        "desks": [
            {
                "id": desk,
                "name": _NAMES[desk],
                "kind": "regional",
                "force": "none",
                "competence": _COMPETENCE[desk],
                "capacity": _CAPACITY,
                "agents": [f"@agent_{desk}_{number}:{SERVER_NAME}" for number in range(1, shares[desk] + 1)],
            }
            for desk in POSTAL_CODES
        ],
        "desk_of_last_resort": "national",
        "supervision": {"leaders": [f"@leader:{SERVER_NAME}"]},
        "day": _RULES,
    }


@asynccontextmanager
async def set_up(agents: int, database: DatabaseKind = DatabaseKind.SQLITE) -> AsyncIterator[Setting]:
    """Everything runs, and every agent is logged in, while the context lasts. At least three agents."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="day-"))
        installation = Installation(
            Path(directory),
            free_ports(PORTS),
            SERVER_NAME,
            _places(agents),
            {"guest_portal": {"neutral_address": "http://127.0.0.1:9"} | NO_BRAKE},
            database=database,
            durable=False,
        )
        for process in installation.foundations.values():
            await stack.enter_async_context(process)
        accounts = await installation.accounts()
        await stack.enter_async_context(installation.appservice)
        await stack.enter_async_context(installation.portal)
        endpoints = await installation.endpoints(accounts)
        service = Database(installation.settings.appservice.database)
        await service.start()
        stack.push_async_callback(service.stop)
        http = await stack.enter_async_context(aiohttp.ClientSession(installation.homeserver_address))
        guests = Guests()
        await stack.enter_async_context(guests.running(endpoints["portal"]))
        yield Setting(
            installation.homeserver_address,
            {desk["id"]: desk for desk in endpoints["desks"]},
            await _logged_in(stack, installation.homeserver_address, accounts),
            guests,
            SqlStores(service),
            service,
            Client(http, load_registration(installation.settings.appservice.registration).as_token),
        )


async def _logged_in(stack: AsyncExitStack, homeserver: str, accounts: list[Account]) -> dict[str, list[Agent]]:
    agents: dict[str, list[Agent]] = {desk: [] for desk in POSTAL_CODES}
    for account in accounts:
        for desk in set(account.desks) & agents.keys():
            agent = await Agent.log_in(homeserver, account.user_id, account.password)
            stack.push_async_callback(agent.close)
            agents[desk].append(agent)
    return agents
