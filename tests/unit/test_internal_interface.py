"""The portal asks for a signalement to be opened, while one process of the service takes over from another."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from appservice.internal_interface import AppserviceClient, OpeningFailed, OpeningRequest
from appservice.serving import serve
from tests.ports import free_ports

OPENED = {
    "user_id": "@g:x", "device_id": "D", "access_token": "t", "room_id": "!r", "reference": "K7QM-42", "warden": "@w:x",
}  # fmt: skip
OPENING = OpeningRequest(role="victim", postal_code="78280")


class Service:
    """Gives its answers one after the other, the last one again and again."""

    def __init__(self, *answers: tuple[int, dict[str, Any]]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{tail:.*}", self._answer)
        return app

    async def _answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        status, body = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return web.json_response(body, status=status)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def client(http: aiohttp.ClientSession, port: int) -> AppserviceClient:
    return AppserviceClient(http, f"http://127.0.0.1:{port}", "token")


async def test_it_is_opened_once_by_whoever_takes_over(http: aiohttp.ClientSession) -> None:
    port = free_ports(1)
    opening = asyncio.create_task(client(http, port).open(OPENING))
    done, _ = await asyncio.wait({opening}, timeout=0.5)
    assert not done
    service = Service((503, {"errcode": "VEILLEUSE_STARTING"}), (201, OPENED))
    async with serve(service.app(), "127.0.0.1", port):
        assert (await opening).reference == "K7QM-42"
    assert service.asked == 2


@pytest.mark.parametrize("answer", [(503, {"errcode": "VEILLEUSE_HOMESERVER_UNREACHABLE"}), (500, {}), (201, {})])
async def test_what_may_have_been_acted_on_is_not_asked_for_twice(
    http: aiohttp.ClientSession, answer: tuple[int, dict[str, Any]]
) -> None:
    port, service = free_ports(1), Service(answer)
    async with serve(service.app(), "127.0.0.1", port):
        with pytest.raises(OpeningFailed):
            await client(http, port).open(OPENING)
    assert service.asked == 1


async def test_it_ends_by_itself_if_nobody_takes_over(
    http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appservice.internal_interface._TRIED_FOR_SECONDS", 0.5)
    with pytest.raises(OpeningFailed):
        await client(http, free_ports(1)).open(OPENING)
