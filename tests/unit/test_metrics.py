"""What Prometheus is told: counts and ages, and nothing that leads to a person."""

from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from appservice.config import Listen
from appservice.domain.erasure import Erasure, Step
from appservice.domain.signalement import Cause
from appservice.measuring import RequestMetrics, new_registry, serving_metrics
from appservice.metrics import ServiceMetrics
from appservice.serving import serve
from appservice.store.database import Database
from appservice.store.figures import Figures
from appservice.store.signalements import SqlStores
from tests.fakes.world import START, FakeClock
from tests.ports import free_ports
from tests.unit.factories import a_signalement


def values(exposed: str) -> dict[str, float]:
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposed)
        for sample in family.samples
    }


@pytest.fixture
async def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'veilleuse.db'}")
    await database.start()
    return database


async def test_the_active_process_tells_how_many_there_are_and_how_long_the_longest_waits(database: Database) -> None:
    stores, clock = SqlStores(database), FakeClock()
    waiting = a_signalement().ready(START)
    await stores.add(waiting)
    clock.advance(timedelta(minutes=3))
    metrics = ServiceMetrics(Figures(database), clock)
    metrics.becomes_active(True)
    metrics.count_ahead([1, 2])
    await metrics.refresh()
    exposed = generate_latest(metrics.registry).decode()
    told = values(exposed)
    assert (told["veilleuse_active"], told["veilleuse_signalements waiting"]) == (1, 1)
    assert told["veilleuse_longest_wait_seconds"] == (clock.now() - waiting.opened_at).total_seconds()
    assert told["veilleuse_rooms_ahead"] == 2
    assert told["veilleuse_erasures silence"] == told["veilleuse_inbox"] == 0
    for personal in (waiting.reference, waiting.room_id, waiting.guest_mxid, waiting.desk_id):
        assert personal not in exposed
    await database.stop()


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.DONE])
async def test_content_is_told_of_as_old_until_the_originals_are_destroyed(database: Database, step: Step) -> None:
    """Whatever the number by which a step is stored."""
    stores, clock, erased = SqlStores(database), FakeClock(), a_signalement()
    await stores.add(erased)
    await stores.add_erasure(Erasure(erased.signalement_id, Cause.GUEST_LEFT, START, START, step))
    clock.advance(timedelta(minutes=3))
    metrics = ServiceMetrics(Figures(database), clock)
    metrics.becomes_active(True)
    await metrics.refresh()
    told = values(generate_latest(metrics.registry).decode())
    left_content = step in {Step.SILENCE, Step.KICK, Step.PROBE, Step.DESTROY}
    assert told["veilleuse_erasure_content_seconds"] == (180 if left_content else 0)
    await database.stop()


async def test_a_process_that_stands_by_asks_nothing_of_the_database(tmp_path: Path) -> None:
    metrics = ServiceMetrics(Figures(Database(f"sqlite:///{tmp_path / 'never-made.db'}")), FakeClock())
    await metrics.refresh()
    assert values(generate_latest(metrics.registry).decode())["veilleuse_active"] == 0


async def test_requests_are_counted_by_route_and_not_by_what_was_in_their_path() -> None:
    registry = new_registry()
    app = web.Application(middlewares=[RequestMetrics(registry, "veilleuse_portal").middleware()])

    async def found(_: web.Request) -> web.Response:
        return web.Response()

    app.router.add_get("/rooms/{room}", found)
    port = free_ports(2)
    async with (
        serve(app, "127.0.0.1", port),
        serving_metrics(Listen(port=port + 1), registry),
        aiohttp.ClientSession() as client,
    ):
        for path in ("/rooms/secret-room", "/rooms/another", "/nowhere/secret-path"):
            async with client.get(f"http://127.0.0.1:{port}{path}"):
                pass
        async with client.get(f"http://127.0.0.1:{port + 1}/live") as answer:
            assert answer.status == 200
        async with client.get(f"http://127.0.0.1:{port + 1}/metrics") as answer:
            exposed = await answer.text()
    told = values(exposed)
    assert told["veilleuse_portal_requests_total /rooms/{room} 2xx"] == 2
    assert told["veilleuse_portal_requests_total none 4xx"] == 1
    assert "secret" not in exposed
