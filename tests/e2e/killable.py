"""The application service, in which erasures come to a halt, each at another step, and then something is killed.

    python -m tests.e2e.killable CONFIG PLAN

PLAN is a JSON file: `{"when": "before" | "after", "pid": PID | null}`. The first erasure halts at the first step,
the second at the second, and so on, before the step or after it, before anything is stored of it. When all are there,
PID is killed with SIGKILL, or, where it is null, the service itself. The file is removed first: started again, nothing
halts.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from appservice.domain.erasure import ORDER, Erasure, Step
from appservice.domain.ids import SignalementId
from appservice.domain.signalement import Cause, Signalement
from appservice.usecases.erase import Erase
from tests.e2e.service_program import run_service

STEPS = tuple(step for step in ORDER if step is not Step.DONE)

_one_step = Erase._one_step


class Halt:
    def __init__(self, plan: Path) -> None:
        planned = json.loads(plan.read_text())
        self._plan = plan
        self._before = planned["when"] == "before"
        self._pid: int = planned["pid"] or os.getpid()
        self._places: dict[SignalementId, Step] = {}
        self._arrived = 0
        self._over = asyncio.Event()

    async def step(self, erase: Erase, signalement: Signalement, erasure: Erasure) -> Erasure:
        here = self._is_the_place(erasure)
        if here and self._before:
            await self._all_are_there()
        further = await _one_step(erase, signalement, erasure)
        if here and not self._before:
            await self._all_are_there()
        return further

    def _is_the_place(self, erasure: Erasure) -> bool:
        if erasure.cause is not Cause.GUEST_LEFT:
            return False  # of a room that an earlier process made ahead, or had half made
        if erasure.signalement_id not in self._places and len(self._places) < len(STEPS):
            self._places[erasure.signalement_id] = STEPS[len(self._places)]
        return not self._over.is_set() and self._places.get(erasure.signalement_id) is erasure.step

    async def _all_are_there(self) -> None:
        self._arrived += 1
        if self._arrived == len(STEPS):
            self._plan.unlink()
            os.kill(self._pid, signal.SIGKILL)
            self._over.set()
        await self._over.wait()


def main() -> None:
    config, plan = sys.argv[1], Path(sys.argv[2])
    if plan.exists():
        halt = Halt(plan)

        async def one_step(self: Erase, signalement: Signalement, erasure: Erasure) -> Erasure:
            return await halt.step(self, signalement, erasure)

        Erase._one_step = one_step  # type: ignore[method-assign]  # what this program is for
    run_service(config)


if __name__ == "__main__":
    main()
