"""`purge`, `residue` and `retention plan`, on a database beside a service that runs, and a homeserver's module."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from appservice.config import RETENTION, Settings, load_settings
from appservice.domain.erasure import Tombstone, guest_hash, room_hash
from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable, InvalidInput, InvalidTransition
from appservice.domain.signalement import Cause
from appservice.purge_command import erasures_under_way, order_erasure, planned, rows_left, verify_erasure
from appservice.registration import write_registration
from appservice.retention_file import load_retention
from appservice.store.database import opened
from appservice.store.signalements import SqlStores
from appservice.world import SystemRandomness
from tests.fakes.world import START, FakeClock
from tests.ports import free_ports
from tests.unit.factories import a_signalement

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
ONE = a_signalement()
HASH = room_hash(ONE.room_id)
GRAVE = Tombstone(HASH, Cause.GUEST_LEFT, START, START, {}, guest_hash(ONE.guest_mxid))


class Module:
    """The homeserver's, as far as it counts what is left."""

    def __init__(self) -> None:
        self.left: dict[str, dict[str, int]] = {}
        self.status = 200

    async def answer(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"].startswith("Bearer ")
        if self.status != 200:
            return web.json_response({"errcode": "M_UNKNOWN_TOKEN"}, status=self.status)
        hashes = (await request.json())["hashes"]
        return web.json_response({"left": {name: self.left[name] for name in hashes if name in self.left}})


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "config.yaml"
    file.write_text(EXAMPLE.read_text().replace("http://127.0.0.1:8008", f"http://127.0.0.1:{free_ports(1)}"))
    settings = load_settings(file)
    write_registration(settings)
    async with opened(settings.appservice.database) as database:
        await SqlStores(database).add(ONE)
        await SqlStores(database).replace(ONE, ONE.ready(START))
    return settings


@pytest.fixture
async def module(settings: Settings) -> AsyncIterator[Module]:
    module, app = Module(), web.Application()
    app.router.add_post("/_synapse/client/veilleuse/v1/left", module.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(settings.homeserver.address.rpartition(":")[2])).start()
    yield module
    await runner.cleanup()


async def test_an_erasure_is_ordered_by_reference_once_and_then_told_as_under_way(settings: Settings) -> None:
    database = settings.appservice.database
    assert await erasures_under_way(database) == []
    await order_erasure(settings.appservice, ONE.reference.lower(), FakeClock(), SystemRandomness())
    assert await erasures_under_way(database) == [
        {
            "reference": ONE.reference,
            "step": "silence",
            "cause": "operator",
            "requested_at": "2026-11-25T02:30:00+00:00",
            "attempts": 0,
            "next": "2026-11-25T02:30:00+00:00",
        }
    ]
    async with opened(database) as record:
        entries = await record.rows("SELECT actor, kind FROM audit_entry")
    assert [(entry["actor"], entry["kind"]) for entry in entries] == [("operator", "erasure_ordered")]
    with pytest.raises(InvalidTransition):
        await order_erasure(settings.appservice, ONE.reference, FakeClock(), SystemRandomness())
    with pytest.raises(InvalidInput, match="There is no signalement"):
        await order_erasure(settings.appservice, "ZZZZ-99", FakeClock(), SystemRandomness())


async def test_of_one_that_is_there_the_hash_of_its_room_is_told_to_verify_it_by_later(settings: Settings) -> None:
    told, clean = await verify_erasure(settings, ONE.reference)
    assert (HASH in told, clean) == (True, False)


async def test_of_one_that_is_erased_the_record_and_a_count_of_now_are_told(settings: Settings, module: Module) -> None:
    async with opened(settings.appservice.database) as database:
        await SqlStores(database).bury(ONE.signalement_id, GRAVE)
    told, clean = await verify_erasure(settings, HASH)
    assert (clean, told.startswith("Erased 2026-11-25"), told.endswith("now nothing is left.")) == (True, True, True)
    for name in (HASH, GRAVE.guest_hash):
        module.left = {name: {"event_reports": 2}}
        told, clean = await verify_erasure(settings, HASH)
        assert (clean, told.endswith("now something is left, in event_reports.")) == (False, True)
    module.left = {}
    told, clean = await verify_erasure(settings, "ab" * 32)
    assert told.startswith("No erasure of this room is on record")


async def test_rows_are_counted_by_room_by_user_and_by_hash(settings: Settings, module: Module) -> None:
    module.left = {HASH: {"events": 3}}
    assert await rows_left(settings, HASH) == await rows_left(settings, ONE.room_id) == {"events": 3}
    assert await rows_left(settings, "@somebody:else") == {}
    with pytest.raises(InvalidInput):
        await rows_left(settings, "K7QM-42")


async def test_a_homeserver_that_is_away_or_refuses_is_told(settings: Settings) -> None:
    with pytest.raises(HomeserverUnavailable):
        await rows_left(settings, HASH)


async def test_a_module_that_refuses_is_told(settings: Settings, module: Module) -> None:
    module.status = 401
    with pytest.raises(HomeserverRefused, match="M_UNKNOWN_TOKEN"):
        await rows_left(settings, HASH)


async def test_the_plan_names_references_states_and_times(settings: Settings) -> None:
    plan = await planned(settings.appservice.database, load_retention(RETENTION))
    assert plan == [{"reference": ONE.reference, "state": "waiting", "at": "2026-11-26T02:30:00+00:00"}]
