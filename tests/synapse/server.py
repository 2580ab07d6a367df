"""A real Synapse with the policy module, and what the tests do with it: accounts, rooms, looks into its database."""

import secrets
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import asyncpg
from ruamel.yaml import YAML

from appservice.embedded.synapse import (
    Configuration,
    EmbeddedSynapse,
    PostgreSQL,
    register_account,
    write_configuration,
)
from tests.postgres import Postgres
from tests.synapse.clients import CLIENT, Answer, Body, Client, Person, log_in
from tests.waiting import until

SERVER_NAME = "veilleuse.test"
WARDEN = f"@veilleuse:{SERVER_NAME}"
MODULE = "/_synapse/client/veilleuse/v1"
ROUTE_LIST = "/_synapse/client/route_list"
"""Served by `tests.synapse.route_list`, which only Synapse's process can import."""
FOREIGN_SERVER = "/_synapse/client/foreign_server"
"""Likewise, by `tests.synapse.foreign_server`."""
PROBE = "org.veilleuse.probe"
AS_TOKEN = "token-of-the-application-service"
OTHER_AS_TOKEN = "token-of-another-application-service"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Signalement:
    """A room of the warden's with a guest and an agent in it."""

    room: str
    guest: Person
    agent: Person


def signalement_room(*invited: str) -> dict[str, Any]:
    """A room as the application service makes it, in which everybody may write at once."""
    return {
        "preset": "private_chat",
        "name": "K7QM-42",
        "creation_content": {"m.federate": False, "org.veilleuse.kind": "signalement"},
        "initial_state": [
            {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}},
            {"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "joined"}},
            {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "forbidden"}},
        ],
        "power_level_content_override": {
            "events_default": 0,
            "invite": 100,
            "events": {"org.veilleuse.answer": 0, "m.room.power_levels": 100},
        },
        "invite": list(invited),
    }


class Database:
    """Synapse's database, read and written behind its back."""

    def __init__(self, sqlite: Path, postgres_url: str | None) -> None:
        self._sqlite = sqlite
        self._postgres_url = postgres_url

    async def tables_with(self, text: str) -> set[str]:
        """The tables in which a row contains the text, in any column. For SQLite also `file NAME`, for raw bytes."""
        if self._postgres_url is None:
            return self._sqlite_tables_with(text) | self._files_with(text)
        found = set()
        connection = await asyncpg.connect(self._postgres_url)
        try:
            for (table,) in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
                query = f'SELECT 1 FROM "{table}" AS entry WHERE strpos(entry::text, $1) > 0 LIMIT 1'  # noqa: S608
                if await connection.fetchval(query, text):
                    found.add(table)
        finally:
            await connection.close()
        return found

    async def forgets(self, text: str) -> None:
        """No table has the text now, and no file in a while: SQLite's is written anew after an erasure."""
        assert {found for found in await self.tables_with(text) if not found.startswith("file ")} == set()

        async def nowhere() -> bool:
            return await self.tables_with(text) == set()

        await until(nowhere, what=f"{text} is in no file")

    async def execute(self, statement: str) -> None:
        if self._postgres_url is None:
            with closing(sqlite3.connect(self._sqlite, timeout=10)) as connection, connection:
                connection.execute(statement)
            return
        connection = await asyncpg.connect(self._postgres_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def value(self, query: str) -> Any:
        """The first column of the first row; None if there is none."""
        if self._postgres_url is None:
            with closing(sqlite3.connect(self._sqlite, timeout=10)) as connection:
                row = connection.execute(query).fetchone()
                return None if row is None else row[0]
        connection = await asyncpg.connect(self._postgres_url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    def _sqlite_tables_with(self, text: str) -> set[str]:
        found = set()
        with closing(sqlite3.connect(self._sqlite, timeout=10)) as connection:
            connection.text_factory = bytes
            tables = [
                name.decode() for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
            ]
            for table in tables:
                for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608
                    if any(isinstance(value, bytes) and text.encode() in value for value in row):
                        found.add(table)
        return found

    def _files_with(self, text: str) -> set[str]:
        files = self._sqlite.parent.glob(f"{self._sqlite.name}*")
        return {f"file {path.name}" for path in files if text.encode() in path.read_bytes()}


class Server:
    def __init__(self, process: EmbeddedSynapse, http: aiohttp.ClientSession, database: Database) -> None:
        self.process = process
        self.database = database
        self._http = http
        self._desk: str | None = None
        self.warden = Person(WARDEN, "", self.client(AS_TOKEN))

    @property
    def configuration(self) -> Configuration:
        return self.process.configuration

    def client(self, token: str | None, acting_as: str | None = None) -> Client:
        return Client(self._http, token, acting_as)

    async def module(self, method: str, path: str, body: Body = None, **query: str) -> Answer:
        """Asks the policy module as the application service."""
        return await self.warden.ask(method, f"{MODULE}{path}", body, **query)

    async def room(self, method: str, room: str, action: str, body: Body = None, **query: str) -> Answer:
        return await self.module(method, f"/rooms/{quote(room, safe='')}/{action}", body, **query)

    async def residue(self, room: str, guest: str | None = None) -> dict[str, int]:
        """What the module still counts, without the zeros."""
        answer = await self.room("GET", room, "residue", None, **({} if guest is None else {"guest": guest}))
        assert answer.status == 200, answer
        return {table: count for table, count in answer.body["tables"].items() if count}

    async def agent(self) -> Person:
        """A new ordinary account, logged in."""
        name = f"agent-{secrets.token_hex(6)}"
        await register_account(self.configuration, name, PASSWORD, display_name="Agent")
        return await self.log_in(f"@{name}:{SERVER_NAME}")

    async def agent_of_a_desk(self) -> Person:
        """One more, who sits in a room of a desk."""
        agent = await self.agent()
        if self._desk is None:
            self._desk = await self.warden.create_room(preset="private_chat")
        await self.warden.ask.ok("POST", f"{CLIENT}/rooms/{quote(self._desk)}/invite", {"user_id": agent.user_id})
        await agent.join(self._desk)
        return agent

    async def log_in(self, user_id: str) -> Person:
        """The same account on one more device."""
        return await log_in(self._http, user_id, PASSWORD)

    async def service_user(self, localpart: str) -> Person:
        """A new user of the application service, with a token of its own."""
        body = {"type": "m.login.application_service", "username": localpart}
        account = await self.warden.ask.ok("POST", f"{CLIENT}/register", body)
        return Person(account["user_id"], account["device_id"], self.client(account["access_token"]))

    async def guest(self) -> Person:
        letters = "abcdefghijklmnopqrstuvwxyz234567"
        return await self.service_user("veilleuse_guest_" + "".join(secrets.choice(letters) for _ in range(26)))

    async def signalement(self, agent: Person | None = None) -> Signalement:
        guest, agent = await self.guest(), agent or await self.agent_of_a_desk()
        room = await self.warden.create_room(**signalement_room(guest.user_id, agent.user_id))
        await guest.join(room)
        await agent.join(room)
        return Signalement(room, guest, agent)

    async def kick(self, person: Person, room: str) -> None:
        await self.warden.ask.ok("POST", f"{CLIENT}/rooms/{quote(room)}/kick", {"user_id": person.user_id})

    async def introduce(self, guest: Person) -> None:
        """Gives the guest a name for agents to see, as the application service does."""
        acting = self.client(AS_TOKEN, acting_as=guest.user_id)
        await acting.ok("PUT", f"{CLIENT}/profile/{quote(guest.user_id)}/displayname", {"displayname": "Victime"})

    async def erase(self, guest: Person) -> None:
        """Deactivates and erases the guest's account, as the application service does."""
        acting = self.client(AS_TOKEN, acting_as=guest.user_id)
        await acting.ok("POST", f"{CLIENT}/account/deactivate", {"erase": True})

    async def has_settled(self) -> bool:
        """Whether Synapse has brought its database up to date, which it does in the background after a first start."""
        return bool(await self.database.value("SELECT COUNT(*) FROM background_updates") == 0)

    async def figures(self) -> str:
        """What a Prometheus would read."""
        async with self._http.get("/_synapse/metrics") as answer:
            return await answer.text()

    async def is_gone(self, room: str) -> bool:
        return "rooms" not in await self.residue(room)


@asynccontextmanager
async def running_server(
    directory: Path, postgres: Postgres | None, *, with_policy: bool = True
) -> AsyncIterator[Server]:
    """`with_policy`: whether the policy module is there."""
    database = None if postgres is None else await postgres.new_database()
    configuration = Configuration(
        directory=directory / "synapse",
        server_name=SERVER_NAME,
        port=free_port(),
        registration=_write_registration(directory / "veilleuse.yaml", "veilleuse", AS_TOKEN),
        further_registrations=(_write_registration(directory / "other.yaml", "other", OTHER_AS_TOKEN),),
        registration_shared_secret=secrets.token_hex(),
        bcrypt_rounds=4,
        postgresql=None
        if postgres is None or database is None
        else PostgreSQL(database=database, user="postgres", host=postgres.socket_directory),
    )
    _adapt(write_configuration(configuration), with_policy=with_policy)
    url = None if postgres is None or database is None else postgres.url(database)
    async with (
        EmbeddedSynapse(configuration) as process,
        aiohttp.ClientSession(configuration.url) as http,
    ):
        server = Server(process, http, Database(configuration.database_path, url))
        # Walks through the tables of a new database, with notes of how far they have come.
        await until(server.has_settled, within=timedelta(seconds=60))
        yield server


def _adapt(file: Path, *, with_policy: bool) -> None:
    """Adds modules of the tests' own, and Synapse's figures; takes the policy module out if it is not wanted."""
    settings = YAML(typ="safe").load(file)
    modules = settings["modules"] if with_policy else []
    own = ("tests.synapse.route_list.RouteList", "tests.synapse.foreign_server.ForeignServer")
    settings["modules"] = [*modules, *({"module": module, "config": {}} for module in own)]
    settings["enable_metrics"] = True
    settings["listeners"][0]["resources"].append({"names": ["metrics"]})
    with file.open("w") as target:
        YAML(typ="safe").dump(settings, target)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_registration(path: Path, name: str, token: str) -> Path:
    server = SERVER_NAME.replace(".", r"\.")
    users = [
        {"exclusive": True, "regex": f"@{name}_guest_[a-z2-7]{{26}}:{server}"},
        {"exclusive": True, "regex": f"@{name}_desk_[a-z0-9-]+:{server}"},
    ]
    registration = {
        "id": name,
        "url": None,  # nothing is pushed: these tests only ask
        "as_token": token,
        "hs_token": secrets.token_hex(),
        "sender_localpart": name,
        "rate_limited": False,
        "namespaces": {"users": users, "rooms": [], "aliases": []},
    }
    with path.open("w") as file:
        YAML(typ="safe").dump(registration, file)
    return path
