"""Floods of openings before the whole installation, and people who open the page meanwhile: `make bench-flood`.

    python -m tests.benchmarks.flood [--seconds 60]

A thousand openings a minute, from one address, then from five hundred, by three kinds of flooder: without any work;
with all the work that is wanted, done by one process; and as if work cost nothing, by challenges that the benchmark
signs itself, whose answer is the first that is tried. Who is let in joins the room, as people do.

Every five seconds a person behind one of these addresses presses *start*, with the proof that the page made while it
was read, and works like a phone that does 250,000 iterations a second. Status 0 if each of them was in within ten
seconds of the press, but for floods whose work costs nothing: against them no work helps.
"""

import argparse
import asyncio
import base64
import json
import os
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from appservice.config import read_secrets
from appservice.embedded.demo import SERVER_NAME
from appservice.embedded.installation import PORTS, Installation
from appservice.world import SystemClock
from guest_portal import proofs
from guest_portal.proofs import HARDEST, Proofs
from tests.benchmarks.processes import memory_kb
from tests.benchmarks.talking import percentile
from tests.e2e.stack import places_with
from tests.ports import free_ports
from tests.unit.guest_portal.conftest import solved

RESULTS = Path(__file__).parent / "results" / "flood.json"
A_MINUTE = 1000
ADDRESSES = (1, 500)
FOR_NOTHING = "work for nothing"
KINDS = ("no work", "the work wanted", FOR_NOTHING)
A_PERSON_EVERY_SECONDS = 5.0
WITHIN_SECONDS = 10.0
ITERATIONS_A_SECOND_ON_A_SLOW_PHONE = 250_000
ATTEMPTS = 8  # as guest_portal/client/src/api/portal.ts
_NO_HASTE = "12 h"
_LAST_ONE_SECONDS = 30.0


@dataclass
class Flood:
    """What became of one."""

    kind: str
    addresses: int
    asked: int = 0
    told: Counter[str] = field(default_factory=Counter)
    """What the portal answered to flooders, by status or kind."""
    people_seconds: list[float] = field(default_factory=list)
    health_ms: list[float] = field(default_factory=list)
    """How long the page itself took meanwhile."""
    memory_mb: tuple[float, float, float] = (0, 0, 0)
    """Of the portal: before, at most, after."""

    def row(self) -> dict[str, Any]:
        return {
            "flood": f"{self.addresses} address{'es' if self.addresses > 1 else ''}, {self.kind}",
            "asked": self.asked,
            "let in": self.told["201"],
            "people": len(self.people_seconds),
            "median s": round(percentile(self.people_seconds, 0.5), 1),
            "longest s": round(max(self.people_seconds), 1),
            "page p95 ms": round(percentile(self.health_ms, 0.95)),
            "portal MB": " / ".join(f"{one:.0f}" for one in self.memory_mb),
        }


class Site:
    """The installation, seen from behind addresses that its proxy would tell."""

    def __init__(self, installation: Installation, http: aiohttp.ClientSession) -> None:
        self.installation = installation
        self._http = http
        keys = read_secrets(installation.settings.guest_portal.session_keys_file)
        self._forger = Proofs(keys, SystemClock().now)

    async def ask(self, method: str, path: str, address: str, body: Any = None, session: str = "") -> tuple[int, Any]:
        headers = {"X-Forwarded-For": address} | ({"Authorization": f"Bearer {session}"} if session else {})
        url = self.installation.portal_address + path
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def asks_to_open(self, address: str, proof: str, postal_code: str) -> tuple[int, Any]:
        body = {"role": "victim", "postal_code": postal_code, "language": "fr", "proof": proof}
        return await self.ask("POST", "/open", address, body)

    async def page_ms(self) -> float:
        started = time.monotonic()
        async with self._http.get(self.installation.portal_address, headers={"Accept-Encoding": "br"}) as answer:
            await answer.read()
        return (time.monotonic() - started) * 1000

    def forged(self) -> str:
        """A proof of the hardest work, which took none."""
        usual, proofs.secrets.randbelow = secrets.randbelow, lambda _: 0  # type: ignore[attr-defined]
        try:
            return solved(self._forger.challenge(HARDEST))
        finally:
            proofs.secrets.randbelow = usual  # type: ignore[attr-defined]


def work_of(proof: str) -> int:
    """In iterations."""
    content = json.loads(base64.b64decode(proof))
    return int(content["challenge"]["parameters"]["cost"]) * (int(content["solution"]["counter"]) + 1)


class Flooders:
    def __init__(self, site: Site, flood: Flood, machine: Executor) -> None:
        self._site = site
        self._flood = flood
        self._machine = machine

    async def one(self, number: int) -> None:
        address = address_of(number % self._flood.addresses)
        proof = self._site.forged() if self._flood.kind == FOR_NOTHING else ""
        self._flood.asked += 1
        for _ in range(ATTEMPTS):
            status, body = await self._site.asks_to_open(address, proof, f"{number % 95:02}000")
            self._flood.told[str(status)] += 1
            if status == 201:
                await self._site.ask("POST", "/ready", address, session=body["session"])
            if status != 428 or self._flood.kind == "no work":
                return
            proof = await asyncio.get_running_loop().run_in_executor(self._machine, solved, body["challenge"])


async def comes_in(site: Site, address: str, phone: Executor) -> float:
    """Seconds from the press on *start* until the person is in the room, as the page goes about it."""

    async def works(challenge: Any) -> str:
        started = time.monotonic()
        proof = await asyncio.get_running_loop().run_in_executor(phone, solved, challenge)
        takes = work_of(proof) / ITERATIONS_A_SECOND_ON_A_SLOW_PHONE
        await asyncio.sleep(max(0.0, takes - (time.monotonic() - started)))
        return proof

    async def new_proof() -> str:
        return await works((await site.ask("GET", "/challenge", address))[1])

    proof = await new_proof()
    pressed = time.monotonic()
    while True:
        status, body = await site.asks_to_open(address, proof, "78280")
        if status == 201:
            break
        if status == 428:
            proof = await works(body["challenge"])
        else:
            await asyncio.sleep(body["retry_after_ms"] / 1000)
            proof = await new_proof()
    status, _ = await site.ask("POST", "/ready", address, session=body["session"])
    assert status == 200, status
    return time.monotonic() - pressed


def address_of(number: int) -> str:
    return f"203.0.{113 + number // 250}.{1 + number % 250}"


async def watched(site: Site, flood: Flood, seconds: float, flooders: Executor, phone: Executor) -> None:
    pid = site.installation.portal.pid
    assert pid is not None
    before = at_most = memory_kb(pid)
    attackers, tasks = Flooders(site, flood, flooders), set[asyncio.Task[None]]()
    people: list[asyncio.Task[float]] = []
    started = time.monotonic()
    while (now := time.monotonic() - started) < seconds:
        while len(tasks) < now * A_MINUTE / 60:
            tasks.add(asyncio.create_task(attackers.one(len(tasks))))
        if len(people) < now / A_PERSON_EVERY_SECONDS:
            people.append(asyncio.create_task(comes_in(site, address_of(len(people) % flood.addresses), phone)))
            flood.health_ms.append(await site.page_ms())
            at_most = max(at_most, memory_kb(pid))
        await asyncio.sleep(0.02)
    done, late = await asyncio.wait(people, timeout=_LAST_ONE_SECONDS)
    flood.people_seconds = [task.result() for task in done] + [float("inf")] * len(late)
    for task in (*late, *tasks):
        task.cancel()
    await asyncio.gather(*tasks, *late, return_exceptions=True)
    flood.memory_mb = before / 1024, at_most / 1024, memory_kb(pid) / 1024


@asynccontextmanager
async def site_running(directory: Path) -> AsyncIterator[Site]:
    """The demo's, whose portal believes this machine about addresses."""
    places = places_with(1) | {"day": dict.fromkeys(("repeat_after", "overflow_after", "agent_silent_for"), _NO_HASTE)}
    changes = {"guest_portal": {"trusted_proxies": ["127.0.0.0/8"]}}
    installation = Installation(directory, free_ports(PORTS), SERVER_NAME, places, changes)
    connector = aiohttp.TCPConnector(limit=0)
    async with installation.synapse:
        await installation.accounts()
        async with installation.appservice, aiohttp.ClientSession(connector=connector) as http:
            yield Site(installation, http)


async def all_floods(seconds: float) -> list[Flood]:
    floods = [Flood(kind, addresses) for kind in KINDS for addresses in ADDRESSES]
    with (
        tempfile.TemporaryDirectory() as directory,
        ProcessPoolExecutor(1, initializer=os.nice, initargs=(19,)) as flooders,
        ProcessPoolExecutor(1) as phone,
    ):
        async with site_running(Path(directory)) as site:
            for flood in floods:
                async with site.installation.portal:  # a new one for each, which remembers nothing of the last
                    await watched(site, flood, seconds, flooders, phone)
                print(flood.row(), dict(flood.told), flush=True)
    return floods


def table(rows: Sequence[dict[str, Any]]) -> str:
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([str(row[column]) for column in columns] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each flood lasts; default: %(default)s")
    floods = asyncio.run(all_floods(parser.parse_args().seconds))
    rows = [flood.row() for flood in floods]
    print(table(rows))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=2))
    held = [flood for flood in floods if flood.kind != FOR_NOTHING]
    return int(any(max(flood.people_seconds) > WITHIN_SECONDS for flood in held))


if __name__ == "__main__":
    sys.exit(main())
