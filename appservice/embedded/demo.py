"""`veilleuse demo`: a homeserver, the application service, the portal, two desks and their agents, on this machine.

Everything is in one directory, so that forgetting it is deleting it. What ends by itself is started again, as a
service manager would; Ctrl-C ends all of it.
"""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from appservice.config import Settings, load_settings
from appservice.embedded.process import Command, ManagedProcess, ProcessFailed
from appservice.embedded.synapse import Configuration, EmbeddedSynapse, register_account, write_configuration
from appservice.files import private_file
from appservice.registration import write_registration, write_secrets
from appservice.serving import told_to_stop
from appservice.store.database import Database
from appservice.store.desks import SqlDeskRegister

SERVER_NAME = "veilleuse.localhost"
_AGENTS_PER_DESK = 2
_PAUSE_BEFORE_RESTART = timedelta(seconds=1)

# Departments of two regions stand for the country until the territory is complete; the rest goes to the last resort.
_DESKS: tuple[dict[str, Any], ...] = (
    {
        "id": "guyancourt",
        "name": "Plateforme de la police nationale, Guyancourt",
        "kind": "regional",
        "force": "police",
        "departments": ["75", "77", "78", "91", "92", "93", "94", "95"],
    },
    {
        "id": "rennes",
        "name": "Plateforme de la gendarmerie nationale, Rennes",
        "kind": "regional",
        "force": "gendarmerie",
        "departments": ["22", "29", "35", "56"],
    },
)


@dataclass(frozen=True)
class Account:
    user_id: str
    password: str
    desks: tuple[str, ...]


class Demo:
    def __init__(self, directory: Path, port_base: int) -> None:
        self._directory = directory
        self._portal_port, self._synapse_port, self._appservice_port = range(port_base, port_base + 3)
        self._endpoints = directory / "endpoints.json"

    async def run(self) -> None:
        """Until Ctrl-C. Raises `VeilleuseError` with what to do when something cannot start."""
        stop = told_to_stop()
        async with self.running(stop) as accounts:
            self._print_table(accounts)
            await stop.wait()
            print("\nStopping …", flush=True)

    @asynccontextmanager
    async def running(self, stop: asyncio.Event) -> AsyncIterator[list[Account]]:
        """Everything answers while the context lasts, and `endpoints.json` says where."""
        self._endpoints.unlink(missing_ok=True)
        settings = self._prepare()
        synapse = EmbeddedSynapse(self._synapse_configuration())
        appservice = self._managed("appservice", "run", settings.appservice.listen.port, "/_veilleuse/health")
        portal = self._managed("portal", "portal", settings.guest_portal.listen.port, "/health")
        async with AsyncExitStack() as stack:
            stack.callback(self._endpoints.unlink, missing_ok=True)
            _say("Starting the homeserver")
            await _enter(stack, synapse, stop)
            _say("Making the demo's agents")
            accounts = await self._accounts(settings)
            _say("Starting the application service, which makes the desks")
            await _enter(stack, appservice, stop)
            _say("Starting the portal")
            await _enter(stack, portal, stop)
            processes = {"synapse": synapse, "appservice": appservice, "portal": portal}

            async def write() -> None:
                await self._write_endpoints(settings, accounts, processes)

            await write()
            watchers = [asyncio.create_task(_keep_alive(name, one, write)) for name, one in processes.items()]
            try:
                yield accounts
            finally:
                for watcher in watchers:
                    watcher.cancel()
                await asyncio.gather(*watchers, return_exceptions=True)

    def _prepare(self) -> Settings:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._directory / "logs").mkdir(exist_ok=True)
        config = self._directory / "config.yaml"
        with private_file(config) as file:
            YAML().dump(self._settings(), file)
        settings = load_settings(config)
        write_secrets(settings)
        if not settings.appservice.registration.exists():
            write_registration(settings)
        write_configuration(self._synapse_configuration())
        return settings

    def _settings(self) -> dict[str, Any]:
        return {
            "homeserver": {"address": self._address(self._synapse_port), "server_name": SERVER_NAME},
            "appservice": {
                "listen": {"port": self._appservice_port},
                "registration": "registration.yaml",
                "database": "sqlite:///veilleuse.db",
                "data_directory": "data",
            },
            "guest_portal": {
                "listen": {"port": self._portal_port},
                "appservice": self._address(self._appservice_port),
                "appservice_token_file": "secrets/appservice_token",
                "session_keys_file": "secrets/session_keys",
            },
            "desks": [
                {**desk, "agents": [_agent_id(desk["id"], n) for n in range(1, _AGENTS_PER_DESK + 1)]}
                for desk in _DESKS
            ],
            "desk_of_last_resort": _DESKS[0]["id"],
        }

    def _synapse_configuration(self) -> Configuration:
        return Configuration(
            directory=self._directory / "synapse",
            server_name=SERVER_NAME,
            port=self._synapse_port,
            registration=self._directory / "registration.yaml",
            registration_shared_secret=self._kept_secret("registration_shared_secret"),
        )

    def _kept_secret(self, name: str) -> str:
        path = self._directory / "secrets" / name
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with private_file(path) as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text()

    def _managed(self, name: str, command: str, port: int, health: str) -> ManagedProcess:
        return ManagedProcess(
            Command(
                name=f"The {name}",
                argv=(sys.executable, "-m", "appservice", command, "-c", str(self._directory / "config.yaml")),
                directory=Path(__file__).parents[2],
                port=port,
                health=self._address(port) + health,
                output=self._directory / "logs" / f"{name}.log",
            )
        )

    async def _accounts(self, settings: Settings) -> list[Account]:
        """The agents of the configuration, registered with a password each that stays the same from start to start."""
        configuration = self._synapse_configuration()
        accounts = []
        for desk in settings.desks:
            for number, agent in enumerate(desk.agents, start=1):
                localpart = agent[1:].partition(":")[0]
                password = self._kept_secret(f"password_{localpart}")
                await register_account(configuration, localpart, password, display_name=f"Agent {desk.id} {number}")
                accounts.append(Account(agent, password, (desk.id,)))
        return accounts

    async def _write_endpoints(
        self, settings: Settings, accounts: list[Account], processes: dict[str, ManagedProcess]
    ) -> None:
        synapse = self._synapse_configuration()
        endpoints = {
            "portal": self._address(self._portal_port) + "/",
            "homeserver": self._address(self._synapse_port),
            "server_name": SERVER_NAME,
            "appservice": {"health": self._address(self._appservice_port) + "/_veilleuse/health", "metrics": None},
            "desks": await self._desks(settings),
            "agents": [
                {"user_id": account.user_id, "password": account.password, "desks": list(account.desks)}
                for account in accounts
            ],
            "auditors": [],
            "audit_room_id": None,
            "config": str(self._directory / "config.yaml"),
            "registration": str(settings.appservice.registration),
            "databases": {
                "synapse": f"sqlite:///{synapse.database_path}",
                "appservice": settings.appservice.database,
            },
            "media": str(synapse.media_path),
            "logs": [str(path) for path in (*synapse.logs, *sorted((self._directory / "logs").iterdir()))],
            "processes": {name: process.pid for name, process in processes.items()},
        }
        whole = self._endpoints.with_suffix(".new")
        with private_file(whole) as file:
            json.dump(endpoints, file, indent=2)
        whole.replace(self._endpoints)

    async def _desks(self, settings: Settings) -> list[dict[str, Any]]:
        database = Database(settings.appservice.database)
        await database.start()
        try:
            register = SqlDeskRegister(database)
            desks = []
            for desk in settings.desks:
                rooms = await register.rooms_of(desk.desk().desk_id)
                if rooms is None:
                    raise ProcessFailed(f"The application service made no rooms for the desk {desk.id}.")
                desks.append(
                    {
                        "id": desk.id,
                        "name": desk.name,
                        "kind": desk.kind.value,
                        "space_id": rooms.space_id,
                        "desk_room_id": rooms.desk_room_id,
                        "team_room_id": rooms.team_room_id,
                    }
                )
            return desks
        finally:
            await database.stop()

    def _print_table(self, accounts: list[Account]) -> None:
        rows = [
            ("Portal (victims, witnesses)", self._address(self._portal_port) + "/"),
            ("Homeserver (for Element)", self._address(self._synapse_port)),
            *((f"Agent of {', '.join(one.desks)}", f"{one.user_id}   password {one.password}") for one in accounts),
            ("Everything is in", str(self._directory)),
        ]
        width = max(len(label) for label, _ in rows)
        print("\nVeilleuse is on. Ctrl-C stops it.\n")
        for label, value in rows:
            print(f"  {label:<{width}}  {value}")
        print(flush=True)

    @staticmethod
    def _address(port: int) -> str:
        return f"http://127.0.0.1:{port}"


async def _enter(stack: AsyncExitStack, process: ManagedProcess, stop: asyncio.Event) -> None:
    """Starts a process within the stack, unless Ctrl-C comes first."""
    starting = asyncio.create_task(stack.enter_async_context(process))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
        raise ProcessFailed("Stopped before everything had started.")
    starting.result()


async def _keep_alive(name: str, process: ManagedProcess, restarted: Callable[[], Awaitable[None]]) -> None:
    """Starts the process again whenever it ends by itself."""
    while True:
        status = await process.ended()
        print(f"The {name} has ended with status {status}; starting it again.", flush=True)
        try:
            await process.start()
            await restarted()
        except ProcessFailed as failure:
            print(failure, flush=True)
        await asyncio.sleep(_PAUSE_BEFORE_RESTART.total_seconds())


def _agent_id(desk: str, number: int) -> str:
    return f"@agent_{desk}_{number}:{SERVER_NAME}"


def _say(what: str) -> None:
    print(f"{what} …", flush=True)
