"""While the tokens between the homeserver and the service are changed, each may know another pair for a while."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable
from appservice.domain.ids import UserId
from appservice.matrix.guests import MatrixGuests
from appservice.matrix.requests import Requests
from appservice.matrix.transactions import InboxAppService
from appservice.serving import serve
from appservice.usecases.agent_away import SignsOfLife
from tests.fakes.stores import FakeInbox
from tests.fakes.world import FakeClock
from tests.ports import free_ports
from tests.unit.test_transactions import REGISTRATION

OLD, NEW = REGISTRATION, REGISTRATION.model_copy(update={"as_token": "A" * 16, "hs_token": "H" * 16})


class Homeserver:
    """Knows one token, and nobody named `@none:x`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.knows = OLD.as_token
        self.asked = 0

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        if request.headers["Authorization"] != f"Bearer {self.knows}":
            return web.json_response({"errcode": "M_UNKNOWN_TOKEN", "error": "Unrecognised token"}, status=401)
        if request.query.get("user_id") == "@none:x":
            return web.json_response({"errcode": "M_FORBIDDEN", "error": "Not registered"}, status=403)
        return web.json_response({})


@pytest.fixture
async def homeserver() -> AsyncIterator[Homeserver]:
    homeserver = Homeserver(free_ports(1))
    async with serve(homeserver.app(), "127.0.0.1", homeserver.port):
        yield homeserver


@pytest.fixture
async def service(homeserver: Homeserver) -> AsyncIterator[InboxAppService]:
    """One that was started between `add` and the homeserver's restart."""
    service = InboxAppService(
        f"http://127.0.0.1:{homeserver.port}", "x", OLD, FakeInbox(), SignsOfLife(FakeClock()), [NEW]
    )
    await service.start("127.0.0.1", free_ports(1))
    yield service
    await service.stop()


async def test_the_service_goes_over_to_the_token_that_the_homeserver_knows(
    homeserver: Homeserver, service: InboxAppService
) -> None:
    requests = Requests(service, [NEW.as_token])
    await requests("GET", "whoami")
    assert homeserver.asked == 1
    homeserver.knows = NEW.as_token
    await requests("GET", "whoami", acting_as=UserId("@guest:x"))
    assert homeserver.asked == 3
    await requests("GET", "whoami")
    assert homeserver.asked == 4
    with pytest.raises(HomeserverRefused, match="Not registered"):
        await requests("GET", "whoami", acting_as=UserId("@none:x"))


async def test_that_no_token_is_known_says_nothing_about_what_was_asked(
    homeserver: Homeserver, service: InboxAppService
) -> None:
    homeserver.knows = "another altogether"
    guests = MatrixGuests(Requests(service, [NEW.as_token]), "x")
    with pytest.raises(HomeserverUnavailable):
        await guests.revoke(UserId("@guest:x"))


async def test_what_the_homeserver_pushes_is_taken_with_either_token_and_no_other(service: InboxAppService) -> None:
    assert service.runner is not None
    address = service.runner.addresses[0]
    url = f"http://{address[0]}:{address[1]}/_matrix/app/v1/transactions/1"
    async with aiohttp.ClientSession() as client:
        for token, status in ((OLD.hs_token, 200), (NEW.hs_token, 200), (OLD.as_token, 401)):
            headers = {"Authorization": f"Bearer {token}"}
            async with client.put(url, json={"events": []}, headers=headers) as answer:
                assert answer.status == status
