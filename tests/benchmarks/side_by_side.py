"""Veilleuse beside a bare homeserver, on this machine, in one run: `make bench`. Figures, not assertions.

Prints a table, and writes `tests/benchmarks/results/latest.json`. Takes a quarter of an hour at the most. What the
figures mean: docs/performance.md.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.benchmarks import measures
from tests.benchmarks.measures import DELIVERED_WITHIN_MS, Latencies, Listening, listening, told
from tests.benchmarks.report import table
from tests.benchmarks.sides import BareHomeserver, Opened, Side, Talk, Veilleuse, both_sides

RESULTS = Path(__file__).parent / "results" / "latest.json"
TALKS = 5
TURNS = 150
WARM_UP = 20
OPENINGS = 16
IDLE_GUESTS = 200
RELAYED = 200
GROWTH = (100, 300)
STEPS = (10, 50, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000)
_LONGEST_SECONDS = 13 * 60
_STARTED = time.monotonic()


def tell(what: str) -> None:
    print(f"{time.monotonic() - _STARTED:6.0f} s  {what}", flush=True)


class Bench:
    """The measurements in their order, each on conversations that the former ones have left."""

    def __init__(self, veilleuse: Veilleuse, bare: BareHomeserver) -> None:
        self._sides: dict[str, Side] = {"veilleuse": veilleuse, "bare": bare}
        self._veilleuse = veilleuse
        self._conversations: dict[str, list[Opened]] = {name: [] for name in self._sides}
        self.figures: dict[str, Any] = {"machine": {"processors": os.cpu_count()}}

    async def run(self) -> None:
        await self._openings()
        await self._messages()
        await self._growth()
        await self._idle()
        for sides_left, name in zip((2, 1), self._sides, strict=True):
            now = time.monotonic()
            await self._capacity(name, now + (_STARTED + _LONGEST_SECONDS - now) / sides_left)
        self.figures["memory_mb"] = {name: measures.memory_mb(side) for name, side in self._sides.items()}

    async def _openings(self) -> None:
        tell(f"{OPENINGS} openings on each side, turn by turn")
        for number in range(OPENINGS):
            for name in sorted(self._sides, reverse=bool(number % 2)):
                self._conversations[name].append(await self._sides[name].opens())
                await asyncio.sleep(measures.BETWEEN_OPENINGS_SECONDS)
        self.figures["opening"] = {name: _openings_told(each) for name, each in self._conversations.items()}
        tell("openings that find nothing made ahead")
        ahead = self._veilleuse.installation.settings.appservice.rooms_ahead
        crowd = [await self._veilleuse.opens() for _ in range(ahead + OPENINGS // 2)]
        self.figures["opening"]["on_demand"] = _openings_told(crowd[ahead:])
        self._conversations["veilleuse"] += crowd

    async def _messages(self) -> None:
        tell(f"{2 * TURNS} messages on each side, turn by turn")
        async with AsyncExitStack() as stack:
            taking_part = {}
            for name, side in self._sides.items():
                talks = await measures.claimed(side, self._conversations[name][:TALKS])
                heard = await stack.enter_async_context(listening())
                await heard.add(talks)
                taking_part[name] = talks, heard.ears
            measured = await measures.messages(taking_part, TURNS, WARM_UP)
        # When nobody listens any more: an answer to a long poll would count as a part of what a message costs.
        cost = await measures.relay_cost(self._veilleuse, taking_part["veilleuse"][0][0], RELAYED)
        self.figures["message"] = {
            name: {
                "both_ways": told(one.all),
                "guest_to_agent": told(Latencies(one.guest_to_agent)),
                "agent_to_guest": told(Latencies(one.agent_to_guest)),
            }
            for name, one in measured.items()
        }
        ours, theirs = measured["veilleuse"].all, measured["bare"].all
        self.figures["message_median_ratio"] = round(ours.median / theirs.median, 3)
        self.figures["message_p95_ratio"] = round(ours.p95 / theirs.p95, 3)
        self.figures["portal_processor_ms"] = {"send": round(cost.send_ms, 2), "sync": round(cost.sync_ms, 2)}

    async def _growth(self) -> None:
        """How long an opening takes with so many conversations there."""
        grown = {OPENINGS: self.figures["opening"]["veilleuse"]}
        for conversations in GROWTH:
            tell(f"openings with {conversations} conversations there")
            await self._fill("veilleuse", conversations)
            measured = []
            for _ in range(OPENINGS // 2):
                measured.append(await self._veilleuse.opens())
                await asyncio.sleep(measures.BETWEEN_OPENINGS_SECONDS)
            grown[conversations] = _openings_told(measured)
            self._conversations["veilleuse"] += measured
        self.figures["growth"] = grown

    async def _idle(self) -> None:
        tell(f"{IDLE_GUESTS} guests who wait for news")
        guests = self._conversations["veilleuse"][TALKS : TALKS + IDLE_GUESTS]
        self.figures["idle_guest_kb"] = round(await measures.idle_guest_kb(self._veilleuse, guests), 1)

    async def _capacity(self, name: str, until: float) -> None:
        side, talks, reached = self._sides[name], list[Talk](), 0
        steps: dict[int, dict[str, Any]] = {}
        async with listening() as heard:
            for conversations in STEPS:
                if time.monotonic() > until:
                    tell(f"{name}: no time for {conversations} conversations")
                    break
                await self._talks(name, side, talks, heard, conversations)
                tell(f"{name}: {conversations} conversations, each with a message every ten seconds")
                latencies = await measures.under_load(talks, heard.ears)
                steps[conversations] = told(latencies)
                if latencies.p95 >= DELIVERED_WITHIN_MS:
                    break
                reached = conversations
        self.figures.setdefault("capacity", {})[name] = {"conversations": reached, "steps": steps}

    async def _talks(self, name: str, side: Side, talks: list[Talk], heard: Listening, conversations: int) -> None:
        await self._fill(name, conversations)
        more = await measures.claimed(side, self._conversations[name][len(talks) : conversations])
        talks += more
        await heard.add(more)

    async def _fill(self, name: str, conversations: int) -> None:
        known = self._conversations[name]
        known += await measures.opened(self._sides[name], max(0, conversations - len(known)))


def _openings_told(openings: Sequence[Opened]) -> dict[str, Any]:
    whole = told(Latencies([one.start_to_ready_ms for one in openings]))
    parts = {part: told(Latencies([one.parts[part] for one in openings])) for part in openings[0].parts}
    return whole | {"parts": parts}


async def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as directory:
        tell("starting both sides")
        async with both_sides(Path(directory)) as (veilleuse, bare):
            bench = Bench(veilleuse, bare)
            await bench.run()
    figures = bench.figures
    figures["start_ready_median_ms"] = figures["opening"]["veilleuse"]["median_ms"]
    figures["capacity_conversations"] = figures["capacity"]["veilleuse"]["conversations"]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"\n{table(figures)}\n\nAll of it is in {RESULTS}.")


if __name__ == "__main__":
    asyncio.run(main())
