"""The homeserver that the demo and the tests start: a Synapse that listens on this machine alone and keeps little.

`write_configuration` makes the directory, `EmbeddedSynapse` runs it, `register_account` adds an ordinary account.
"""

import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from ruamel.yaml import YAML
from signedjson.key import encode_signing_key_base64, generate_signing_key

from appservice.domain.errors import VeilleuseError
from appservice.domain.ids import UserId
from appservice.embedded.homeserver_yaml import (
    PostgreSQL,
    Secrets,
    Workers,
    homeserver_settings,
    logging_settings,
    worker_settings,
)
from appservice.embedded.process import Command, ManagedProcess, answers_at
from appservice.files import private_file

__all__ = [
    "Configuration",
    "EmbeddedSynapse",
    "EmbeddedSynapseError",
    "EmbeddedSynapseWorker",
    "PostgreSQL",
    "Workers",
    "register_account",
    "write_configuration",
]

_PROJECT = Path(__file__).resolve().parents[2]
_STARTS_WITHIN = timedelta(seconds=60)


class EmbeddedSynapseError(VeilleuseError):
    """The homeserver could not be configured, or refused an account. Starting raises `ProcessFailed`."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Where an embedded homeserver lives and what it is called. Its users are `@…:server_name`."""

    directory: Path
    """Holds everything that Synapse writes: configuration, keys, SQLite database, media, logs."""
    server_name: str
    port: int
    """Bound on 127.0.0.1 only."""
    registration: Path
    """The application service's registration file; must exist, its `sender_localpart` names the warden."""
    registration_shared_secret: str
    """Lets `register_account` make accounts."""
    further_registrations: tuple[Path, ...] = ()
    """Other application services of the same homeserver."""
    bcrypt_rounds: int = 12
    """Cost of hashing a password, as a power of two: Synapse's own default. Less is for tests."""
    postgresql: PostgreSQL | None = None
    """Without it the database is SQLite, `database_path`."""
    workers: Workers | None = None
    """With it other processes may do a part of the work; it needs PostgreSQL."""
    public_url: str | None = None
    """Where clients find it, without a slash at the end, if that is not `url`: at a proxy."""

    @property
    def file(self) -> Path:
        return self.directory / "homeserver.yaml"

    @property
    def url(self) -> str:
        """Address of the client-server API, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_path(self) -> Path:
        return self.directory / "homeserver.db"

    @property
    def media_path(self) -> Path:
        return self.directory / "media"

    @property
    def logs(self) -> tuple[Path, Path]:
        """Synapse's log (warnings and errors) and what it prints on standard output and error."""
        return self.directory / "homeserver.log", self.directory / "homeserver.out"


def write_configuration(configuration: Configuration) -> Path:
    """Writes homeserver.yaml, its log configuration and, the first time only, keys and secrets. Returns the first.

    Safe to repeat: an existing signing key and existing secrets stay. Files are readable by their owner alone.
    Raises `EmbeddedSynapseError` if the registration file is missing or names no sender.
    """
    directory = configuration.directory.resolve()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = Secrets(
        signing_key=directory / "signing.key",
        macaroon_secret_key=directory / "macaroon_secret_key",
        form_secret=directory / "form_secret",
        registration_shared_secret=directory / "registration_shared_secret",
    )
    if not kept.signing_key.exists():
        with private_file(kept.signing_key) as file:
            key = generate_signing_key("a_" + secrets.token_hex(2))
            file.write(f"{key.alg} {key.version} {encode_signing_key_base64(key)}\n")
    for path in (kept.macaroon_secret_key, kept.form_secret):
        if not path.exists():
            with private_file(path) as file:
                file.write(secrets.token_urlsafe(32))
    with private_file(kept.registration_shared_secret) as file:
        file.write(configuration.registration_shared_secret)
    log, _ = configuration.logs
    log_configuration = directory / "logging.yaml"
    _write_yaml(log_configuration, logging_settings(log.resolve()))
    settings = homeserver_settings(
        server_name=configuration.server_name,
        port=configuration.port,
        address=configuration.public_url or configuration.url,
        registrations=[path.resolve() for path in (configuration.registration, *configuration.further_registrations)],
        warden=f"@{_sender_localpart(configuration.registration)}:{configuration.server_name}",
        database=configuration.postgresql or configuration.database_path.resolve(),
        media=configuration.media_path.resolve(),
        log_configuration=log_configuration,
        kept=kept,
        bcrypt_rounds=configuration.bcrypt_rounds,
        workers=configuration.workers,
    )
    _write_yaml(directory / "homeserver.yaml", settings)
    return directory / "homeserver.yaml"


class EmbeddedSynapse(ManagedProcess):
    """One Synapse process, child of this one; see `ManagedProcess`."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        starts_within: timedelta = _STARTS_WITHIN,
        stops_within: timedelta = timedelta(seconds=10),
    ) -> None:
        """`write_configuration` must have been called for this configuration."""
        log, output = configuration.logs
        command = Command(
            name="The homeserver",
            argv=(sys.executable, "-m", "synapse.app.homeserver", "-c", str(configuration.file.resolve())),
            directory=configuration.directory,
            port=configuration.port,
            health=answers_at(f"{configuration.url}/health"),
            output=output,
            further_logs=(log,),
            environment=_environment(),
        )
        super().__init__(command, starts_within=starts_within, stops_within=stops_within)
        self.configuration = configuration


class EmbeddedSynapseWorker(ManagedProcess):
    """A worker process of the homeserver: answers what clients read and sync, and makes the events that they send."""

    def __init__(self, configuration: Configuration, name: str, port: int) -> None:
        """Writes the worker's configuration; `write_configuration` must have written the common one, with `workers`."""
        directory = configuration.directory.resolve()
        log = directory / f"{name}.log"
        log_configuration, file = directory / f"{name}-logging.yaml", directory / f"{name}.yaml"
        _write_yaml(log_configuration, logging_settings(log))
        _write_yaml(file, worker_settings(name=name, port=port, log_configuration=log_configuration))
        files = (configuration.file.resolve(), file)
        super().__init__(
            Command(
                name=f"The homeserver's worker {name}",
                argv=(
                    *(sys.executable, "-m", "synapse.app.generic_worker"),
                    *(part for one in files for part in ("-c", str(one))),
                ),
                directory=configuration.directory,
                port=port,
                health=answers_at(f"http://127.0.0.1:{port}/health"),
                output=directory / f"{name}.out",
                further_logs=(log,),
                environment=_environment(),
            ),
            starts_within=_STARTS_WITHIN,
        )


def _environment() -> dict[str, str]:
    """Synapse imports the policy module from wherever this project is, installed or not."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(_PROJECT), os.environ.get("PYTHONPATH"))))}


async def register_account(
    configuration: Configuration, localpart: str, password: str, *, display_name: str | None = None
) -> UserId:
    """Makes an ordinary account, never an administrator's, and returns its id.

    An account of that name that exists already stays as it is, password included.
    Synapse makes a first device with it, which is logged out at once.
    Raises `EmbeddedSynapseError` if the homeserver refuses.
    """
    url = f"{configuration.url}/_synapse/admin/v1/register"
    async with aiohttp.ClientSession() as client:
        async with client.get(url) as answer:
            nonce = (await answer.json())["nonce"]
        words = "\0".join((nonce, localpart, password, "notadmin")).encode()
        # Synapse prescribes SHA-1 here: https://element-hq.github.io/synapse/latest/admin_api/register_api.html
        mac = hmac.new(configuration.registration_shared_secret.encode(), words, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": localpart, "password": password, "admin": False, "mac": mac}
        if display_name is not None:
            body["displayname"] = display_name
        async with client.post(url, json=body) as answer:
            made = await answer.json()
        if answer.status != 200 and made.get("errcode") != "M_USER_IN_USE":
            raise EmbeddedSynapseError(f"The homeserver refused to make the account {localpart}: {made.get('error')}")
        if answer.status == 200:
            headers = {"Authorization": f"Bearer {made['access_token']}"}
            async with client.post(f"{configuration.url}/_matrix/client/v3/logout", headers=headers, json={}):
                pass
    return UserId(f"@{localpart}:{configuration.server_name}")


def _sender_localpart(registration: Path) -> str:
    try:
        return str(YAML(typ="safe").load(registration)["sender_localpart"])
    except (OSError, KeyError, TypeError):
        raise EmbeddedSynapseError(
            f"{registration} is not a registration file with a sender_localpart: generate it first."
        ) from None


def _write_yaml(path: Path, settings: Mapping[str, Any]) -> None:
    with private_file(path) as file:
        YAML(typ="safe").dump(dict(settings), file)
