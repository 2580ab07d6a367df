"""What an agents' day does by itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from appservice.domain.day_rules import DayRules
from appservice.domain.ids import UserId
from appservice.domain.place import Place
from appservice.workers import DayLoops
from tests.unit.usecases.conftest import DESK, World
from tests.waiting import until

AGENT = UserId("@agent:fake")


@asynccontextmanager
async def at_work(world: World) -> AsyncIterator[None]:
    work = asyncio.create_task(DayLoops(world.day, world.desks).run())
    try:
        yield
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def test_a_claim_cut_short_before_the_start_is_made_good_and_so_is_a_wait_too_long(world: World) -> None:
    taken, waiting = await world.waiting(), await world.waiting()
    world.homeserver.unavailable = True
    await world.day.claim.take(taken.reference, AGENT)
    world.homeserver.unavailable = False
    world.clock.advance(DayRules().patience.repeat_after)
    async with at_work(world):
        await until(lambda: world.room(taken).joined == {AGENT})
        await until(lambda: f"again {waiting.reference} at {DESK}" in world.homeserver.said)
        await until(lambda: {waiting.guest_mxid: Place(1, None)} in world.homeserver.places)


async def test_a_fault_in_one_look_stops_neither_the_others_nor_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    async def fail_once() -> None:
        calls.append("away")
        if len(calls) == 1:
            raise ZeroDivisionError

    monkeypatch.setattr("appservice.workers._LOOK_EVERY", DayRules().patience.repeat_after * 0)
    monkeypatch.setattr(world.day, "away", fail_once)
    async with at_work(world):
        waiting = await world.waiting()
        await until(lambda: {waiting.guest_mxid: Place(1, None)} in world.homeserver.places)
        await until(lambda: len(calls) >= 2)


async def test_an_agent_who_has_vanished_is_noticed_however_long_it_takes_to_tell_desks_who_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def takes_for_ever() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(world.day, "overflow", takes_for_ever)
    claimed = await world.claimed(AGENT)
    world.clock.advance(DayRules().presumption.silent_for)
    async with at_work(world):
        await until(lambda: world.homeserver.said == [f"ask {AGENT} about {claimed.reference}"])
