"""The relay at work: every endpoint of `guest_portal.relay`, and nothing else."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from aiohttp import web

from appservice.serving import Handler
from guest_portal.errors import Refusal, malformed
from guest_portal.homeserver import Answer, GuestHomeserver
from guest_portal.relay import CLIENT, ENDPOINTS, Endpoint, Json
from guest_portal.requests import read_model
from guest_portal.sessions import Session, SessionSealer


def session_of(request: web.Request, sealer: SessionSealer) -> Session:
    """The session that the request carries. Raises a 401 `Refusal`."""
    return sealer.unseal(request.headers.get("Authorization", "").removeprefix("Bearer "))


def relayed(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, content_type="application/json")


class RelayHandlers:
    def __init__(self, homeserver: GuestHomeserver, sealer: SessionSealer) -> None:
        self._homeserver = homeserver
        self._sealer = sealer
        self._polls: set[asyncio.Task[Any]] = set()
        self._ending = False

    async def end_polls(self, _: web.Application) -> None:
        """Answers the long polls under way, with nothing new: their pages ask again, of whoever is there then.

        Without this, the portal would wait for them as it stops.
        """
        self._ending = True
        for poll in self._polls:
            poll.cancel()

    def register(self, app: web.Application) -> None:
        app.on_shutdown.append(self.end_polls)
        for endpoint in ENDPOINTS:
            app.router.add_route(endpoint.method, CLIENT + endpoint.path, self._handler(endpoint))

    def _handler(self, endpoint: Endpoint) -> Handler:
        async def relay(request: web.Request) -> web.Response:
            guest = session_of(request, self._sealer)
            _own_room_only(request, guest)
            query = _query(endpoint, request)
            body: Json | None = None
            if endpoint.body is not None:
                parsed = await read_model(request, endpoint.body, endpoint.limit_bytes)
                await self._members_only(guest, parsed.users())
                body = parsed.model_dump(exclude_unset=True)
            path = CLIENT + endpoint.path.format_map({k: quote(v, safe="") for k, v in request.match_info.items()})
            if query is not None and "since" in query:
                return relayed(await self._poll(guest, path, query))
            return relayed(await self._homeserver.request(guest, endpoint.method, path, query=query, body=body))

        return relay

    async def _poll(self, guest: Session, path: str, query: dict[str, str]) -> Answer:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 a coroutine runs in one
        self._polls.add(task)
        try:
            return await self._homeserver.request(guest, "GET", path, query=query)
        except asyncio.CancelledError:
            if not self._ending:
                raise
            task.uncancel()
            return Answer(200, json.dumps({"next_batch": query["since"]}).encode())
        finally:
            self._polls.discard(task)

    async def _members_only(self, guest: Session, users: Iterable[str]) -> None:
        """Raises a 403 `Refusal` if one of `users` is neither the guest nor joined to its room."""
        strangers = set(users) - {guest.user_id}
        if not strangers:
            return
        room = quote(guest.room_id, safe="")
        answer = await self._homeserver.request(guest, "GET", f"{CLIENT}/rooms/{room}/joined_members")
        if answer.status == 200:
            strangers -= json.loads(answer.body)["joined"].keys()
        if strangers:
            raise Refusal(403, "M_FORBIDDEN", "Only members of this conversation can be asked for.")


def _own_room_only(request: web.Request, guest: Session) -> None:
    for name, own in (("room", guest.room_id), ("user", guest.user_id)):
        if request.match_info.get(name, own) != own:
            raise Refusal(403, "M_FORBIDDEN", "This is not this session's conversation.")


def _query(endpoint: Endpoint, request: web.Request) -> dict[str, str] | None:
    if endpoint.query is None:
        return None
    try:
        return endpoint.query(dict(request.query))
    except ValueError:
        raise malformed("A time is a number of milliseconds.") from None
