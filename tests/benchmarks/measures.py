"""What is measured on the two sides. Every figure is taken from outside, by a client's clock, or from the kernel."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.processes import memory_kb, processor_ms
from tests.benchmarks.sides import Ear, Opened, Side, Talk, Veilleuse, said
from tests.synapse.clients import CLIENT

TURN_EVERY_SECONDS = 0.15
"""So that what one side does after a message is delivered does not fall into the other's turn."""

MESSAGE_EVERY_SECONDS = 10.0
"""Of each conversation, to measure how many there can be."""

DELIVERED_WITHIN_MS = 300.0
"""At the 95th percentile: beyond, there are too many conversations."""

BETWEEN_OPENINGS_SECONDS = 2.0
"""So that what is made ahead has been made again meanwhile, and does not fall into the other's turn."""

_WARM_UP_SECONDS = 4.0
_MEASURED_SECONDS = 20.0
_LOST_AFTER_SECONDS = 20.0
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Latencies:
    milliseconds: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.milliseconds, n=20, method="inclusive")[-1]


@dataclass
class Ears:
    """The long polls of those who talk, by who they are."""

    by_user: dict[str, Ear] = field(default_factory=dict)

    @property
    def polls(self) -> int:
        return sum(ear.polls for ear in self.by_user.values())


async def opened(side: Side, number: int, at_once: int = _AT_ONCE) -> list[Opened]:
    """So many more conversations, several at a time: not measured."""
    turns = asyncio.Semaphore(at_once)

    async def one() -> Opened:
        async with turns:
            return await side.opens()

    return list(await asyncio.gather(*(one() for _ in range(number))))


async def claimed(side: Side, conversations: Sequence[Opened]) -> list[Talk]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int, conversation: Opened) -> Talk:
        async with turns:
            return await side.claimed(conversation, side.agents[number % len(side.agents)])

    return list(await asyncio.gather(*(one(number, each) for number, each in enumerate(conversations))))


class Listening:
    """Opens the long polls of those who are added, and closes all of them at the end."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self.ears = Ears()

    async def add(self, talks: Sequence[Talk]) -> None:
        people = {person.user_id: person for talk in talks for person in (talk.guest, talk.agent)}
        for user_id, person in people.items():
            if user_id not in self.ears.by_user:
                self.ears.by_user[user_id] = await self._stack.enter_async_context(Ear(person).open())


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    async with AsyncExitStack() as stack:
        yield Listening(stack)


async def one_message(talk: Talk, ears: Ears, *, by_guest: bool, since: float | None = None) -> float:
    """Milliseconds from sending, or from `since`, until it is on the other's line."""
    speaker, other = (talk.guest, talk.agent) if by_guest else (talk.agent, talk.guest)
    before = time.perf_counter() if since is None else since
    event_id = await said(speaker, talk.room)
    return (await ears.by_user[other.user_id].hears(event_id) - before) * 1000


@dataclass
class MessageFigures:
    guest_to_agent: list[float] = field(default_factory=list)
    agent_to_guest: list[float] = field(default_factory=list)

    @property
    def all(self) -> Latencies:
        return Latencies([*self.guest_to_agent, *self.agent_to_guest])


async def messages(
    sides: Mapping[str, tuple[Sequence[Talk], Ears]], turns: int, warm_up: int
) -> dict[str, MessageFigures]:
    """One message each way on each side in turn, the sides in changing order."""
    figures = {name: MessageFigures() for name in sides}
    for turn in range(-warm_up, turns):
        order = sorted(sides, reverse=bool(turn % 2))
        for by_guest in (True, False):
            for name in order:
                talks, ears = sides[name]
                due = time.perf_counter() + TURN_EVERY_SECONDS
                taken = await one_message(talks[turn % len(talks)], ears, by_guest=by_guest)
                if turn >= 0:
                    way = figures[name].guest_to_agent if by_guest else figures[name].agent_to_guest
                    way.append(taken)
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
    return figures


async def under_load(talks: Sequence[Talk], ears: Ears) -> Latencies:
    """Each conversation says something every ten seconds, in turn by guest and agent, evenly spread over time.

    A message counts from when it was due. One that is not delivered in time counts as that time.
    """
    start = time.perf_counter()
    taken: list[float] = []

    async def talks_on(number: int, talk: Talk) -> None:
        due = start + MESSAGE_EVERY_SECONDS * number / len(talks)
        turn = number
        async with asyncio.TaskGroup() as under_way:
            while due < start + _WARM_UP_SECONDS + _MEASURED_SECONDS:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                under_way.create_task(one(talk, due, by_guest=turn % 2 == 0))
                due, turn = due + MESSAGE_EVERY_SECONDS, turn + 1

    async def one(talk: Talk, due: float, *, by_guest: bool) -> None:
        milliseconds = _LOST_AFTER_SECONDS * 1000
        try:
            async with asyncio.timeout(_LOST_AFTER_SECONDS):
                milliseconds = await one_message(talk, ears, by_guest=by_guest, since=due)
        except TimeoutError:
            pass
        if due >= start + _WARM_UP_SECONDS:
            taken.append(milliseconds)

    async with asyncio.TaskGroup() as tasks:
        for number, talk in enumerate(talks):
            tasks.create_task(talks_on(number, talk))
    return Latencies(taken)


@dataclass(frozen=True, slots=True)
class RelayCost:
    """Milliseconds of the portal's processor for one request."""

    send_ms: float
    sync_ms: float


async def relay_cost(veilleuse: Veilleuse, talk: Talk, requests: int) -> RelayCost:
    portal = veilleuse.processes["portal"]
    before = processor_ms(portal)
    for _ in range(requests):
        await said(talk.guest, talk.room)
    between = processor_ms(portal)
    since = (await talk.guest.sync())["next_batch"]
    for _ in range(requests):
        await talk.guest.ask.ok("GET", f"{CLIENT}/sync", None, timeout="0", since=since)
    after = processor_ms(portal)
    return RelayCost((between - before) / requests, (after - between) / (requests + 1))


async def idle_guest_kb(veilleuse: Veilleuse, guests: Sequence[Opened]) -> float:
    """Kilobytes of the portal's memory for each guest who waits for news: of a portal that has just started."""
    await veilleuse.installation.portal.restart()
    portal = veilleuse.processes["portal"]
    async with AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(Ear(guests[0].guest).open())]
        before = memory_kb(portal)
        for one in guests[1:]:
            ears.append(await stack.enter_async_context(Ear(one.guest).open()))
        return (memory_kb(portal) - before) / (len(ears) - 1)


def memory_mb(side: Side) -> dict[str, float]:
    return {name: round(memory_kb(pid) / 1024, 1) for name, pid in side.processes.items()}


def told(latencies: Latencies) -> dict[str, Any]:
    return {"median_ms": round(latencies.median, 1), "p95_ms": round(latencies.p95, 1)}
