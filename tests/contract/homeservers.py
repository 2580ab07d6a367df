"""A homeserver with the service's ports before it, and agents and guests who act on it: a fake, and a real Synapse."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from appservice.config import load_registration
from appservice.domain.desk_plan import Blueprint, Trait
from appservice.domain.ids import RoomId, UserId
from appservice.embedded.demo import PLACES, SERVER_NAME
from appservice.embedded.installation import PORTS, Installation
from appservice.embedded.synapse import register_account
from appservice.erasure_port import Inventory
from appservice.matrix.desks import MatrixDesks
from appservice.matrix.guests import MatrixGuests
from appservice.matrix.requests import CLIENT, Requests, segment
from appservice.matrix.rooms import MatrixRooms
from appservice.matrix.shells import PolicyModule
from appservice.matrix.transactions import InboxAppService
from appservice.ports import DeskSpaces, Guests, Shells, SignalementRooms
from appservice.usecases.agent_away import SignsOfLife
from appservice.world import SystemClock
from tests.ciphertext import megolm
from tests.databases import OF_THE_WHOLE
from tests.fakes.erasure import FakeInventory
from tests.fakes.homeserver import FakeHomeserver
from tests.fakes.stores import FakeInbox
from tests.ports import free_ports

PASSWORD = "known to the test alone"


class People(Protocol):
    """Who acts on a homeserver; each method tells whether the homeserver allowed it."""

    async def agent(self) -> UserId: ...
    async def guest_takes_its_place(self, room: RoomId, guest: UserId) -> None: ...
    async def joins(self, room: RoomId, agent: UserId) -> bool: ...
    async def says(self, room: RoomId, agent: UserId) -> bool: ...
    async def syncs(self, agent: UserId) -> None:
        """As a client does: what comes with one sync is acknowledged by the next."""

    async def spoils(self, room: RoomId, blueprint: Blueprint, trait: Trait) -> None:
        """As a hand with the warden's power might."""


@dataclass
class Homeserver:
    guests: Guests
    rooms: SignalementRooms
    shells: Shells
    spaces: DeskSpaces
    people: People
    inventory: Inventory


class FakePeople:
    def __init__(self, homeserver: FakeHomeserver) -> None:
        self._homeserver = homeserver
        self._numbers = count(1)

    async def agent(self) -> UserId:
        return UserId(f"@agent{next(self._numbers)}:fake")

    async def guest_takes_its_place(self, room: RoomId, guest: UserId) -> None:
        self._homeserver.rooms[room].join(guest)

    async def joins(self, room: RoomId, agent: UserId) -> bool:
        fake = self._homeserver.rooms[room]
        if fake.open_to is None or agent not in self._homeserver.rooms[fake.open_to].joined:
            return False
        fake.join(agent)
        return True

    async def says(self, room: RoomId, agent: UserId) -> bool:
        fake = self._homeserver.rooms[room]
        if not fake.may_write or agent not in fake.joined:
            return False
        fake.say("ciphertext")
        return True

    async def syncs(self, agent: UserId) -> None:
        for unsynced in (self._homeserver.awaited_devices, self._homeserver.absent_devices):
            for agents in unsynced.values():
                agents.discard(agent)

    async def spoils(self, room: RoomId, blueprint: Blueprint, trait: Trait) -> None:
        if trait is Trait.LISTED:
            assert blueprint.parent is not None
            self._homeserver.rooms[blueprint.parent].children.discard(room)
        else:
            self._homeserver.rooms[room].spoiled.add(trait)


# Other than it must be, yet allowed.
_SPOILED: dict[Trait, tuple[str, dict[str, Any]]] = {
    Trait.NAME: ("m.room.name", {"name": "Somebody's own"}),
    Trait.JOIN_RULE: ("m.room.join_rules", {"join_rule": "public"}),
    Trait.HISTORY: ("m.room.history_visibility", {"history_visibility": "world_readable"}),
    Trait.GUEST_ACCESS: ("m.room.guest_access", {"guest_access": "can_join"}),
    Trait.ENCRYPTION: ("m.room.encryption", {"algorithm": "none"}),
    Trait.POWERS: ("m.room.power_levels", {"users_default": 50}),
}


@dataclass
class _Client:
    headers: dict[str, str]
    since: str | None = None
    numbers: "count[int]" = field(default_factory=lambda: count(1))


class RealPeople:
    def __init__(self, installation: Installation, requests: Requests, session: aiohttp.ClientSession) -> None:
        self._installation = installation
        self._requests = requests
        self._session = session
        self._clients: dict[UserId, _Client] = {}
        self._numbers = count(1)

    async def agent(self) -> UserId:
        configuration = self._installation.synapse.configuration
        agent = await register_account(configuration, f"agent{next(self._numbers)}", PASSWORD)
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": agent},
            "password": PASSWORD,
        }
        status, body = await self._ask("POST", "login", login, {})
        assert status == 200, body
        self._clients[agent] = _Client({"Authorization": f"Bearer {body['access_token']}"})
        await self.syncs(agent)
        return agent

    async def guest_takes_its_place(self, room: RoomId, guest: UserId) -> None:
        await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/join", acting_as=guest)

    async def joins(self, room: RoomId, agent: UserId) -> bool:
        return (await self._as(agent, "POST", f"join/{segment(room)}", {}))[0] == 200

    async def says(self, room: RoomId, agent: UserId) -> bool:
        path = f"rooms/{segment(room)}/send/m.room.encrypted/{next(self._clients[agent].numbers)}"
        return (await self._as(agent, "PUT", path, megolm("ciphertext")))[0] == 200

    async def syncs(self, agent: UserId) -> None:
        client = self._clients[agent]
        for _ in range(2):
            since = f"?since={client.since}" if client.since else ""
            _, body = await self._as(agent, "GET", f"sync{since}", None)
            client.since = body["next_batch"]

    async def spoils(self, room: RoomId, blueprint: Blueprint, trait: Trait) -> None:
        if trait is Trait.LISTED:
            path = f"{CLIENT}/rooms/{segment(str(blueprint.parent))}/state/m.space.child/{segment(room)}"
            await self._requests("PUT", path, {})
        else:
            kind, content = _SPOILED[trait]
            await self._requests("PUT", f"{CLIENT}/rooms/{segment(room)}/state/{kind}/", content)

    async def _as(self, agent: UserId, method: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
        return await self._ask(method, path, body, self._clients[agent].headers)

    async def _ask(self, method: str, path: str, body: object, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        url = f"{self._installation.homeserver_address}/{CLIENT}/{path}"
        async with self._session.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()


def fake_homeserver() -> Homeserver:
    fake = FakeHomeserver()
    return Homeserver(fake, fake, fake, fake, FakePeople(fake), FakeInventory(fake))


@asynccontextmanager
async def real_homeserver(directory: Path) -> AsyncIterator[Homeserver]:
    installation = Installation(directory, free_ports(PORTS), SERVER_NAME, PLACES, database=OF_THE_WHOLE, durable=False)
    settings = installation.settings.appservice
    appservice = InboxAppService(
        installation.homeserver_address,
        SERVER_NAME,
        load_registration(settings.registration),
        FakeInbox(),
        SignsOfLife(SystemClock()),
    )
    async with AsyncExitStack() as stack:
        for process in installation.foundations.values():
            await stack.enter_async_context(process)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await appservice.start(settings.listen.host, settings.listen.port)
        requests = Requests(appservice)
        module = PolicyModule(requests)
        await module.check()
        spaces = MatrixDesks(requests, module, SERVER_NAME)
        await spaces.introduce_warden()
        yield Homeserver(
            MatrixGuests(requests, SERVER_NAME),
            MatrixRooms(requests, module, SERVER_NAME),
            module,
            spaces,
            RealPeople(installation, requests, session),
            module,
        )
        await appservice.stop()
