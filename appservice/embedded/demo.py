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

from appservice.embedded.installation import Account, Installation, write_endpoints
from appservice.embedded.process import ManagedProcess, ProcessFailed
from appservice.serving import told_to_stop
from appservice.stopping import unless_stopped

SERVER_NAME = "veilleuse.localhost"
_AGENTS_PER_DESK = 2
_PAUSE_BEFORE_RESTART = timedelta(seconds=1)


def _desk(desk: str, name: str, force: str, *, kind: str = "regional", **competence: Any) -> dict[str, Any]:
    return {
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
    _desk("trappes", "Commissariat de Trappes", "police", kind="station"),
    _desk("accueil-78", "Association d’aide aux victimes, Yvelines", "none", kind="association"),
]
PLACES: dict[str, Any] = {
    "territory": {"default_force": {"11": "police", "53": "gendarmerie"}},
    "desks": _DESKS,
    "desk_of_last_resort": "national",
}


class Demo:
    def __init__(self, directory: Path, port_base: int) -> None:
        self._directory = directory
        self._port_base = port_base
        self._endpoints = directory / "endpoints.json"

    async def run(self) -> None:
        """Until Ctrl-C. Raises `VeilleuseError` with what to do when something cannot start."""
        stop = told_to_stop()
        self._endpoints.unlink(missing_ok=True)
        installation = Installation(self._directory, self._port_base, SERVER_NAME, PLACES)
        async with self._running(installation, stop) as accounts:
            if not stop.is_set():
                self._print_table(installation, accounts)
                await stop.wait()
            print("\nStopping …", flush=True)

    @asynccontextmanager
    async def _running(self, installation: Installation, stop: asyncio.Event) -> AsyncIterator[list[Account]]:
        """Everything answers while the context lasts, and `endpoints.json` says where."""
        accounts: list[Account] = []

        async def write() -> None:
            write_endpoints(self._endpoints, await installation.endpoints(accounts))

        async with AsyncExitStack() as stack:
            stack.callback(self._endpoints.unlink, missing_ok=True)
            print("Starting the homeserver …", flush=True)
            await _enter(stack, installation.synapse, stop)
            print("Making the agents' accounts …", flush=True)
            accounts += await installation.accounts()
            print("Starting the application service, which makes the desks …", flush=True)
            await _enter(stack, installation.appservice, stop)
            print("Starting the portal …", flush=True)
            await _enter(stack, installation.portal, stop)
            await write()
            async with _kept_alive(installation.processes, restarted=write):
                yield accounts

    def _print_table(self, installation: Installation, accounts: list[Account]) -> None:
        rows = [
            ("Portal, for victims and witnesses", installation.portal_address + "/"),
            ("Homeserver, for Element", installation.homeserver_address),
            *((f"Agent of {', '.join(one.desks)}", f"{one.user_id}   password {one.password}") for one in accounts),
            ("Everything is in", str(self._directory)),
        ]
        width = max(len(label) for label, _ in rows)
        print("\nVeilleuse is on. Ctrl-C stops it.\n")
        for label, value in rows:
            print(f"  {label:<{width}}  {value}")
        print(flush=True)


async def _enter(stack: AsyncExitStack, process: ManagedProcess, stop: asyncio.Event) -> None:
    """Starts a process within the stack. Raises `ProcessFailed`, also if Ctrl-C comes first."""
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
