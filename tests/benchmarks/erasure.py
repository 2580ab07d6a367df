"""How long an erasure takes, from the press to the proof: figures, not assertions.

    python -m tests.benchmarks.erasure [--quick]

Guests and agents without a browser; homeserver, service and databases as they are. The press is the guest's leave,
as the portal sends it. A screen is clean when the agent's client has the redaction of every message, or is out of the
room. Purged is verified: counted, and the tombstone written.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from appservice.domain.erasure import room_hash
from tests.e2e.plain import Conversation, PlainAgent
from tests.e2e.stack import Stack, look, running_stack
from tests.synapse.clients import CLIENT
from tests.waiting import until

RESULTS = Path(__file__).parent / "results" / "erasure.json"
AGENTS = 5
MESSAGES = (10, 50, 200, 1000)
AT_ONCE = 100
BYSTANDERS = 5
REPEATED = 3
LONG = timedelta(minutes=5)


async def conversation_of(stack: Stack, messages: int, agents: int) -> Conversation:
    """`agents` were in it one after the other, the last is; so many messages of the guest."""
    plain, first = stack.plain, stack.agents[0]
    conversation = await plain.converses(first, 0)
    for leaving, coming in zip(stack.agents[: agents - 1], stack.agents[1:agents], strict=True):
        await leaving.person.ask.ok("POST", f"{CLIENT}/rooms/{conversation.room}/leave")
        await until(lambda one=coming: is_let_in(one, conversation.room), LONG)  # type: ignore[misc]  # bound now
        await plain.is_claimed(conversation, coming)
    await plain.says(conversation, messages)
    last = stack.agents[agents - 1]
    await until(lambda: last.readable.get(conversation.room, {}).keys() >= set(conversation.said), LONG)
    return conversation


async def is_let_in(agent: PlainAgent, room: str) -> bool:
    return (await agent.person.ask("POST", f"{CLIENT}/rooms/{room}/join", {})).status == 200


async def timed(start: float, condition: Callable[[], bool | Awaitable[bool]]) -> float:
    """Milliseconds from `start` until it holds."""
    await until(condition, LONG)
    return (time.perf_counter() - start) * 1000


async def one_erasure(stack: Stack, messages: int, agents: int) -> dict[str, float]:
    conversation = await conversation_of(stack, messages, agents)
    agent = stack.agents[agents - 1]

    async def token_is_dead() -> bool:
        return (await conversation.guest.ask("GET", f"{CLIENT}/account/whoami")).status == 401

    pressed = time.perf_counter()
    await stack.plain.leaves(conversation)
    dead, clean, purged = await asyncio.gather(
        timed(pressed, token_is_dead),
        timed(pressed, lambda: not agent.readable.get(conversation.room)),
        timed(pressed, lambda: is_verified(stack, [conversation])),
    )
    return {"token dead": dead, "screen clean": clean, "purged and verified": purged}


def is_verified(stack: Stack, conversations: Iterable[Conversation]) -> bool:
    graves = {name for (name,) in look(stack.service_database, "SELECT room_hash FROM tombstone")}
    return graves >= {room_hash(one.room) for one in conversations}  # type: ignore[arg-type]  # a RoomId to us


async def many_at_once(stack: Stack) -> dict[str, float]:
    """A hundred emergencies in the same second, while others go on talking."""
    bystanders = [await stack.plain.converses(agent, 1) for agent in stack.agents[:BYSTANDERS]]
    leaving: list[Conversation] = []
    for start in range(0, AT_ONCE, 10):
        ten = (stack.plain.converses(stack.agents[n % AGENTS], 3) for n in range(start, start + 10))
        leaving += await asyncio.gather(*ten)
    usual = statistics.median([await a_message(stack, n, one) for _ in range(4) for n, one in enumerate(bystanders)])
    latencies: list[float] = []

    async def talks(number: int, conversation: Conversation) -> None:
        while True:
            latencies.append(await a_message(stack, number, conversation))
            await asyncio.sleep(0.5)

    talking = [asyncio.create_task(talks(number, one)) for number, one in enumerate(bystanders)]
    pressed = time.perf_counter()
    await asyncio.gather(*map(stack.plain.leaves, leaving))
    clean, purged = await asyncio.gather(
        timed(pressed, lambda: not any(agent.readable.get(one.room) for agent in stack.agents for one in leaving)),
        timed(pressed, lambda: is_verified(stack, leaving)),
    )
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking, return_exceptions=True)
    return {
        "all screens clean": clean,
        "all purged and verified": purged,
        "a message meanwhile, median": statistics.median(latencies),
        "a message before, median": usual,
    }


async def a_message(stack: Stack, number: int, conversation: Conversation) -> float:
    sent = time.perf_counter()
    await stack.plain.says(conversation, 1)
    await until(lambda: conversation.said[-1] in stack.agents[number].readable[conversation.room], LONG)
    return (time.perf_counter() - sent) * 1000


async def measured(stack: Stack, sizes: Sequence[int]) -> dict[str, dict[str, float]]:
    """Prints as it goes."""
    figures: dict[str, dict[str, float]] = {}
    for messages in sizes:
        for agents in (1, AGENTS):
            taken = [await one_erasure(stack, messages, agents) for _ in range(REPEATED)]
            what = f"{messages} messages, {agents} agents"
            figures[what] = {name: round(statistics.median(one[name] for one in taken)) for name in taken[0]}
            print(f"{what:<28}" + "".join(f"{name}: {value:>6.0f} ms   " for name, value in figures[what].items()))
    at_once = figures[f"{AT_ONCE} at once"] = {name: round(ms) for name, ms in (await many_at_once(stack)).items()}
    for name, value in at_once.items():
        print(f"{AT_ONCE} at once: {name}: {value} ms")
    return figures


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with running_stack(Path(directory), AGENTS) as stack:
            figures = await measured(stack, MESSAGES[:3] if "--quick" in sys.argv else MESSAGES)
    print(f"Load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    asyncio.run(main())
