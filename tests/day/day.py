"""The day itself: people come as others go, agents work until everybody has been heard."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from appservice.domain.signalement import State
from tests.day.agents import AtWork
from tests.day.people import Talk, lives
from tests.day.plan import Course, Fate, courses
from tests.day.record import Verdict, verdict
from tests.day.setting import Setting
from tests.waiting import until

_LATE = "guyancourt"
"""The desk whose agents begin late: until then others have to help out."""

_LATEST = timedelta(minutes=3)
_TOLD_EVERY_SECONDS = 10.0
_GUESTS_FOR_AN_AGENT = 2.5
"""How many are there at once, for each agent: more than all can hold."""


@dataclass
class Report:
    verdict: Verdict
    happened: dict[str, int]
    """How often, by what."""

    seconds: dict[str, float]


class FastDay:
    """Implements `agents.Day`."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.talks: dict[str, Talk] = {}
        self.is_over = False
        self.out_of_order: list[str] = []
        self.happened: Counter[str] = Counter()
        self._people: list[Talk] = []
        self._begins = asyncio.Event()
        self._agents = [
            AtWork(self, desk, agent, number)
            for desk, agents in setting.agents.items()
            for number, agent in enumerate(agents)
        ]

    def counts(self, what: str) -> None:
        self.happened[what] += 1

    async def begins(self, desk: str) -> None:
        if desk == _LATE:
            await self._begins.wait()

    def agents_of(self, desk: str) -> list[AtWork]:
        return [one for one in self._agents if one.desk == desk]

    def colleagues(self, of: AtWork) -> list[AtWork]:
        """Those with fewest conversations would be asked first; here those who are free are."""
        others = [one for one in self._agents if one is not of and not one.at_the_desk.locked()]
        return sorted(others, key=lambda one: (one.desk != of.desk, not one.is_free))

    async def takes_place(self, signalements: int, tell: Callable[[str], None]) -> Report:
        began = time.monotonic()
        places = asyncio.Semaphore(max(6, round(_GUESTS_FOR_AN_AGENT * len(self._agents))))
        async with asyncio.TaskGroup() as tasks, self._progress_told(signalements, tell):
            tasks.create_task(self._late_ones_begin())
            work = [tasks.create_task(one.works()) for one in self._agents]
            guests = []
            for course in courses(signalements):
                await places.acquire()
                guests.append(tasks.create_task(self._comes(course, places)))
            await asyncio.gather(*guests)
            self.is_over = True
            await asyncio.gather(*work)
        lasted = time.monotonic() - began
        tell("The day is over; it is looked at …")
        await until(self._all_settled)
        told = await verdict(self.setting, self.talks, self._agents)
        told.out_of_order += self.out_of_order
        return Report(told, await self._happenings(), {"the day": lasted} | self._waits())

    async def _comes(self, course: Course, places: asyncio.Semaphore) -> None:
        talk = Talk(self.setting.guests.comes(), course, list(course.fates))
        self._people.append(talk)
        try:
            await lives(talk, self.talks)
        finally:
            places.release()

    async def _late_ones_begin(self) -> None:
        await until(self._somebody_waited_in_vain, _LATEST)
        self._begins.set()

    async def _somebody_waited_in_vain(self) -> bool:
        return any(one.passed for one in await self.setting.stores.active())

    async def _all_settled(self) -> bool:
        return not await self.setting.stores.unsettled(1)

    @asynccontextmanager
    async def _progress_told(self, signalements: int, tell: Callable[[str], None]) -> AsyncIterator[None]:
        async def tell_on() -> None:
            began = time.monotonic()
            while True:
                states = Counter(one.state for one in await self.setting.stores.active())
                ended = sum(talk.guest.shown.phase in ("ended", "closed") for talk in self._people)
                minutes, seconds = divmod(int(time.monotonic() - began), 60)
                tell(
                    f"{minutes:2}:{seconds:02}  came {len(self._people):3} of {signalements}, waiting"
                    f" {states[State.WAITING]:2}, with an agent {states[State.CLAIMED]:2}, ended {ended:3}"
                )
                await asyncio.sleep(_TOLD_EVERY_SECONDS)

        telling = asyncio.create_task(tell_on())
        try:
            yield
        finally:
            telling.cancel()

    def _waits(self) -> dict[str, float]:
        waits = [(talk.course.in_danger, talk.waited_for) for talk in self._people if talk.waited_for is not None]
        by_danger = {
            "wait, median, in danger": [waited for in_danger, waited in waits if in_danger],
            "wait, median, others": [waited for in_danger, waited in waits if not in_danger],
        }
        return {what: statistics.median(each) for what, each in by_danger.items() if each}

    async def _happenings(self) -> dict[str, int]:
        """By the service's record, and by what nobody but the clients knows."""
        rows = await self.setting.database.rows("SELECT kind, COUNT(*) AS times FROM audit_entry GROUP BY kind")
        recorded = {row["kind"]: int(row["times"]) for row in rows}
        kinds = (
            "opened",
            "claimed",
            "handed_over",
            "released",
            "agent_silent",
            "overflowed",
            "listener_joined",
            "closed",
        )
        own = {
            "in danger": sum(talk.course.in_danger for talk in self._people),
            "left by the guest": sum(talk.has_left for talk in self._people),
            "said to be hard": sum(Fate.HARD in talk.course.fates for talk in self._people),
            "asked whether to pass on": sum(
                "passed-on" in talk.guest.shown.notices or "not-passed-on" in talk.guest.shown.notices
                for talk in self._people
            ),
            "sealed for a moment": sum(talk.guest.shown.sealed_at_first for talk in self._people),
        }
        return {kind: recorded.get(kind, 0) for kind in kinds} | dict(self.happened) | own
