"""The line: short, who did more goes first, and no turn is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

import pytest

from guest_portal.line import Line, Outbid
from tests.waiting import until


class Visits:
    """To a line that lets one in at a time, and in which two can wait."""

    def __init__(self) -> None:
        self.line = Line(at_once=1, places=2)
        self.let_in: list[str] = []
        self.outbid: list[str] = []
        self._leaves = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def comes(self, name: str, bid: int = 0) -> None:
        """In line, or refused, when this returns."""
        self._tasks[name] = asyncio.create_task(self._visits(name, bid))
        await asyncio.sleep(0)

    async def _visits(self, name: str, bid: int) -> None:
        try:
            async with self.line.turn(bid):
                self.let_in.append(name)
                await self._leaves.wait()
        except Outbid:
            self.outbid.append(name)

    async def goes_away(self, name: str) -> None:
        self._tasks[name].cancel()
        with suppress(asyncio.CancelledError):
            await self._tasks[name]

    async def all_leave(self) -> None:
        self._leaves.set()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


@pytest.fixture
async def visits() -> AsyncIterator[Visits]:
    visits = Visits()
    yield visits
    await visits.all_leave()


async def test_with_the_same_work_done_who_came_first_goes_first(visits: Visits) -> None:
    for name in ("first", "second", "third"):
        await visits.comes(name)
    assert visits.let_in == ["first"]
    await visits.all_leave()
    assert visits.let_in == ["first", "second", "third"]


async def test_who_did_more_goes_first(visits: Visits) -> None:
    for name, bid in (("inside", 0), ("little", 1), ("much", 2)):
        await visits.comes(name, bid)
    await visits.all_leave()
    assert visits.let_in == ["inside", "much", "little"]


async def test_a_full_line_costs_more_than_the_last_one_in_it_has_done_who_then_has_to_do_more(visits: Visits) -> None:
    for name, bid in (("inside", 0), ("first", 1), ("second", 0)):
        assert visits.line.price() == 0
        await visits.comes(name, bid)
    assert visits.line.price() == 1
    await visits.comes("cheap", 0)
    assert visits.outbid == ["cheap"]
    await visits.comes("dear", 1)
    await until(lambda: visits.outbid == ["cheap", "second"])
    assert visits.line.price() == 2
    await visits.all_leave()
    assert visits.let_in == ["inside", "first", "dear"]


async def test_who_has_to_work_anyway_is_offered_the_first_place(visits: Visits) -> None:
    for name, bid in (("inside", 0), ("first", 3), ("second", 0)):
        assert visits.line.offer() == 0
        await visits.comes(name, bid)
    assert (visits.line.price(), visits.line.offer()) == (1, 4)


async def test_who_goes_away_leaves_the_place_to_others_and_takes_no_turn_along(visits: Visits) -> None:
    for name in ("inside", "impatient", "patient"):
        await visits.comes(name)
    await visits.goes_away("impatient")
    assert visits.line.price() == 0
    await visits.goes_away("inside")
    await until(lambda: visits.let_in == ["inside", "patient"])


async def test_a_turn_that_comes_to_somebody_who_goes_away_at_that_moment_is_passed_on() -> None:
    line = Line(at_once=1, places=2)
    async with AsyncExitStack() as inside:
        await inside.enter_async_context(line.turn(0))
        leaving = asyncio.create_task(line.turn(0).__aenter__())
        await asyncio.sleep(0)
    leaving.cancel()  # its turn has come, and it does not know yet
    with pytest.raises(asyncio.CancelledError):
        await leaving
    async with asyncio.timeout(1), line.turn(0):
        pass


async def test_a_turn_passes_by_those_who_are_going_away_at_that_moment() -> None:
    line = Line(at_once=1, places=2)
    async with AsyncExitStack() as inside:
        await inside.enter_async_context(line.turn(0))
        leaving, staying = (asyncio.create_task(line.turn(0).__aenter__()) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()  # and has not left the line yet
    async with asyncio.timeout(1):
        await staying


async def test_the_last_place_of_somebody_who_is_going_away_at_that_moment_is_given_away() -> None:
    line = Line(at_once=1, places=1)
    async with AsyncExitStack() as inside:
        await inside.enter_async_context(line.turn(0))
        leaving = asyncio.create_task(line.turn(0).__aenter__())
        await asyncio.sleep(0)
        coming = asyncio.create_task(line.turn(1).__aenter__())
        leaving.cancel()  # when the other comes, it has not left the line yet
        await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await coming
