"""Floods: a thousand openings a minute, from one address and from five hundred. People still come in.

Before a service that answers at once; before one that takes its time: `tests/benchmarks/flood.py`.
"""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from appservice.config import EntrySettings
from appservice.world import SystemClock
from guest_portal import entry, pressure, proofs
from guest_portal.pressure import Pressure, Sources
from guest_portal.proofs import EASIEST, HARDEST
from tests.fakes.world import FakeClock
from tests.unit.guest_portal.conftest import Portal, solved, started_portal
from tests.waiting import until

SHELTER = "203.0.113.7"
WITHIN = timedelta(seconds=10)
ITERATIONS_A_SECOND_ON_A_SLOW_PHONE = 250_000
"""Of PBKDF2 in a browser: a tenth of what a desktop of today does."""


@pytest.fixture
def clock() -> FakeClock:
    """At the machine's time, which the package `altcha` looks at by itself."""
    return FakeClock(SystemClock().now())


@pytest.fixture
async def portal(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Portal]:
    async with started_portal(tmp_path, clock.now, trusted_proxies=["127.0.0.0/8"]) as portal:
        yield portal


class Visitor:
    """Behind an address; reads, then starts, and does the work that is wanted, as the page does on a slow phone."""

    def __init__(self, portal: Portal, clock: FakeClock, address: str) -> None:
        self._client = portal.client
        self._clock = clock
        self._headers = {"X-Forwarded-For": address}

    async def reads(self) -> str:
        """The proof that the page makes meanwhile."""
        answer = await self._client.get("/challenge", headers=self._headers)
        return solved(await answer.json())

    async def asks(self, proof: str, postal_code: str = "78280") -> tuple[int, dict[str, Any]]:
        asked = {"role": "victim", "postal_code": postal_code, "proof": proof}
        answer = await self._client.post("/open", json=asked, headers=self._headers)
        return answer.status, await answer.json()

    async def comes_in_after(self, proof: str, postal_code: str = "78280") -> timedelta:
        """What passes from the press on *start* until the conversation is open."""
        waited = timedelta()
        while True:
            status, body = await self.asks(proof, postal_code)
            if status == 201:
                return waited
            assert (status, body["errcode"]) == (428, "VEILLEUSE_PROOF_NEEDED")
            proof = solved(body["challenge"])
            spent = work_of(proof) / ITERATIONS_A_SECOND_ON_A_SLOW_PHONE
            waited += timedelta(seconds=spent)
            self._clock.advance(timedelta(seconds=spent))


async def a_place_costs_more(portal: Portal) -> bool:
    challenge = await (await portal.client.get("/challenge")).json()
    return bool(challenge["parameters"]["data"]["level"] > EASIEST)


def work_of(proof: str) -> int:
    """In iterations."""
    content = json.loads(base64.b64decode(proof))
    cost: int = content["challenge"]["parameters"]["cost"]
    counter: int = content["solution"]["counter"]
    return cost * (counter + 1)


async def test_without_a_proof_nothing_is_opened(portal: Portal) -> None:
    answer = await portal.client.post("/open", json={"role": "victim", "postal_code": "78280"})
    assert (answer.status, (await answer.json())["errcode"]) == (428, "VEILLEUSE_PROOF_NEEDED")
    assert portal.appservice.asked == []


async def test_a_thousand_openings_without_work_or_with_one_proof_open_one_and_hinder_nobody(
    portal: Portal, clock: FakeClock
) -> None:
    flooder, person = Visitor(portal, clock, SHELTER), Visitor(portal, clock, SHELTER)
    read, replayed = await person.reads(), await flooder.reads()
    flood = asyncio.gather(*(flooder.asks(replayed if number % 2 else "") for number in range(1000)))
    assert await person.comes_in_after(read) == timedelta()
    page = await portal.client.get("/")
    assert (page.status, "3919" in await page.text()) == (200, True)
    assert sorted(status for status, _ in await flood) == [201] + [428] * 999
    assert len(portal.appservice.asked) == 2


async def test_a_hoard_of_proofs_soon_counts_no_more_and_who_shares_the_address_comes_in(
    portal: Portal, clock: FakeClock
) -> None:
    flooder, person = Visitor(portal, clock, SHELTER), Visitor(portal, clock, SHELTER)
    read = await person.reads()
    hoard = [await flooder.reads() for _ in range(100)]
    let_in = [(await flooder.asks(proof))[0] for proof in hoard].count(201)
    assert let_in == EntrySettings().from_one_source
    assert await person.comes_in_after(read) < WITHIN
    elsewhere = Visitor(portal, clock, "198.51.100.1")
    assert await elsewhere.comes_in_after(await elsewhere.reads()) == timedelta()


@pytest.mark.parametrize("addresses", [1, 500])
async def test_while_a_thousand_a_minute_do_their_work_at_once_a_person_behind_the_same_address_comes_in(
    portal: Portal, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, addresses: int
) -> None:
    person = Visitor(portal, clock, "203.0.113.0")
    read = await person.reads()
    flooders = [Visitor(portal, clock, f"203.0.{113 + number // 256}.{number % 256}") for number in range(addresses)]
    with monkeypatch.context() as machines:
        # As if flooders had machines without limit: the answer to each of their challenges is the first that is tried.
        machines.setattr(secrets, "randbelow", lambda limit: 0)
        for number in range(1000):
            await flooders[number % addresses].comes_in_after("", f"{number % 95:02}000")
            clock.advance(timedelta(minutes=1) / 1000)
    assert len(portal.appservice.asked) == 1000
    assert await person.comes_in_after(read) < WITHIN


def test_the_hardest_work_takes_less_than_ten_seconds_on_a_slow_phone_and_the_easiest_less_than_one() -> None:
    longest = {level: work_at_most(level) / ITERATIONS_A_SECOND_ON_A_SLOW_PHONE for level in (EASIEST, HARDEST)}
    assert longest[EASIEST] < 1
    assert longest[HARDEST] < WITHIN.total_seconds()


def work_at_most(level: int) -> int:
    return proofs._ITERATIONS * (proofs._TRIES_AT_THE_EASIEST << level)


def test_the_work_grows_with_what_is_asked_and_is_forgotten_in_minutes(clock: FakeClock) -> None:
    load = Pressure(EntrySettings(from_one_source=10, for_one_department=1000, in_all=1000), clock.now)
    levels = []
    for asked in range(1, 161):
        load.note(b"source", "78")
        if asked in (9, 10, 20, 40, 80, 160):
            levels.append(load.level(b"source", "78"))
    assert levels == [0, 1, 2, 3, 4, 5]
    assert load.level(b"another", "78") == EASIEST
    clock.advance(timedelta(minutes=5))
    assert load.level(b"source", "78") == EASIEST


def test_a_flooded_department_is_slowed_down_and_no_other(clock: FakeClock) -> None:
    load = Pressure(EntrySettings(for_one_department=60, in_all=10_000), clock.now)
    for number in range(1000):
        load.note(str(number).encode(), "78")
    assert load.level(b"somebody", "78") == HARDEST
    assert load.level(b"somebody", "35") == load.level(b"somebody", None) == EASIEST


async def test_a_flooded_island_slows_no_other_island_down(tmp_path: Path, clock: FakeClock) -> None:
    async with started_portal(tmp_path, clock.now, entry={"for_one_department": 2}) as portal:
        visitor = Visitor(portal, clock, SHELTER)
        for _ in range(2):
            assert (await visitor.asks(await visitor.reads(), "97400"))[0] == 201
        assert (await visitor.asks(await visitor.reads(), "97411"))[0] == 428
        assert (await visitor.asks(await visitor.reads(), "97100"))[0] == 201


def test_memory_is_bounded_and_holds_no_address(clock: FakeClock) -> None:
    sources = Sources([ip_network("127.0.0.0/8")], clock.now)
    load = Pressure(EntrySettings(), clock.now)
    for number in range(pressure._REMEMBERED + 1000):
        load.note(number.to_bytes(8), "78")
    assert len(load._counts) <= pressure._REMEMBERED
    load.note(source_of(sources, SHELTER), "78")
    assert not any(SHELTER.encode() in key for key in load._counts)


def source_of(sources: Sources, *forwarded: str, peer: str = "127.0.0.1") -> bytes:
    headers = CIMultiDict([("X-Forwarded-For", line) for line in forwarded])
    return sources.of(make_mocked_request("POST", "/open", headers).clone(remote=peer))


def test_a_source_is_what_a_trusted_proxy_says_and_nobody_else(clock: FakeClock) -> None:
    sources = Sources([ip_network("127.0.0.0/8")], clock.now)
    shelter = source_of(sources, SHELTER)
    assert source_of(sources, f"198.51.100.9, {SHELTER}") == shelter, "what came to the proxy is not believed"
    assert source_of(sources, "198.51.100.9", SHELTER) == shelter
    assert source_of(sources, f"{SHELTER}, 127.0.0.2") == shelter, "proxies in a row"
    assert source_of(sources, "198.51.100.9", peer=SHELTER) == shelter, "a peer that is no proxy says nothing"
    assert source_of(sources, "198.51.100.9") != shelter
    assert source_of(sources, "nonsense") == source_of(sources, "other nonsense")


def test_a_source_is_a_subscriber_s_network(clock: FakeClock) -> None:
    sources = Sources([ip_network("127.0.0.0/8")], clock.now)
    assert source_of(sources, "2001:db8:1:2::1") == source_of(sources, "2001:db8:1:2:ffff::9")
    assert source_of(sources, "2001:db8:1:2::1") != source_of(sources, "2001:db8:1:3::1")
    assert source_of(sources, f"::ffff:{SHELTER}") == source_of(sources, SHELTER)


def test_a_source_is_another_after_an_hour_and_in_another_process(clock: FakeClock) -> None:
    sources = Sources([ip_network("127.0.0.0/8")], clock.now)
    before = source_of(sources, SHELTER)
    clock.advance(timedelta(minutes=59))
    assert source_of(sources, SHELTER) == before
    clock.advance(timedelta(minutes=1))
    assert source_of(sources, SHELTER) != before
    assert source_of(Sources([ip_network("127.0.0.0/8")], clock.now), SHELTER) != before


async def test_only_so_many_openings_are_under_way_and_who_waits_too_long_is_told_to_try_again(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "_LONGEST_WAIT", timedelta(milliseconds=300))
    async with started_portal(tmp_path, clock.now, entry={"at_once": 2}) as portal:
        portal.appservice.held = asyncio.Event()
        visitor = Visitor(portal, clock, SHELTER)
        read = [await visitor.reads() for _ in range(3)]
        under_way = [asyncio.create_task(visitor.asks(proof)) for proof in read[:2]]
        await until(lambda: len(portal.appservice.asked) == 2)
        status, body = await visitor.asks(read[2])
        assert (status, body["errcode"], body["retry_after_ms"]) == (503, "VEILLEUSE_BUSY", 2000)
        portal.appservice.held.set()
        assert [status for status, _ in await asyncio.gather(*under_way)] == [201, 201]
        assert await visitor.comes_in_after(await visitor.reads()) == timedelta()


async def test_where_the_line_is_full_who_works_more_takes_the_place_of_who_has_worked_least(
    tmp_path: Path, clock: FakeClock
) -> None:
    async with started_portal(tmp_path, clock.now, entry={"at_once": 1}) as portal:
        portal.appservice.held = asyncio.Event()
        visitor = Visitor(portal, clock, SHELTER)
        read = [await visitor.reads() for _ in range(3)]
        inside = asyncio.create_task(visitor.asks(read[0]))
        await until(lambda: len(portal.appservice.asked) == 1)
        waiting = asyncio.create_task(visitor.asks(read[1]))
        await until(lambda: a_place_costs_more(portal))
        status, body = await visitor.asks(read[2])
        assert (status, body["challenge"]["parameters"]["data"]["level"]) == (428, 1)
        better = asyncio.create_task(visitor.asks(solved(body["challenge"])))
        status, body = await waiting
        assert (status, body["challenge"]["parameters"]["data"]["level"]) == (428, 2)
        portal.appservice.held.set()
        assert [status for status, _ in await asyncio.gather(inside, better)] == [201, 201]
        assert await visitor.comes_in_after(solved(body["challenge"])) == timedelta()
