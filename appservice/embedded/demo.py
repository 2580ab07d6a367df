"""`veilleuse demo`: everything on this machine, with desks and their agents.

What ends by itself is started again, as a service manager would; Ctrl-C ends all of it. Forgetting the demo is deleting
its directory.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from appservice.embedded.installation import Account, DatabaseKind, Installation, write_endpoints
from appservice.embedded.process import ManagedProcess, ProcessFailed
from appservice.embedded.scaled import ScaledInstallation
from appservice.serving import told_to_stop
from appservice.stopping import unless_stopped

SERVER_NAME = "veilleuse.localhost"
_AGENTS_PER_DESK = 2
_PAUSE_BEFORE_RESTART = timedelta(seconds=1)


def _desk(
    desk: str, name: str, force: str, *, kind: str = "regional", card: dict[str, Any] | None = None, **competence: Any
) -> dict[str, Any]:
    return {
        **(card or {}),
        "id": desk,
        "name": name,
        "kind": kind,
        "force": force,
        "competence": competence,
        "agents": [f"@agent_{desk}_{number}:{SERVER_NAME}" for number in range(1, _AGENTS_PER_DESK + 1)],
    }


# Two regions with both forces, one whose desk takes both, and a desk for everything else. Agents lead to the others.
_DESKS = [
    _desk("guyancourt", "Plateforme de la police nationale, Guyancourt", "police", regions=["11"]),
    _desk("rennes", "Plateforme de la gendarmerie nationale, Rennes", "gendarmerie", regions=["53"]),
    _desk("maisons-alfort", "Gendarmerie nationale, Île-de-France", "gendarmerie", regions=["11"]),
    _desk("bretagne", "Police nationale, Bretagne", "police", regions=["53"]),
    _desk("rhone-alpes", "Plateforme d’Auvergne-Rhône-Alpes", "none", regions=["84"]),
    _desk("national", "Plateforme nationale", "none", everywhere=True),
    _desk(
        "trappes",
        "Commissariat de Trappes",
        "police",
        kind="station",
        communes=["78621"],
        card={"address": "1 rue de l’Exemple, 78190 Trappes", "phone": "01 30 00 00 00", "hours": ["7 j/7, 24 h/24"]},
    ),
    _desk("accueil-78", "Association d’aide aux victimes, Yvelines", "none", kind="association", departments=["78"]),
]
PLACES: dict[str, Any] = {
    "territory": {
        "default_force": {"11": "police", "53": "gendarmerie"},
        # In the form of the ministry's file, one line of it: in Rennes it is the police.
        "competence_file": str(Path(__file__).with_name("competence.csv")),
    },
    "desks": _DESKS,
    "desk_of_last_resort": "national",
    "supervision": {"leaders": [f"@leader:{SERVER_NAME}"]},
}


_STARTING = {
    "postgres": "Starting PostgreSQL …",
    "valkey": "Starting the Redis-compatible store …",
    "synapse": "Starting the homeserver …",
    "synapse_worker": "Starting a worker of the homeserver …",
    "synapse_worker_2": "Starting the homeserver's second worker …",
    "appservice": "Starting the application service, which makes the desks …",
    "appservice_2": "Starting the application service that stands by …",
    "portal": "Starting the portal …",
    "portal_2": "Starting the second portal …",
    "compliance_bot": "Starting the auditors' bot …",
    "nginx": "Starting nginx …",
}


class Demo:
    def __init__(
        self, directory: Path, port_base: int, database: DatabaseKind = DatabaseKind.SQLITE, *, scaled: bool = False
    ) -> None:
        """Each kind of database has a demo of its own below `directory`, and so has the scaled one, which has but one
        kind; `endpoints.json` is of the one that runs."""
        kind = "scaled" if scaled else database.value
        self._directory = directory if kind == DatabaseKind.SQLITE.value else directory / kind
        self._port_base = port_base
        self._database = database
        self._scaled = scaled
        self._endpoints = directory / "endpoints.json"

    async def run(self) -> None:
        """Until Ctrl-C. Raises `VeilleuseError` with what to do when something cannot start."""
        stop = told_to_stop()
        self._endpoints.unlink(missing_ok=True)
        installation = self._installation()
        async with self._running(installation, stop) as accounts:
            if not stop.is_set():
                self._print_table(installation, accounts)
                await stop.wait()
            print("\nStopping …", flush=True)

    def _installation(self) -> Installation:
        where = (self._directory, self._port_base, SERVER_NAME, PLACES)
        if self._scaled:
            return ScaledInstallation(*where, durable=False)
        return Installation(*where, database=self._database, durable=False)

    @asynccontextmanager
    async def _running(self, installation: Installation, stop: asyncio.Event) -> AsyncIterator[list[Account]]:
        """Everything answers while the context lasts, and `endpoints.json` says where."""
        accounts: list[Account] = []

        async def write() -> None:
            write_endpoints(self._endpoints, await installation.endpoints(accounts))

        async with AsyncExitStack() as stack:
            stack.callback(self._endpoints.unlink, missing_ok=True)
            for name, process in installation.foundations.items():
                await _enter(stack, name, process, stop)
            print("Making the accounts of agents and auditors …", flush=True)
            accounts += await installation.accounts()
            for name, process in installation.services.items():
                await _enter(stack, name, process, stop)
            await write()
            async with _kept_alive(installation.processes, restarted=write):
                yield accounts

    def _print_table(self, installation: Installation, accounts: list[Account]) -> None:
        rows = [
            ("Portal, for victims and witnesses", installation.portal_address + "/"),
            ("Homeserver, for Element", installation.homeserver_address),
            *((_label(one), f"{one.user_id}   password {one.password}") for one in accounts),
            ("Everything is in", str(self._directory)),
        ]
        width = max(len(label) for label, _ in rows)
        print("\nVeilleuse is on. Ctrl-C stops it.\n")
        for label, value in rows:
            print(f"  {label:<{width}}  {value}")
        print(flush=True)


async def _enter(stack: AsyncExitStack, name: str, process: ManagedProcess, stop: asyncio.Event) -> None:
    """Starts a process within the stack, and says so. Raises `ProcessFailed`, also if Ctrl-C comes first."""
    print(_STARTING[name], flush=True)
    if await unless_stopped(stack.enter_async_context(process), stop) is None:
        raise ProcessFailed("Stopped before everything had started.")


@asynccontextmanager
async def _kept_alive(
    processes: dict[str, ManagedProcess], restarted: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Starts each process again whenever it ends by itself, while the context lasts."""

    async def keep_alive(name: str, process: ManagedProcess) -> None:
        while True:
            status = await process.ended()
            print(f"The {name} has ended with status {status}; starting it again.", flush=True)
            while process.pid is None:
                try:
                    await process.start()
                    await restarted()
                except ProcessFailed as failure:
                    print(failure, flush=True)
                    await asyncio.sleep(_PAUSE_BEFORE_RESTART.total_seconds())

    watchers = [asyncio.create_task(keep_alive(name, process)) for name, process in processes.items()]
    try:
        yield
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)


def _label(account: Account) -> str:
    return f"Agent of {', '.join(account.desks)}" if account.desks else "Auditor"
