"""Hundreds of conversations on the scaled installation, while one process after the other is killed and started again.

    python -m tests.benchmarks.stress [--conversations 300] [--every 60]

In each conversation guest and agent write one message each in every so many seconds, or fewer where the machine cannot
keep up; guests through the portal's relay, agents through nginx; what they say passes for ciphertext. nginx, a portal,
the active application service and the homeserver's worker are killed with SIGKILL in turn; exits are pressed before,
during and after. Status 0 if every message arrived once, every exit was carried out to the end and verified, and the
95th percentile of the time that a message takes was back within 15 seconds of the restart.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from appservice.config import RETENTION
from appservice.embedded.process import ManagedProcess
from policies.signalement_policy.rules import room_hash
from tests.benchmarks.talking import Ledger, Pace, Talk, TellingAgent, percentile
from tests.e2e.relayed import RelayedGuest
from tests.e2e.residue import all_graves, rows_about
from tests.e2e.scaled_stack import ScaledStack, running_scaled_stack
from tests.e2e.stack import NO_BRAKE
from tests.waiting import until

RESULTS = Path(__file__).parent / "results" / "stress.json"
AGENTS = 10
BEGUN_AT_ONCE = 8
WARM_UP_SECONDS = 10.0
BASELINE_SECONDS = 30.0
KEEPS_UP_MS = 1_000.0
SLOWEST_SECONDS = 120.0
DOWN_SECONDS = 3.0
WATCHED_SECONDS = 30.0
WINDOW_SECONDS = 5.0
RECOVERED_WITHIN_SECONDS = 15.0
_EXITS_EACH = 3
_CONVERSATIONS_AN_EXIT = 20
"""So many exits are pressed before a kill, while the process is away, and after it is back; fewer of few."""
ARRIVED_WITHIN = timedelta(minutes=2)
PURGED_WITHIN = timedelta(minutes=5)
"""A worker that died while it made an event holds the room for two minutes: that is Synapse's own limit."""
SILENT_PURGED_WITHIN = timedelta(minutes=12)
"""An exit that nobody answered is noticed by the silence: five minutes here, as the homeserver notes it."""


@dataclass
class Death:
    """What the death of one process did; times in milliseconds or seconds, as the names say."""

    process: str
    back_after_seconds: float
    opening_seconds: float
    """From the kill, until a guest who pressed *start* at that moment was ready."""
    median_ms: float
    p95_ms: float
    """Of what was written from the kill to the restart."""
    recovered_after_seconds: float | None
    """From the restart, until the 95th percentile stayed where it was before; None if it did not."""
    messages: int


class Stress:
    def __init__(self, stack: ScaledStack, ledger: Ledger, conversations: int, pace: Pace) -> None:
        self._stack = stack
        self._ledger = ledger
        self._conversations = conversations
        self._pace = pace
        self._talks: list[Talk] = []
        self._gone: list[Talk] = []
        self._newcomers: list[RelayedGuest] = []
        self.deaths: list[Death] = []
        self.figures: dict[str, float] = {}

    async def run(self) -> None:
        await self._begin()
        await self._find_a_pace()
        installation = self._stack.installation
        await self._kill("nginx", installation.nginx)
        await self._kill("a portal", installation.portal)
        await self._kill("the active service", await self._stack.active_service())
        await self._kill("the worker", installation.worker)
        await self._come_to_an_end()

    async def _begin(self) -> None:
        started, turns = time.monotonic(), asyncio.Semaphore(BEGUN_AT_ONCE)

        async def begin(number: int) -> None:
            async with turns:
                self._talks.append(talk := await Talk.begun(number, self._stack, self._ledger, self._pace))
            talk.writes()  # at once: an agent who says nothing for minutes is taken for absent
            if len(self._talks) % 50 == 0:
                say(f"{len(self._talks)} conversations")

        await asyncio.gather(*map(begin, range(self._conversations)))
        self.figures["begun_in_seconds"] = time.monotonic() - started

    async def _find_a_pace(self) -> None:
        """Slower and slower, until this machine, which runs all clients too, keeps up."""
        await asyncio.sleep(WARM_UP_SECONDS)
        while True:
            since = time.monotonic()
            await asyncio.sleep(BASELINE_SECONDS)
            usual = self._ledger.latencies(since, time.monotonic() - WINDOW_SECONDS)
            median, p95 = percentile(usual, 0.5), percentile(usual, 0.95)
            say(f"one message in {self._pace.every:g} s: median {median:.0f} ms, p95 {p95:.0f} ms")
            self.figures |= {"usual_median_ms": median, "usual_p95_ms": p95}
            if p95 < KEEPS_UP_MS or self._pace.every >= SLOWEST_SECONDS:
                return
            self._pace.every *= 1.5
            await asyncio.sleep(self._pace.every)  # until all have taken it up

    async def _kill(self, name: str, process: ManagedProcess) -> None:
        say(f"killing {name} …")
        pressed = [asyncio.create_task(self._presses_exit())]
        killed = time.monotonic()
        await process.kill()
        opening = asyncio.create_task(self._newcomer())
        pressed.append(asyncio.create_task(self._presses_exit()))
        await asyncio.sleep(DOWN_SECONDS)
        await process.start()
        back = time.monotonic()
        pressed.append(asyncio.create_task(self._presses_exit()))
        await asyncio.gather(*pressed)
        opened = await opening
        await asyncio.sleep(max(0.0, back + WATCHED_SECONDS - time.monotonic()))
        meanwhile = self._ledger.latencies(killed, back)
        self.deaths.append(
            Death(
                name,
                back - killed,
                opened - killed,
                percentile(meanwhile, 0.5),
                percentile(meanwhile, 0.95),
                self._recovery(back, time.monotonic() - WINDOW_SECONDS),
                len(meanwhile),
            )
        )
        say(_row(self.deaths[-1]))

    async def _presses_exit(self) -> None:
        """Some of those who talk, one after the other."""
        for _ in range(max(1, min(_EXITS_EACH, self._conversations // _CONVERSATIONS_AN_EXIT))):
            talk = self._talks.pop()
            self._gone.append(talk)
            await talk.exits()

    async def _newcomer(self) -> float:
        """When somebody who pressed *start* now was ready."""
        self._newcomers.append(await self._stack.guest())
        return time.monotonic()

    def _recovery(self, back: float, end: float) -> float | None:
        """Seconds from `back` until the beginning of the first window from which on all are as usual."""
        usual = self.figures["usual_p95_ms"]
        bound = max(2 * usual, usual + 250)
        recovered: float | None = None
        start = back
        while start + WINDOW_SECONDS <= end:
            if percentile(self._ledger.latencies(start, start + WINDOW_SECONDS), 0.95) > bound:
                recovered = None
            elif recovered is None:
                recovered = start - back
            start += 1
        return recovered

    async def _come_to_an_end(self) -> None:
        say("waiting for what is under way …")
        for guest in self._newcomers:
            await guest.exits()
        await asyncio.gather(*(talk.falls_silent() for talk in self._talks))
        with suppress(AssertionError):  # told by `failures`
            await until(lambda: not self._ledger.lost, ARRIVED_WITHIN)
        answered = [talk.room for talk in self._gone if talk.answered] + [guest.room for guest in self._newcomers]
        silent = [talk.room for talk in self._gone if not talk.answered]
        self.figures |= {
            "messages": self._ledger.written,
            "lost": len(self._ledger.lost),
            "doubled": len(self._ledger.doubled),
            "exits": len(answered) + len(silent),
            "exits_without_answer": len(silent),
        }
        self.figures["not_purged"] = await self._left_of(answered, PURGED_WITHIN)
        say(self.outcome)
        if silent:
            say("waiting for the silence of those whose exit nobody answered to be noticed …")
            self.figures["not_purged"] += await self._left_of(silent, SILENT_PURGED_WITHIN)
        for talk in (*self._talks, *self._gone):
            await talk.ends()

    async def _left_of(self, rooms: Sequence[str], within: timedelta) -> int:
        """How many of them are not purged and verified by then, once each, or still occur in the homeserver."""
        hashes = [room_hash(room) for room in rooms]

        def all_buried() -> bool:
            graves = all_graves(self._stack.service_database)
            return all(graves.get(one) == [{}] for one in hashes)

        with suppress(AssertionError):  # counted below
            await until(all_buried, within)
        graves = all_graves(self._stack.service_database)
        buried = [room for room, one in zip(rooms, hashes, strict=True) if graves.get(one) == [{}]]
        clean = [room for room in buried if not rows_about(self._stack.homeserver_database, room)]
        return len(rooms) - len(clean)

    @property
    def outcome(self) -> str:
        figures = self.figures
        return (
            f"{figures['messages']:.0f} messages: {figures['lost']:.0f} lost, {figures['doubled']:.0f} doubled;"
            f" {figures['exits']:.0f} exits, of which {figures['exits_without_answer']:.0f} found nobody:"
            f" {figures['not_purged']:.0f} not purged"
        )

    @property
    def failures(self) -> list[str]:
        told = [f"{self.figures[what]:.0f} {what.replace('_', ' ')}" for what in ("lost", "doubled", "not_purged")]
        failures = [words for words in told if not words.startswith("0 ")]
        for death in self.deaths:
            after = death.recovered_after_seconds
            if after is None or after > RECOVERED_WITHIN_SECONDS:
                failures.append(f"p95 was not back within {RECOVERED_WITHIN_SECONDS:.0f} s of {death.process}'s return")
        return failures


_HEAD = ("killed", "back after", "opening", "median meanwhile", "p95 meanwhile", "p95 as usual after", "messages")


def _row(death: Death) -> str:
    recovered = death.recovered_after_seconds
    cells = (
        death.process,
        f"{death.back_after_seconds:.1f} s",
        f"{death.opening_seconds:.1f} s",
        f"{death.median_ms:.0f} ms",
        f"{death.p95_ms:.0f} ms",
        "not" if recovered is None else f"{recovered:.0f} s",
        str(death.messages),
    )
    return "".join(f"{cell:<20}" for cell in cells)


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {words}", flush=True)


def print_table(stress: Stress, conversations: int, pace: Pace) -> None:
    figures = stress.figures
    print(
        f"\n{conversations} conversations, one message each way in every {pace.every:g} s (a pace that"
        f" {os.cpu_count()} cores, which also run all clients, keep); begun in {figures['begun_in_seconds']:.0f} s;"
        f" usually {figures['usual_median_ms']:.0f} ms, p95 {figures['usual_p95_ms']:.0f} ms\n"
    )
    print("".join(f"{cell:<20}" for cell in _HEAD))
    for death in stress.deaths:
        print(_row(death))
    print(f"\n{stress.outcome}")


def short_silence(directory: Path) -> Path:
    """The usual retention, but for how long a silence is taken for a loss: as short as it may be."""
    usual = RETENTION.read_text(encoding="utf-8")
    file = directory / "retention.yaml"
    file.write_text(re.sub("(?m)^lost_contact_after: .*$", "lost_contact_after: 5 min", usual), encoding="utf-8")
    return file


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.stress")
    parser.add_argument("--conversations", type=int, default=300)
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two messages of one person, or more")
    arguments = parser.parse_args()
    ledger, pace = Ledger(), Pace(arguments.every)
    TellingAgent.ledger = ledger
    with tempfile.TemporaryDirectory(prefix="stress-") as directory:
        changes = {"guest_portal": NO_BRAKE} | {"appservice": {"retention": str(short_silence(Path(directory)))}}
        say("starting the scaled installation …")
        async with running_scaled_stack(Path(directory) / "demo", AGENTS, changes, TellingAgent) as stack:
            stress = Stress(stack, ledger, arguments.conversations, pace)
            await stress.run()
    print_table(stress, arguments.conversations, pace)
    failures = stress.failures
    RESULTS.parent.mkdir(exist_ok=True)
    figures = {
        "conversations": arguments.conversations, "seconds_between_messages": pace.every, **stress.figures,
        "deaths": [asdict(death) for death in stress.deaths], "failures": failures,
    }  # fmt: skip
    RESULTS.write_text(json.dumps(figures, indent=2))
    print(f"\nFailed: {'; '.join(failures)}." if failures else "\nPassed.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
