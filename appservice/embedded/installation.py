"""Everything on one machine, in one directory: a homeserver, the application service, the portal, and their accounts.

What the demo runs, and what the tests take apart.
"""

import json
import secrets
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from appservice.config import Settings, load_settings
from appservice.domain.desk import Desk
from appservice.embedded.process import Command, ManagedProcess, ProcessFailed
from appservice.embedded.synapse import Configuration, EmbeddedSynapse, register_account, write_configuration
from appservice.files import private_file
from appservice.registration import write_registration, write_secrets
from appservice.store.database import Database
from appservice.store.desks import SqlDeskRegister

_PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Account:
    """An agent's account, with a password that stays the same from start to start."""

    user_id: str
    password: str = field(repr=False)
    desks: tuple[str, ...]


class Installation:
    """Prepared when made; nothing runs before it is started.

    `places` are the sections `territory`, `desks` and `desk_of_last_resort`; `changes` are laid over the others.
    """

    def __init__(
        self,
        directory: Path,
        port_base: int,
        server_name: str,
        places: Mapping[str, Any],
        changes: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Raises `VeilleuseError`. The portal has `port_base`, homeserver and service the two ports after it."""
        self.directory = directory
        self._server_name = server_name
        self._portal_port, self._synapse_port, self._appservice_port = range(port_base, port_base + 3)
        self._prepare(places, changes or {})
        self.synapse = EmbeddedSynapse(self._synapse_configuration)
        self.appservice = self._managed("appservice", "run", self._appservice_port, "/_veilleuse/health")
        self.portal = self._managed("portal", "portal", self._portal_port, "/health")

    @property
    def portal_address(self) -> str:
        return _address(self._portal_port)

    @property
    def homeserver_address(self) -> str:
        return _address(self._synapse_port)

    @property
    def processes(self) -> dict[str, ManagedProcess]:
        """In the order of their start."""
        return {"synapse": self.synapse, "appservice": self.appservice, "portal": self.portal}

    async def accounts(self) -> list[Account]:
        """Registers the agents of the configuration where that is not done; the homeserver must be running."""
        accounts = []
        for desk in self.settings.desks:
            for number, agent in enumerate(desk.agents, start=1):
                localpart = agent[1:].partition(":")[0]
                password = self._kept_secret(f"password_{localpart}")
                name = f"Agent {number}"
                await register_account(self._synapse_configuration, localpart, password, display_name=name)
                accounts.append(Account(agent, password, (desk.id,)))
        return accounts

    async def endpoints(self, accounts: Iterable[Account]) -> dict[str, Any]:
        """Where everything is, for people and programs from outside; everything must be running."""
        synapse = self._synapse_configuration
        return {
            "portal": self.portal_address + "/",
            "homeserver": self.homeserver_address,
            "server_name": self._server_name,
            "appservice": {"health": _address(self._appservice_port) + "/_veilleuse/health", "metrics": None},
            "desks": await self._desks(),
            "agents": [
                {"user_id": account.user_id, "password": account.password, "desks": list(account.desks)}
                for account in accounts
            ],
            "auditors": [],
            "audit_room_id": None,
            "config": str(self.directory / "config.yaml"),
            "registration": str(self.settings.appservice.registration),
            "databases": {
                "synapse": f"sqlite:///{synapse.database_path}",
                "appservice": self.settings.appservice.database,
            },
            "media": str(synapse.media_path),
            "logs": [str(path) for path in (*synapse.logs, *sorted((self.directory / "logs").iterdir()))],
            "processes": {name: process.pid for name, process in self.processes.items()},
        }

    def _prepare(self, places: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]]) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.directory / "logs").mkdir(exist_ok=True)
        config = self.directory / "config.yaml"
        with private_file(config) as file:
            YAML().dump(self._written_settings(places, changes), file)
        self.settings: Settings = load_settings(config)
        write_secrets(self.settings)
        if not self.settings.appservice.registration.exists():
            write_registration(self.settings)
        self._synapse_configuration = Configuration(
            directory=self.directory / "synapse",
            server_name=self._server_name,
            port=self._synapse_port,
            registration=self.settings.appservice.registration,
            registration_shared_secret=self._kept_secret("registration_shared_secret"),
            bcrypt_rounds=4,  # the passwords are random, 192 bits each: nothing slow has to protect them
        )
        write_configuration(self._synapse_configuration)

    def _written_settings(self, places: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "homeserver": {"address": _address(self._synapse_port), "server_name": self._server_name},
            "appservice": {
                "listen": {"port": self._appservice_port},
                "registration": "registration.yaml",
                "database": "sqlite:///veilleuse.db",
                "data_directory": "data",
            },
            "guest_portal": {
                "listen": {"port": self._portal_port},
                "appservice": _address(self._appservice_port),
                "appservice_token_file": "secrets/appservice_token",
                "session_keys_file": "secrets/session_keys",
            },
        }
        for section, keys in changes.items():
            settings[section] |= keys
        return settings | dict(places)

    def _kept_secret(self, name: str) -> str:
        path = self.directory / "secrets" / name
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with private_file(path) as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text()

    def _managed(self, name: str, command: str, port: int, health: str) -> ManagedProcess:
        return ManagedProcess(
            Command(
                name=f"The {name}",
                argv=(sys.executable, "-m", "appservice", command, "-c", str(self.directory / "config.yaml")),
                directory=_PROJECT,
                port=port,
                health=_address(port) + health,
                output=self.directory / "logs" / f"{name}.log",
            )
        )

    async def _desks(self) -> list[dict[str, Any]]:
        database = Database(self.settings.appservice.database)
        await database.start()
        try:
            register = SqlDeskRegister(database)
            return [await _described(desk.desk(), register) for desk in self.settings.desks]
        finally:
            await database.stop()


async def _described(desk: Desk, register: SqlDeskRegister) -> dict[str, Any]:
    rooms = await register.rooms_of(desk.desk_id)
    if rooms is None:
        raise ProcessFailed(f"The application service made no rooms for the desk {desk.desk_id}.")
    return {
        "id": desk.desk_id,
        "name": desk.name,
        "kind": desk.kind.value,
        "space_id": rooms.space_id,
        "desk_room_id": rooms.desk_room_id,
        "team_room_id": rooms.team_room_id,
    }


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def write_endpoints(path: Path, endpoints: Mapping[str, Any]) -> None:
    """Replaces the file at once, so that nobody reads half of it."""
    whole = path.with_suffix(".new")
    with private_file(whole) as file:
        json.dump(endpoints, file, indent=2)
    whole.replace(path)
