"""What the rules cost: sending a message with the policy module and without it, in one run, turn by turn.

`python -m tests.benchmarks.policy`: two Synapses side by side, the same rooms on both. Figures, not assertions.
"""

import asyncio
import json
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.processes import processor_ms
from tests.synapse.clients import Person
from tests.synapse.server import Server, Signalement, running_server

RESULTS = Path(__file__).parent / "results" / "policy.json"
WARM_UP = 40
MESSAGES = 400


@dataclass
class Side:
    server: Server
    talk: Signalement
    ordinary: tuple[Person, str]
    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    processor_ms: float = 0.0

    async def send(self, where: str, number: int) -> None:
        person, room = self.ordinary if where == "ordinary room" else (self.talk.agent, self.talk.room)
        before = time.perf_counter()
        await person.say(room, f"ciphertext {number}" * 20)
        self.milliseconds.setdefault(where, []).append((time.perf_counter() - before) * 1000)

    def processor(self) -> float:
        """Milliseconds of processor that the homeserver has used."""
        assert self.server.process.pid is not None
        return processor_ms(self.server.process.pid)


async def _side(server: Server) -> Side:
    person, other = await server.agent(), await server.agent()
    room = await person.create_room(preset="private_chat", invite=[other.user_id])
    await other.join(room)
    return Side(server, await server.signalement(), (person, room))


async def main() -> None:
    async with AsyncExitStack() as stack:
        sides = {}
        for name in ("off", "on"):
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = running_server(directory, None, with_policy=name == "on")
            sides[name] = await _side(await stack.enter_async_context(server))
        for where in ("signalement", "ordinary room"):
            for number in range(WARM_UP):
                for side in sides.values():
                    await side.send(where, number)
            for side in sides.values():
                side.milliseconds[where].clear()
                side.processor_ms = side.processor()
            for number in range(MESSAGES):
                order = list(sides.values()) if number % 2 else list(reversed(sides.values()))
                for side in order:
                    await side.send(where, WARM_UP + number)
            _tell(where, sides)


def _tell(where: str, sides: dict[str, Side]) -> None:
    medians = {name: statistics.median(side.milliseconds[where]) for name, side in sides.items()}
    processor = {name: (side.processor() - side.processor_ms) / MESSAGES for name, side in sides.items()}
    told = {
        "where": where,
        "messages": MESSAGES,
        "median_ms": {name: round(value, 3) for name, value in medians.items()},
        "median_cost_percent": round((medians["on"] / medians["off"] - 1) * 100, 2),
        "processor_ms": {name: round(value, 3) for name, value in processor.items()},
    }
    print(json.dumps(told, indent=2))
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a") as file:
        file.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
