"""The loop of erasures: what is due is carried out, several side by side, and trouble in one stops no other."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from appservice.domain.erasure import Erasure, Step
from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import SignalementId
from appservice.domain.signalement import Cause
from appservice.workers import Erasures
from tests.fakes.stores import FakeStores
from tests.fakes.world import START, FakeClock
from tests.waiting import until


class FakeErase:
    """Carries out what it is given up to where it is told, but for what is in `trouble`; `hold` keeps it under way."""

    def __init__(self, stores: FakeStores) -> None:
        self._stores = stores
        self.begun: list[str] = []
        self.trouble: dict[str, Exception] = {}
        self.hold = asyncio.Event()
        self.hold.set()

    async def __call__(self, erasure: Erasure, before: Step) -> Erasure:
        self.begun.append(erasure.signalement_id)
        await self.hold.wait()
        if error := self.trouble.pop(erasure.signalement_id, None):
            await self._stores.save_erasure(erasure.postponed(START))
            raise error
        further = replace(erasure, step=before)
        if before is Step.DONE:
            self._stores._erasures.pop(erasure.signalement_id)
        else:
            await self._stores.save_erasure(further)
        return further


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.stores = FakeStores()
        self.erase = FakeErase(self.stores)
        self.erasures = Erasures(self.erase, self.stores, self.clock)  # type: ignore[arg-type]  # as called, it is one

    async def order(self, name: str, after: timedelta = timedelta(), step: Step = Step.SILENCE) -> None:
        await self.stores.add_erasure(
            Erasure(SignalementId(name), Cause.GUEST_LEFT, requested_at=START, next_attempt_at=START + after, step=step)
        )
        self.erasures.ordered.set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        work = asyncio.create_task(self.erasures.run())
        try:
            yield
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work

    async def nothing_is_left(self) -> bool:
        return await self.stores.soonest_erasures(10) == []


@pytest.fixture
def world() -> World:
    return World()


async def test_what_was_due_at_the_start_and_what_is_ordered_later_are_carried_out(world: World) -> None:
    await world.order("before")
    async with world.at_work():
        await until(world.nothing_is_left)
        await world.order("later")
        await until(world.nothing_is_left)
    assert world.erase.begun == ["before"] * 3 + ["later"] * 3


async def test_a_few_are_carried_out_at_a_time_and_those_that_take_long_keep_no_other_waiting(world: World) -> None:
    world.erase.hold.clear()
    names = [f"erasure {number}" for number in range(18)]
    for name in names:
        await world.order(name)
    async with world.at_work():
        await until(lambda: world.erase.begun == names[:2])
        world.erasures.ordered.set()
        await until(lambda: not world.erasures.ordered.is_set())
        assert world.erase.begun == names[:2], "none is begun twice, and no other"
        world.clock.advance(timedelta(seconds=5))
        world.erasures.ordered.set()
        await until(lambda: world.erase.begun == names[:4])
        world.erase.hold.set()
        await until(world.nothing_is_left)


async def test_what_somebody_could_still_see_goes_first_of_all_erasures(world: World) -> None:
    await world.order("long out of sight", step=Step.UNLINK)
    for number in range(5):
        await world.order(f"in sight {number}", after=timedelta(seconds=number))
    world.clock.advance(timedelta(minutes=1))
    async with world.at_work():
        await until(world.nothing_is_left)
    assert world.erase.begun[:5] == [f"in sight {number}" for number in range(5)]
    assert world.erase.begun.count("in sight 0") == 3
    assert world.erase.begun.count("long out of sight") == 2


async def test_what_the_homeserver_does_for_many_together_is_asked_of_it_for_many_together(world: World) -> None:
    world.erase.hold.clear()
    for number in range(20):
        await world.order(f"shared {number}", step=Step.UNLINK)
        await world.order(f"by itself {number}", step=Step.PURGE)
    async with world.at_work():
        await until(lambda: len(world.erase.begun) == 22)
        assert sorted(world.erase.begun[:20]) == sorted(f"shared {number}" for number in range(20))
        world.erase.hold.set()
        await until(world.nothing_is_left)


@pytest.mark.parametrize("error", [HomeserverUnavailable("away"), ZeroDivisionError()])
async def test_trouble_with_one_stops_no_other_and_it_is_tried_again_when_it_is_due(
    world: World, error: Exception
) -> None:
    world.erase.trouble["stuck"] = error
    async with world.at_work():
        await world.order("stuck")
        await world.order("other")
        await until(lambda: sorted(world.erase.begun) == ["other", "other", "other", "stuck"])
        world.clock.advance(timedelta(minutes=1))
        world.erasures.ordered.set()
        await until(world.nothing_is_left)
    assert world.erase.begun.count("stuck") == 4


async def test_what_is_not_due_waits(world: World) -> None:
    async with world.at_work():
        await world.order("tomorrow", after=timedelta(days=1))
        await world.order("now")
        await until(lambda: world.erase.begun == ["now"] * 3)
        assert [erasure.signalement_id for erasure in await world.stores.soonest_erasures(10)] == ["tomorrow"]
