"""Everything running, without a browser, with agents of one desk who sync all along: for tests and benchmarks."""

import copy
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp

from appservice.domain.erasure import room_hash
from appservice.embedded.demo import PLACES, SERVER_NAME
from appservice.embedded.installation import PORTS, Account, Installation
from appservice.embedded.process import ManagedProcess
from tests.e2e.plain import Conversation, Plain, PlainAgent
from tests.ports import free_ports

DESK = "guyancourt"
_AS_MANY_AS_COME = 1000

NO_BRAKE = {"entry": dict.fromkeys(("from_one_source", "for_one_department", "in_all"), 1_000_000)}
"""Of the portal's settings: all come from one address, and that is not what is looked at."""


class Stack:
    def __init__(
        self, installation: Installation, accounts: list[Account], http: aiohttp.ClientSession, agents: list[PlainAgent]
    ) -> None:
        self.installation = installation
        self.accounts = accounts
        self.http = http
        self.plain = Plain(installation, http)
        self.agents = agents

    @property
    def agent(self) -> PlainAgent:
        return self.agents[0]

    @property
    def service_database(self) -> Path:
        return Path(self.installation.settings.appservice.database.removeprefix("sqlite:///"))

    @property
    def homeserver_database(self) -> Path:
        return self.installation.synapse.configuration.database_path

    def tombstones(self) -> dict[str, dict[str, int]]:
        """By room hash, the rows that were left when the erasure was verified."""
        rows = look(self.service_database, "SELECT room_hash, residue FROM tombstone")
        return {name: json.loads(residue) for name, residue in rows}

    def is_erased(self, conversation: Conversation) -> bool:
        """Purged and verified, and nothing of it in the service's own rows."""
        proved = self.tombstones().get(room_hash(conversation.room)) == {}  # type: ignore[arg-type]  # a RoomId to us
        return proved and not self.has_row(conversation) and not self.has_room(conversation)

    def has_row(self, conversation: Conversation) -> bool:
        return bool(look(self.service_database, "SELECT 1 FROM signalement WHERE room_id = ?", conversation.room))

    def has_room(self, conversation: Conversation) -> bool:
        return bool(look(self.homeserver_database, "SELECT 1 FROM rooms WHERE room_id = ?", conversation.room))

    @asynccontextmanager
    async def service_started_as(self, *program: str) -> AsyncIterator[ManagedProcess]:
        """Instead of the service as it is, which is started again at the end."""
        usual = self.installation.appservice
        await usual.stop()
        other = ManagedProcess(replace(usual.command, argv=(sys.executable, "-m", *program)))
        try:
            async with other:
                yield other
        finally:
            await usual.start()


def places_with(agents: int) -> dict[str, Any]:
    """Of the demo's desks, the last resort, and one with so many agents, who hold as many conversations as come."""
    places = copy.deepcopy(PLACES)
    places["desks"] = [one for one in places["desks"] if one["id"] in (DESK, places["desk_of_last_resort"])]
    desk = next(one for one in places["desks"] if one["id"] == DESK)
    desk["agents"] = [f"@agent_{DESK}_{number}:{SERVER_NAME}" for number in range(1, agents + 1)]
    desk["capacity"] = _AS_MANY_AS_COME
    return places


@asynccontextmanager
async def running_stack(directory: Path, agents: int) -> AsyncIterator[Stack]:
    """With so many agents at the desk, who hold as many conversations as come."""
    installation = Installation(directory, free_ports(PORTS), SERVER_NAME, places_with(agents))
    async with AsyncExitStack() as running:
        await running.enter_async_context(installation.synapse)
        accounts = await installation.accounts()
        await running.enter_async_context(installation.appservice)
        http = await running.enter_async_context(aiohttp.ClientSession(installation.homeserver_address))
        plain = Plain(installation, http)
        of_the_desk = [account for account in accounts if DESK in account.desks]
        present = [await running.enter_async_context(plain.agent(account)) for account in of_the_desk]
        yield Stack(installation, of_the_desk, http, present)


def look(database: Path, query: str, *values: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        return connection.execute(query, values).fetchall()
