"""The two sides of the comparison: Veilleuse, and a bare homeserver that does the same work for the same clients.

Both are Synapse of the same version with the same settings on this machine, each with a database of its own; the bare
one without the application service and without the policy module. Guests and agents are the same few lines of Matrix
client on both sides. On the bare side a guest asks the homeserver with its token; on the other one the portal, with its
sealed session. What they say passes for ciphertext, and is of the size that a short message of the page's has.
"""

import asyncio
import contextlib
import hashlib
import hmac
import secrets
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import aiohttp
from ruamel.yaml import YAML

from appservice.embedded.demo import SERVER_NAME
from appservice.embedded.installation import PORTS, Installation
from appservice.embedded.process import ManagedProcess
from appservice.embedded.synapse import Configuration, EmbeddedSynapse, register_account, write_configuration
from appservice.matrix.rooms import ENCRYPTION, ROOM_VERSION, power_levels
from guest_portal.relay import SYNC_FILTER
from tests.ciphertext import KEY
from tests.e2e.plain import POSTAL_CODE
from tests.e2e.stack import DESK, NO_BRAKE, places_with
from tests.ports import free_ports
from tests.synapse.clients import CLIENT, Client, Person, log_in
from tests.synapse.signed_keys import SignedKeys, keys_of
from tests.unit.guest_portal.conftest import solved
from tests.waiting import until

AGENTS = 20
CIPHERTEXT_CHARACTERS = 684
"""A short message, padded to 256 bytes, as Megolm makes it, in base64."""

_LONG_POLL = "30000"
_PATIENCE = timedelta(minutes=1)
T = TypeVar("T")
_PASSWORD = secrets.token_urlsafe(24)
_NO_HASTE = "12 h"


class Ear:
    """A client's long poll, all along; it tells when an event arrived."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.polls = 0
        """How many were answered."""
        self._since: str | None = None
        self._arrived: dict[str, float] = {}
        self._awaited: dict[str, asyncio.Future[float]] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Ear"]:
        polling = asyncio.create_task(self._poll())
        try:
            await until(lambda: self.polls > 0, _PATIENCE)
            yield self
        finally:
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling

    async def hears(self, event_id: str) -> float:
        """When it arrived, on the clock of `time.perf_counter`; waits for it."""
        if event_id not in self._arrived:
            self._awaited[event_id] = asyncio.get_running_loop().create_future()
            try:
                await self._awaited[event_id]
            finally:
                del self._awaited[event_id]
        return self._arrived.pop(event_id)

    async def _poll(self) -> None:
        while True:
            query = {"filter": SYNC_FILTER, "set_presence": "offline", "timeout": _LONG_POLL if self._since else "0"}
            if self._since is not None:
                query["since"] = self._since
            synced = await self.person.ask.ok("GET", f"{CLIENT}/sync", None, **query)
            at = time.perf_counter()
            for room in synced.get("rooms", {}).get("join", {}).values():
                for event in room["timeline"]["events"]:
                    if event["type"] == "m.room.encrypted":
                        self._note(event["event_id"], at)
            self._since = synced["next_batch"]
            self.polls += 1

    def _note(self, event_id: str, at: float) -> None:
        self._arrived[event_id] = at
        if (awaited := self._awaited.get(event_id)) is not None and not awaited.done():
            awaited.set_result(at)


async def said(speaker: Person, room: str) -> str:
    """Says something that passes for ciphertext. Its event id."""
    text = secrets.token_urlsafe((CIPHERTEXT_CHARACTERS * 3 // 4 - 80) * 3 // 4)  # what is around it has 80 bytes
    return await speaker.say(room, text, device_id=speaker.device_id, sender_key=KEY)


@dataclass(frozen=True, slots=True)
class Opened:
    """A guest that can be written to, and how long each part took: milliseconds."""

    guest: Person
    room: str
    parts: dict[str, float]

    @property
    def start_to_ready_ms(self) -> float:
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Talk:
    """A guest and an agent who may both write."""

    room: str
    guest: Person
    agent: Person


@dataclass
class Stopwatch:
    parts: dict[str, float] = field(default_factory=dict)

    async def times(self, what: str, work: Awaitable[T]) -> T:
        before = time.perf_counter()
        outcome = await work
        self.parts[what] = (time.perf_counter() - before) * 1000
        return outcome


class Side(Protocol):
    agents: list[Person]

    @property
    def processes(self) -> dict[str, int]:
        """Process ids by name."""

    async def opens(self) -> Opened:
        """From *start* to where agents may know; what the page itself computes is not counted."""

    async def claimed(self, opened: Opened, agent: Person) -> Talk:
        """The agent is in the room, and both may write."""


class BareHomeserver:
    """Somebody who stands in for the warden makes the rooms, with the same content."""

    def __init__(self, synapse: EmbeddedSynapse, http: aiohttp.ClientSession, people: list[Person]) -> None:
        self._synapse = synapse
        self._http = http
        self._warden, *self.agents = people

    @property
    def processes(self) -> dict[str, int]:
        assert self._synapse.pid is not None
        return {"homeserver": self._synapse.pid}

    async def opens(self) -> Opened:
        async with self._http.get("/_synapse/admin/v1/register") as answer:
            nonce = (await answer.json())["nonce"]
        watch = Stopwatch()
        guest = await watch.times("account", self._register(nonce))
        keys = keys_of(guest.user_id, guest.device_id)
        room = await watch.times("room", self._warden.create_room(**_room(guest.user_id)))
        await watch.times("keys", keys.upload(guest))
        await watch.times("join", guest.join(room))
        return Opened(guest, room, watch.parts)

    async def claimed(self, opened: Opened, agent: Person) -> Talk:
        await self._warden.ask("POST", f"{CLIENT}/rooms/{quote(opened.room)}/invite", {"user_id": agent.user_id})
        await agent.join(opened.room)  # again, if it was there before
        return Talk(opened.room, opened.guest, agent)

    async def _register(self, nonce: str) -> Person:
        name = f"guest-{secrets.token_hex(13)}"
        words = "\0".join((nonce, name, _PASSWORD, "notadmin")).encode()
        shared = self._synapse.configuration.registration_shared_secret.encode()
        mac = hmac.new(shared, words, hashlib.sha1).hexdigest()  # as Synapse prescribes
        body = {"nonce": nonce, "username": name, "displayname": "Victime", "password": _PASSWORD, "mac": mac}
        made = await Client(self._http, None).ok("POST", "/_synapse/admin/v1/register", body)
        return Person(made["user_id"], made["device_id"], Client(self._http, made["access_token"]))


class Veilleuse:
    def __init__(
        self,
        installation: Installation,
        portal: aiohttp.ClientSession,
        agents: list[Person],
    ) -> None:
        self.installation = installation
        self.portal = portal
        self.agents = agents

    @property
    def processes(self) -> dict[str, int]:
        known: dict[str, ManagedProcess] = {
            "homeserver": self.installation.synapse,
            "appservice": self.installation.appservice,
            "portal": self.installation.portal,
        }
        return {name: process.pid for name, process in known.items() if process.pid is not None}

    async def opens(self) -> Opened:
        ask = Client(self.portal, None)
        proof = solved((await ask("GET", "/challenge")).body)
        watch = Stopwatch()
        body = {"role": "victim", "postal_code": POSTAL_CODE, "proof": proof}
        opened = await watch.times("opening", ask("POST", "/open", body))
        assert opened.status == 201, opened
        told = opened.body
        guest = Person(told["user_id"], told["device_id"], Client(self.portal, told["session"]))
        keys: SignedKeys = keys_of(guest.user_id, guest.device_id)
        await watch.times("keys", keys.upload(guest))
        await watch.times("join", guest.ask.ok("POST", "/ready"))
        return Opened(guest, told["room_id"], watch.parts)

    async def claimed(self, opened: Opened, agent: Person) -> Talk:
        path = f"{CLIENT}/rooms/{quote(opened.room)}"

        async def may_write() -> bool:
            levels = await agent.ask("GET", f"{path}/state/m.room.power_levels")
            if levels.status != 200:  # not in it yet: nobody is let in before the desk is told
                await agent.ask("POST", f"{path}/join", {})
                return False
            return bool(levels.body["events"]["m.room.encrypted"] == 0)

        await until(may_write, _PATIENCE)
        return Talk(opened.room, opened.guest, agent)


@asynccontextmanager
async def both_sides(directory: Path) -> AsyncIterator[tuple[Veilleuse, BareHomeserver]]:
    async with AsyncExitStack() as stack:
        installation = _installation(directory / "veilleuse")
        for process in installation.foundations.values():
            await stack.enter_async_context(process)
        await installation.accounts()
        await stack.enter_async_context(installation.appservice)
        await stack.enter_async_context(installation.portal)
        configuration = _bare_configuration(directory / "bare", installation)
        synapse = await stack.enter_async_context(EmbeddedSynapse(configuration))
        ours = await stack.enter_async_context(_http(installation.homeserver_address))
        theirs = await stack.enter_async_context(_http(configuration.url))
        portal = await stack.enter_async_context(_http(installation.portal_address))
        accounts = [account for account in await installation.accounts() if DESK in account.desks]
        agents = [await log_in(ours, account.user_id, account.password) for account in accounts]
        people = []
        for name in ("warden", *(f"agent_{number}" for number in range(AGENTS))):
            user_id = await register_account(configuration, name, _PASSWORD, display_name=name)
            people.append(await log_in(theirs, user_id, _PASSWORD))
        yield Veilleuse(installation, portal, agents), BareHomeserver(synapse, theirs, people)


def _installation(directory: Path) -> Installation:
    """The demo's, with more agents at one desk, who are left alone with as many conversations as come."""
    places = places_with(AGENTS)
    places["day"] = dict.fromkeys(("repeat_after", "overflow_after", "agent_silent_for"), _NO_HASTE)
    changes = {"guest_portal": {"neutral_address": "http://127.0.0.1:9"} | NO_BRAKE}
    return Installation(directory, free_ports(PORTS), SERVER_NAME, places, changes)


def _bare_configuration(directory: Path, installation: Installation) -> Configuration:
    """The same settings, but for the module and the application service."""
    directory.mkdir()
    configuration = Configuration(
        directory=directory,
        server_name=SERVER_NAME,
        port=free_ports(1),
        registration=installation.settings.appservice.registration,
        registration_shared_secret=secrets.token_hex(),
        bcrypt_rounds=installation.synapse.configuration.bcrypt_rounds,
    )
    file = write_configuration(configuration)
    settings = YAML(typ="safe").load(file)
    del settings["modules"], settings["app_service_config_files"]
    with file.open("w") as target:
        YAML(typ="safe").dump(settings, target)
    return configuration


def _http(address: str) -> aiohttp.ClientSession:
    """Without a limit of connections: each long poll has one."""
    return aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar())


def _room(guest: str) -> dict[str, Any]:
    """As `MatrixRooms.create` makes it, in which everybody may write at once."""
    return {
        "room_version": ROOM_VERSION,
        "visibility": "private",
        "preset": "private_chat",
        "name": "K7QM-42",
        "creation_content": {"m.federate": False},
        "initial_state": [
            ENCRYPTION,
            {"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "joined"}},
            {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "forbidden"}},
        ],
        "power_level_content_override": power_levels(may_write=True),
        "invite": [guest],
    }
