"""The portal's own application, before a homeserver and an application service that remember what they were asked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import altcha
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import BaseTestServer, TestClient, TestServer
from aiohttp.web_runner import BaseRunner
from cryptography.fernet import Fernet

from appservice.config import PortalSettings
from guest_portal.app import make_app
from guest_portal.serving import PortalRunner

GUEST, ROOM, AGENT, WARDEN = "@veilleuse_guest_a:x", "!room/+:x", "@agent:x", "@veilleuse:x"


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Backend:
    """Answers what it is told to; 200 and `{}` otherwise."""

    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    held: asyncio.Event | None = None
    """Where there is one, answers wait for it."""

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(
            Asked(
                request.method,
                request.raw_path.partition("?")[0],
                dict(request.query),
                dict(request.headers),
                await request.read(),
            )
        )
        if self.held is not None:
            await self.held.wait()
        last = request.path.rsplit("/", 1)[-1]
        status, body = self.answers.get(last, (200, {}))
        return web.json_response(body, status=status)

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{tail:.*}", self.handle)
        return app


@dataclass
class Portal:
    client: "TestClient[web.Request, web.Application]"
    homeserver: Backend
    homeserver_server: BaseTestServer
    appservice: Backend
    session: str = ""

    async def proof(self) -> str:
        """A challenge of the portal, solved as the page does."""
        return solved(await (await self.client.get("/challenge")).json())

    async def asks_to_open(self, **asked: Any) -> ClientResponse:
        """With a proof, and with what an opening needs unless `asked` says otherwise."""
        opening = {"role": "victim", "postal_code": "78280", "proof": await self.proof()}
        return await self.client.post("/open", json=opening | asked)

    async def open(self) -> str:
        answer = await self.asks_to_open()
        assert answer.status == 201, await answer.text()
        self.session = (await answer.json())["session"]
        return self.session

    async def ask(self, method: str, path: str, **options: Any) -> ClientResponse:
        headers = {"Authorization": f"Bearer {self.session}"} | options.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **options)


class PortalServer(TestServer):
    async def _make_runner(self, **options: Any) -> BaseRunner:
        return PortalRunner(self.app, **options)


def solved(challenge: dict[str, Any]) -> str:
    parsed = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(parsed)
    assert solution is not None
    return altcha.Payload(parsed, solution).to_base64()


@asynccontextmanager
async def started_portal(
    directory: Path, now: Callable[[], datetime] | None = None, **settings: Any
) -> AsyncIterator[Portal]:
    """A portal at the clock `now`; `settings` are laid over those that it needs."""
    homeserver, appservice = Backend(), Backend()
    homeserver.answers["joined_members"] = (200, {"joined": {GUEST: {}, AGENT: {}, WARDEN: {}}})
    appservice.answers["signalements"] = (
        201,
        {
            "user_id": GUEST, "device_id": "DEVICE", "access_token": "guest-token", "room_id": ROOM,
            "reference": "K7QM-42", "warden": WARDEN,
        },
    )  # fmt: skip
    async with TestServer(homeserver.app()) as homeserver_server, TestServer(appservice.app()) as appservice_server:
        for name, secret in (("token", "portal-token"), ("keys", Fernet.generate_key().decode())):
            (directory / name).write_text(secret)
            (directory / name).chmod(0o600)
        needed = {
            "listen": {"port": 1},
            "appservice": str(appservice_server.make_url("")),
            "appservice_token_file": str(directory / "token"),
            "session_keys_file": str(directory / "keys"),
            "neutral_address": "https://neutral.example",
        }
        app = await make_app(
            PortalSettings.model_validate(needed | settings), str(homeserver_server.make_url("")).rstrip("/"), now
        )
        async with TestClient(PortalServer(app)) as client:
            yield Portal(client, homeserver, homeserver_server, appservice)


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Portal]:
    async with started_portal(tmp_path) as portal:
        yield portal
