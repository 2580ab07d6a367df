"""Everything on one machine, in one directory: a homeserver, the application service, the portal, and their accounts.

What the demo runs, and what the tests take apart.
"""

import json
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from appservice.audit_account import read_account
from appservice.config import Settings, load_settings
from appservice.domain.desk import SUPERVISION, Desk
from appservice.embedded.postgres import EmbeddedPostgres
from appservice.embedded.process import Command, ManagedProcess, ProcessFailed, answers_at
from appservice.embedded.synapse import (
    Configuration,
    EmbeddedSynapse,
    Workers,
    register_account,
    write_configuration,
)
from appservice.files import private_file
from appservice.internal_interface import HEALTH_PATH
from appservice.measuring import LIVE_PATH, METRICS_PATH
from appservice.registration import write_registration, write_secrets
from appservice.store.database import Database
from appservice.store.desks import SqlDeskRegister

PORTS = 6
"""How many an installation takes in a row: portal, homeserver, service, PostgreSQL, metrics, the auditors' bot."""

_PROJECT = Path(__file__).parents[2]
_STARTS_WITHIN = timedelta(minutes=3)  # its first start makes every desk's rooms, on a machine that may be busy
_SYNAPSE_DATABASE = "synapse"
_OUR_DATABASE = "veilleuse"


class DatabaseKind(Enum):
    SQLITE = "sqlite"
    POSTGRES = "postgres"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where everything listens, on 127.0.0.1."""

    portal: int
    """Where people find the portal."""
    homeserver: int
    """Where clients find the homeserver."""
    synapse: int
    """Where its main process listens, which may be the same."""
    service: int
    postgres: int
    metrics: int
    bot: int


@dataclass(frozen=True, slots=True)
class Account:
    """An agent's account, or an auditor's, who has no desk; the password stays the same from start to start."""

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
        *,
        database: DatabaseKind = DatabaseKind.SQLITE,
        durable: bool = True,
    ) -> None:
        """Raises `VeilleuseError`. `PORTS` ports from `port_base` on are its own.

        `durable=False`: PostgreSQL does not wait for the disk.
        """
        self.directory = directory
        self._server_name = server_name
        self.ports = self._ports_from(port_base)
        self.postgres: EmbeddedPostgres | None = None
        if database is DatabaseKind.POSTGRES:
            password = self._kept_secret("postgres_password")
            databases = (_SYNAPSE_DATABASE, _OUR_DATABASE)
            self.postgres = EmbeddedPostgres(
                directory / "postgres", self.ports.postgres, password, databases, durable=durable
            )
        self._prepare(places, changes or {})
        self.synapse = EmbeddedSynapse(self._synapse_configuration)
        self.appservice = self._appservice("appservice", "config.yaml", self.ports.metrics)
        self.portal = self._portal()
        self.compliance_bot = self._managed(
            "compliance_bot",
            "compliance",
            "config.yaml",
            self.ports.bot,
            answers_at(address(self.ports.bot) + "/health"),
        )

    def _ports_from(self, base: int) -> Ports:
        portal, homeserver, service, postgres, metrics, bot = range(base, base + PORTS)
        return Ports(
            portal=portal,
            homeserver=homeserver,
            synapse=homeserver,
            service=service,
            postgres=postgres,
            metrics=metrics,
            bot=bot,
        )

    @property
    def portal_address(self) -> str:
        return address(self.ports.portal)

    @property
    def homeserver_address(self) -> str:
        return address(self.ports.homeserver)

    @property
    def processes(self) -> dict[str, ManagedProcess]:
        """In the order of their start. Accounts are made between the foundations' and that of the others."""
        return self.foundations | self.services

    @property
    def services(self) -> dict[str, ManagedProcess]:
        """What is ours, in the order of its start."""
        return {"appservice": self.appservice, "portal": self.portal, "compliance_bot": self.compliance_bot}

    @property
    def foundations(self) -> dict[str, ManagedProcess]:
        """Those of them that are there before there can be accounts: the homeserver, and what it needs."""
        databases: dict[str, ManagedProcess] = {} if self.postgres is None else {"postgres": self.postgres}
        return databases | {"synapse": self.synapse}

    async def accounts(self) -> list[Account]:
        """Registers agents, shift leaders and auditors of the configuration where not done; the homeserver must run."""
        accounts = []
        supervision = self.settings.supervision_desk()
        for desk in (*(desk.desk() for desk in self.settings.desks), *([supervision] if supervision else [])):
            for agent in desk.agents:
                accounts.append(await self._account(agent, desk.name_of(agent), desk.desk_id))
        return accounts + [await self._account(auditor, "Auditeur") for auditor in self.settings.audit.auditors]

    async def _account(self, user_id: str, name: str, *desks: str) -> Account:
        localpart = user_id[1:].partition(":")[0]
        password = self._kept_secret(f"password_{localpart}")
        await register_account(self._synapse_configuration, localpart, password, display_name=name)
        return Account(user_id, password, desks)

    async def endpoints(self, accounts: Sequence[Account]) -> dict[str, Any]:
        """Where everything is, for people and programs from outside; everything must be running."""
        synapse = self._synapse_configuration
        return {
            "portal": self.portal_address + "/",
            "homeserver": self.homeserver_address,
            "server_name": self._server_name,
            "appservice": {
                "health": address(self.ports.service) + HEALTH_PATH,
                "metrics": address(self.ports.metrics) + METRICS_PATH,
            },
            "desks": await self._desks(),
            "supervision": await self._supervision(accounts),
            "agents": [
                _login(account) | {"desks": list(account.desks)}
                for account in accounts
                if account.desks and SUPERVISION not in account.desks
            ],
            "auditors": [_login(account) for account in accounts if not account.desks],
            "audit_room_id": bot.room_id if (bot := read_account(self.settings.audit.bot_directory)) else None,
            "config": str(self.directory / "config.yaml"),
            "registration": str(self.settings.appservice.registration),
            "databases": {
                "synapse": f"sqlite:///{synapse.database_path}"
                if self.postgres is None
                else self.postgres.url(_SYNAPSE_DATABASE),
                "appservice": self.settings.appservice.database,
            },
            "media": str(synapse.media_path),
            "logs": [str(path) for path in self._logs()],
            "processes": {name: process.pid for name, process in self.processes.items()},
        }

    def _logs(self) -> list[Path]:
        logs = [path for one in self.processes.values() for path in (*one.command.further_logs, one.command.output)]
        return list(dict.fromkeys(logs))

    def _prepare(self, places: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]]) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.directory / "logs").mkdir(exist_ok=True)
        with_own = {**places, **self._own_competence(places)}
        for name, settings in self._written_files(self._settings_of_all(with_own), changes).items():
            with private_file(self.directory / name) as file:
                YAML().dump(settings, file)
        self.settings: Settings = load_settings(self.directory / "config.yaml")
        write_secrets(self.settings)
        if not self.settings.appservice.registration.exists():
            write_registration(self.settings)
        self._synapse_configuration = Configuration(
            directory=self.directory / "synapse",
            server_name=self._server_name,
            port=self.ports.synapse,
            public_url=self.homeserver_address,
            workers=self._workers(),
            registration=self.settings.appservice.registration,
            registration_shared_secret=self._kept_secret("registration_shared_secret"),
            bcrypt_rounds=4,  # the passwords are random, 192 bits each: nothing slow has to protect them
            postgresql=None if self.postgres is None else self.postgres.reached(_SYNAPSE_DATABASE),
        )
        write_configuration(self._synapse_configuration)

    def _own_competence(self, places: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of the file of competence, which an import may replace, beside the configuration."""
        territory = places.get("territory", {})
        if "competence_file" not in territory:
            return {}
        own = self.directory / "competence.csv"
        if not own.exists():
            shutil.copyfile(territory["competence_file"], own)
        return {"territory": {**territory, "competence_file": own.name}}

    def _workers(self) -> Workers | None:
        """What the homeserver's workers need; without any, None."""
        return None

    def _settings_of_all(self, places: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "homeserver": {"address": address(self.ports.synapse), "server_name": self._server_name},
            "appservice": {
                "listen": {"port": self.ports.service},
                "metrics_listen": {"port": self.ports.metrics},
                "registration": "registration.yaml",
                "database": "sqlite:///veilleuse.db" if self.postgres is None else self.postgres.url(_OUR_DATABASE),
                "data_directory": "data",
            },
            "audit": {"auditors": [f"@auditor:{self._server_name}"], "listen": {"port": self.ports.bot}},
            "guest_portal": {
                "listen": {"port": self.ports.portal},
                "appservice": address(self.ports.service),
                "appservice_token_file": "secrets/appservice_token",
                "session_keys_file": "secrets/session_keys",
            },
        } | dict(places)

    def _written_files(
        self, settings: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Mapping[str, Any]]:
        """By name, the configurations that processes read: here, one for all."""
        return {"config.yaml": changed(settings, changes)}

    def _kept_secret(self, name: str) -> str:
        path = self.directory / "secrets" / name
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with private_file(path) as file:
                file.write(secrets.token_urlsafe(24))
        return path.read_text()

    def _appservice(self, name: str, config: str, metrics_port: int) -> ManagedProcess:
        """One that may be the only one, or stand by: the address of the service is whose turn it is."""
        alive, ready = (
            answers_at(address(metrics_port) + LIVE_PATH),
            answers_at(address(self.ports.service) + HEALTH_PATH),
        )

        async def there() -> bool:
            return await alive() and await ready()

        return self._managed(name, "run", config, metrics_port, there)

    def _portal(self) -> ManagedProcess:
        return self._managed(
            "portal", "portal", "config.yaml", self.ports.portal, answers_at(self.portal_address + "/health")
        )

    def _managed(
        self, name: str, command: str, config: str, port: int, health: Callable[[], Awaitable[bool]]
    ) -> ManagedProcess:
        return ManagedProcess(
            Command(
                name=f"The {name}",
                argv=(sys.executable, "-m", "appservice", command, "-c", str(self.directory / config)),
                directory=_PROJECT,
                port=port,
                health=health,
                output=self.directory / "logs" / f"{name}.log",
            ),
            starts_within=_STARTS_WITHIN,
        )

    async def _desks(self) -> list[dict[str, Any]]:
        async with self._register() as register:
            return [await _described(desk.desk(), register) for desk in self.settings.desks]

    async def _supervision(self, accounts: Sequence[Account]) -> dict[str, Any] | None:
        """Where the shift leaders are, and who; None without any."""
        supervision = self.settings.supervision_desk()
        if supervision is None:
            return None
        async with self._register() as register:
            described = await _described(supervision, register)
        return described | {"leaders": [_login(account) for account in accounts if SUPERVISION in account.desks]}

    @asynccontextmanager
    async def _register(self) -> AsyncIterator[SqlDeskRegister]:
        database = Database(self.settings.appservice.database)
        await database.start()
        try:
            yield SqlDeskRegister(database)
        finally:
            await database.stop()


def changed(settings: Mapping[str, Any], changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A copy of settings, with `changes` laid over their sections."""
    return {**settings, **{section: {**settings[section], **keys} for section, keys in changes.items()}}


def _login(account: Account) -> dict[str, Any]:
    return {"user_id": account.user_id, "password": account.password}


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


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def write_endpoints(path: Path, endpoints: Mapping[str, Any]) -> None:
    """Replaces the file at once, so that nobody reads half of it."""
    whole = path.with_suffix(".new")
    with private_file(whole) as file:
        json.dump(endpoints, file, indent=2)
    whole.replace(path)
