import asyncio
import json
import logging

import pytest

from appservice import internal_interface
from tests.unit.guest_portal.conftest import Portal
from tests.waiting import until


async def test_the_page_gets_a_sealed_session_and_no_token(portal: Portal) -> None:
    answer = await portal.asks_to_open(role="witness", postal_code="35000", in_danger=True)
    opened = await answer.json()
    (asked,) = portal.appservice.asked
    assert opened.keys() == {"session", "ticket", "user_id", "device_id", "room_id", "reference", "warden"}
    assert "guest-token" not in json.dumps(opened)
    assert asked.headers["Authorization"] == "Bearer portal-token"
    assert json.loads(asked.body) == {
        "role": "witness", "postal_code": "35000", "language": "fr", "in_danger": True, "commune": None,
    }  # fmt: skip


async def test_the_question_for_the_commune_is_passed_on_to_the_page(portal: Portal) -> None:
    question = {
        "errcode": "VEILLEUSE_COMMUNE_NEEDED",
        "error": "The postal code covers communes of several desks.",
        "communes": [{"insee": "01064", "name": "Lélex"}, {"insee": "39274", "name": "Lajoux"}],
    }
    portal.appservice.answers["signalements"] = (409, question)
    answer = await portal.asks_to_open(postal_code="01410")
    assert (answer.status, await answer.json()) == (409, question)
    await portal.asks_to_open(postal_code="01410", commune="unknown")
    assert json.loads(portal.appservice.asked[-1].body)["commune"] == "unknown"


@pytest.mark.parametrize(
    ("written", "read"), [("78280 ", "78280"), ("٧٨٢٨٠", "78280"), ("SW1A 1AA", "00000"), ("I am Zoé", "00000")]
)
async def test_what_is_no_french_code_is_no_mistake_and_goes_no_further(
    portal: Portal, written: str, read: str
) -> None:
    assert (await portal.asks_to_open(postal_code=written)).status == 201
    assert json.loads(portal.appservice.asked[-1].body)["postal_code"] == read


@pytest.mark.parametrize(
    "body",
    [
        {}, {"role": "victim"}, {"role": "victim", "postal_code": " "}, {"role": "victim", "postal_code": "7" * 101},
        {"role": "king", "postal_code": "78280"}, {"role": "victim", "postal_code": 78280},
        {"role": "victim", "postal_code": "78280", "name": "somebody"}, [], "x",
        {"role": "victim", "postal_code": "78280", "commune": "Paris"},
    ],
)  # fmt: skip
async def test_a_malformed_opening_is_refused_and_opens_nothing(portal: Portal, body: object) -> None:
    answer = await portal.client.post("/open", json=body)
    assert answer.status == 400
    assert portal.appservice.asked == []


async def test_when_an_opening_fails_the_page_is_told_and_asks_again_by_itself(portal: Portal) -> None:
    portal.appservice.answers["signalements"] = (503, {})
    answer = await portal.asks_to_open()
    told = await answer.json()
    assert (answer.status, told["errcode"], told["retry_after_ms"]) == (503, "VEILLEUSE_OPENING_FAILED", 2000)


async def test_when_nobody_has_been_there_for_long_to_open_anything_the_page_says_so_at_once(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(internal_interface, "_TRIED_FOR_SECONDS", 0)
    portal.appservice.answers["signalements"] = (503, {"errcode": internal_interface.STARTING})
    answer = await portal.asks_to_open()
    told = await answer.json()
    assert (answer.status, told["errcode"], "retry_after_ms" in told) == (503, "VEILLEUSE_OPENING_FAILED", False)


async def test_ready_makes_the_guest_join_its_room(portal: Portal) -> None:
    await portal.open()
    assert (await portal.ask("POST", "/ready")).status == 200
    (asked,) = portal.homeserver.asked
    assert asked.path.endswith("/rooms/%21room%2F%2B%3Ax/join")


async def test_exit_leaves_the_room_once_however_often_it_is_pressed(portal: Portal) -> None:
    session = await portal.open()
    for _ in range(6):
        assert (await portal.client.post("/exit", data=session)).status == 204
    await until(lambda: bool(portal.homeserver.asked))
    assert {asked.path.rsplit("/", 1)[-1] for asked in portal.homeserver.asked} == {"leave"}


async def test_exit_with_a_forged_session_answers_the_same_and_does_nothing(portal: Portal) -> None:
    assert (await portal.client.post("/exit", data="forged")).status == 204
    assert (await portal.client.post("/exit", data=b"\xff\x00")).status == 204
    assert portal.homeserver.asked == []


async def test_an_exit_is_answered_once_the_homeserver_knows_or_goes_on_without_an_answer(portal: Portal) -> None:
    session = await portal.open()
    portal.homeserver.held = asyncio.Event()
    pressed = asyncio.create_task(portal.client.post("/exit", data=session))
    await until(lambda: bool(portal.homeserver.asked))
    assert not pressed.done()
    portal.homeserver.held.set()
    assert (await pressed).status == 204
    portal.homeserver.held = asyncio.Event()
    assert (await portal.client.post("/exit", data=session)).status == 204  # though nobody has answered
    portal.homeserver.held.set()


async def test_an_exit_that_finds_no_homeserver_is_carried_out_when_it_is_back(portal: Portal) -> None:
    session = await portal.open()
    portal.homeserver.answers["leave"] = (503, {})
    assert (await portal.client.post("/exit", data=session)).status == 204
    await until(lambda: len(portal.homeserver.asked) >= 2)
    portal.homeserver.answers["leave"] = (200, {})
    tried = len(portal.homeserver.asked)
    await until(lambda: len(portal.homeserver.asked) > tried)


async def test_the_browser_is_told_to_forget_the_site_by_whatever_the_exit_sends(portal: Portal) -> None:
    for body in ("", "forged", await portal.open()):
        answer = await portal.client.post("/exit", data=body)
        assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


async def test_an_unforeseen_error_is_logged_by_type_and_place_without_address_or_words(
    portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    portal.appservice.answers["signalements"] = (201, {"unexpected": "secret words"})
    with caplog.at_level(logging.DEBUG):
        await portal.asks_to_open()
        await portal.client.get("/nothing")
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("guest_portal"))
    assert "secret words" not in said
    assert "78280" not in said
    assert "127.0.0.1" not in said
