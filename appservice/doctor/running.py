"""What runs: homeserver and module, clocks, the database, ports."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from appservice.config import Listen, Registration, Settings
from appservice.doctor.findings import Finding, Severity
from appservice.internal_interface import HEALTH_PATH
from appservice.matrix.module_status import INTERFACE
from appservice.matrix.shells import MODULE
from appservice.ports import Clock
from appservice.upgrades import upgrade_table

_PATIENCE = aiohttp.ClientTimeout(total=10)
_SKEW = timedelta(seconds=30)


async def examine_homeserver(
    settings: Settings, registration: Registration | None, clock: Clock
) -> AsyncIterator[Finding]:
    address = settings.homeserver.address
    try:
        async with aiohttp.ClientSession(timeout=_PATIENCE) as client:
            async with client.get(f"{address}/_matrix/client/versions") as answer:
                status, date = answer.status, answer.headers.get("Date")
            if status != 200:
                yield _silent(address, f"answers with status {status}")
                return
            for finding in _clock(date, clock.now()):
                yield finding
            if registration is not None:
                for finding in await _module(client, address, registration, settings.homeserver.server_name):
                    yield finding
    except (aiohttp.ClientError, TimeoutError) as error:
        yield _silent(address, f"does not answer: {type(error).__name__}")


async def examine_database(url: str) -> AsyncIterator[Finding]:
    """Looks without changing: `veilleuse run` brings a database up to date."""
    newest = len(upgrade_table.upgrades)
    try:
        if url.startswith("sqlite"):
            version = await asyncio.to_thread(_sqlite_version, Path(url.removeprefix("sqlite:///")))
        else:
            version = await _postgres_version(url)
    except (OSError, TimeoutError, sqlite3.Error, asyncpg.PostgresError, ValueError) as error:
        yield Finding(
            "database.reachable",
            f"The service's database cannot be used: {error or type(error).__name__}.",
            "Start it, and see that appservice.database names its address, its user and password.",
        )
        return
    if version is None:
        yield Finding(
            "database.migrated",
            "The service's database is empty.",
            "Run `veilleuse run`, which makes the tables.",
            Severity.WARNING,
        )
    elif version < newest:
        yield Finding(
            "database.migrated",
            f"The service's database is of version {version}, this program's is {newest}.",
            "Make a backup, then run `veilleuse run`, which brings it up to date.",
            Severity.WARNING,
        )
    elif version > newest:
        yield Finding(
            "database.migrated",
            f"A later program made the service's database: version {version}, this one knows {newest}.",
            "Install the version that wrote it, or a later one.",
        )


async def examine_ports(settings: Settings) -> AsyncIterator[Finding]:
    for name, listen, path in (
        ("appservice", settings.appservice.listen, HEALTH_PATH),
        ("guest_portal", settings.guest_portal.listen, "/health"),
    ):
        if await _is_taken(listen) and not await _is_ours(listen, path):
            yield Finding(
                f"ports.{name}",
                f"Port {listen.port} on {listen.host} is used by another program.",
                f"Stop that program, or write another port under {name}.listen in the configuration.",
            )


async def examine_rooms_ahead(settings: Settings) -> AsyncIterator[Finding]:
    """Of a service that runs."""
    wanted = settings.appservice.rooms_ahead
    told = await _health(settings.appservice.listen, HEALTH_PATH)
    if wanted and told.get("status") == "ok" and told.get("rooms_ahead") == 0:
        yield Finding(
            "rooms_ahead",
            f"None of {wanted} rooms is there ahead of need: who opens a conversation waits until one is made.",
            "See what the service's log says of `Rooms ahead`. If people come faster than rooms are made: raise"
            " appservice.rooms_ahead.",
            Severity.WARNING,
        )


def _clock(date: str | None, now: datetime) -> list[Finding]:
    if date is None:
        return []
    apart = abs(parsedate_to_datetime(date) - now)
    if apart <= _SKEW:
        return []
    what = f"This machine's clock and the homeserver's are {int(apart.total_seconds())} seconds apart."
    return [Finding("clock", what, "Let both take their time from NTP (timedatectl set-ntp true).")]


async def _module(
    client: aiohttp.ClientSession, address: str, registration: Registration, server_name: str
) -> list[Finding]:
    headers = {"Authorization": f"Bearer {registration.as_token}"}
    async with client.get(f"{address}/_matrix/client/v3/account/whoami", headers=headers) as answer:
        if answer.status == 401:
            return [
                Finding(
                    "registration.known",
                    "The homeserver does not know the token of the registration.",
                    "Name the file under app_service_config_files in homeserver.yaml, and restart Synapse.",
                )
            ]
    async with client.get(f"{address}/{MODULE}/status", headers=headers) as answer:
        status = await answer.json() if answer.status == 200 else None
    if status is None:
        return [
            Finding(
                "module.present",
                "The homeserver does not have the module policies.signalement_policy.",
                "Install this package beside Synapse, name the module under `modules:` in homeserver.yaml, restart it.",
            )
        ]
    if status.get("version") != INTERFACE:
        return [
            Finding(
                "module.version",
                f"The homeserver's module is of version {status.get('version')}, this service needs {INTERFACE}.",
                "Install the same version of this package in Synapse's environment as here, and restart Synapse.",
            )
        ]
    return []


def _silent(address: str, how: str) -> Finding:
    return Finding(
        "homeserver.reachable",
        f"The homeserver at {address} {how}.",
        "Start Synapse, or correct homeserver.address in the configuration.",
    )


def _sqlite_version(path: Path) -> int | None:
    if not path.exists():
        if not path.parent.is_dir():
            raise ValueError(f"there is no directory {path.parent}")
        return None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute(f"SELECT version FROM {upgrade_table.version_table_name}").fetchone()  # noqa: S608
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return None
            raise
    return None if row is None else int(row[0])


async def _postgres_version(url: str) -> int | None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        version = await connection.fetchval(f"SELECT version FROM {upgrade_table.version_table_name}")  # noqa: S608
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    return None if version is None else int(version)


async def _is_taken(listen: Listen) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(listen.host, listen.port), 5)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def _is_ours(listen: Listen, path: str) -> bool:
    return "status" in await _health(listen, path)


async def _health(listen: Listen, path: str) -> dict[str, Any]:
    """What it tells of itself; nothing if it does not answer as one of ours does."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE) as client,
            client.get(f"http://{listen.host}:{listen.port}{path}") as answer,
        ):
            told = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
