"""What the auditors' bot can have the service do: two kinds of entries, and pseudonyms; nobody else anything."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from appservice.audit_route import AuditRoute
from appservice.domain.audit.events import AuditorAsked, CheckpointPosted
from appservice.domain.audit.values import SERVICE, Actor, ActorKind, Code
from appservice.domain.erasure import Tombstone
from appservice.domain.ids import UserId
from appservice.domain.signalement import Cause
from appservice.internal_interface import AUDIT_PATH
from tests.fakes.audit import FakeAuditLog
from tests.fakes.erasure import FakeErasureRecords
from tests.fakes.stores import FakeStores
from tests.fakes.world import START as NOW
from tests.fakes.world import FakeClock
from tests.unit.factories import a_signalement

TOKEN = "the bot's own"
AUDITOR = UserId("@auditor:fake")
Client = TestClient[web.Request, web.Application]


class Service:
    def __init__(self) -> None:
        self.stores = FakeStores()
        self.log = FakeAuditLog(self.stores, FakeClock())
        self.app = web.Application()
        AuditRoute(self.log, self.stores, FakeErasureRecords(self.stores), ["a former token", TOKEN]).register(self.app)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
async def client(service: Service) -> AsyncIterator[Client]:
    async with TestClient(TestServer(service.app), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client


async def test_a_question_and_a_checkpoint_are_recorded(service: Service, client: Client) -> None:
    asked = await client.post(f"{AUDIT_PATH}/asked", json={"auditor": AUDITOR, "command": "status"})
    posted = await client.post(f"{AUDIT_PATH}/posted", json={"covered": 1})
    assert (asked.status, posted.status) == (200, 200)
    assert [(entry.event, entry.actor) for entry in service.log.kept] == [
        (AuditorAsked(Code("status")), Actor(ActorKind.AUDITOR, service.log.person(AUDITOR))),
        (CheckpointPosted(1), SERVICE),
    ]


@pytest.mark.parametrize("reference", ["K7QM-42", "K7QM42"])
async def test_a_reference_leads_to_the_pseudonym_while_it_lasts(
    service: Service, client: Client, reference: str
) -> None:
    signalement = a_signalement(reference="K7QM-42")
    gone = await client.get(f"{AUDIT_PATH}/signalements/{reference}")
    await service.stores.add(signalement)
    there = await client.get(f"{AUDIT_PATH}/signalements/{reference}")
    assert (gone.status, there.status) == (404, 200)
    assert await there.json() == {"pseudonym": service.log.signalement(signalement)}


async def test_a_tombstone_tells_of_an_erasure_to_the_day(service: Service, client: Client) -> None:
    grave = Tombstone("f" * 64, Cause.GUEST_LEFT, NOW, NOW + timedelta(minutes=3), {"events": 2}, "e" * 64)
    service.stores._tombstones.append(grave)
    there = await client.get(f"{AUDIT_PATH}/tombstones/{'f' * 64}")
    assert await there.json() == {"cause": "guest_left", "purged_on": "2026-11-25", "left": 2}
    assert (await client.get(f"{AUDIT_PATH}/tombstones/{'0' * 64}")).status == 404


async def test_a_person_is_told_by_the_pseudonyms_of_the_years_that_are_not_forgotten(
    service: Service, client: Client
) -> None:
    before = await client.get(f"{AUDIT_PATH}/persons/@agent:fake")
    assert await before.json() == {"pseudonyms": []}  # and no key is made for who only asks
    pseudonym = service.log.person(UserId("@agent:fake"))
    after = await client.get(f"{AUDIT_PATH}/persons/@agent:fake")
    assert await after.json() == {"pseudonyms": [pseudonym]}
    assert (await client.get(f"{AUDIT_PATH}/persons/agent")).status == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("asked", {"auditor": AUDITOR}),
        ("asked", {"auditor": "somebody", "command": "status"}),
        ("asked", {"auditor": AUDITOR, "command": "il crie"}),
        ("asked", {"auditor": AUDITOR, "command": "status", "words": "il crie"}),
        ("posted", {"covered": -1}),
        ("posted", {"covered": "all"}),
    ],
)
async def test_what_is_malformed_changes_nothing(
    service: Service, client: Client, path: str, body: dict[str, object]
) -> None:
    assert (await client.post(f"{AUDIT_PATH}/{path}", json=body)).status == 400
    assert service.log.told == []


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer another", f"Bearer {TOKEN}x"])
async def test_another_token_opens_nothing(service: Service, client: Client, given: str) -> None:
    headers = {"Authorization": given}
    asked = await client.post(f"{AUDIT_PATH}/asked", json={"auditor": AUDITOR, "command": "x"}, headers=headers)
    person = await client.get(f"{AUDIT_PATH}/persons/@agent:fake", headers=headers)
    assert (asked.status, person.status) == (401, 401)
    assert service.log.told == []
