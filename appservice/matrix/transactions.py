"""What the homeserver pushes: kept in the durable inbox before it is answered, acted upon afterwards.

mautrix's own handler answers 200 though a handler failed, remembers transactions in memory only, and logs in full what
it cannot parse. This one answers once the database has it, and keeps of each event only what the service acts on.
"""

import asyncio
import hmac
import json
import logging
from typing import Any

from aiohttp import web
from mautrix.appservice import AppService
from mautrix.appservice.state_store import ASStateStore
from mautrix.client.state_store import MemoryStateStore
from pydantic import BaseModel, ConfigDict, ValidationError

from appservice.config import Registration
from appservice.domain.ids import EventId, RoomId, UserId
from appservice.ports import Inbox, Membership, MembershipChange
from appservice.serving import faults_told

_LOG = logging.getLogger(__name__)
_BODY_LIMIT_BYTES = 64 * 1024 * 1024  # a transaction holds up to a hundred events of 64 KiB, and ephemeral ones


class _Content(BaseModel):
    membership: Membership


class _MemberEvent(BaseModel):
    model_config = ConfigDict(frozen=True)

    event_id: str
    room_id: str
    state_key: str
    content: _Content


class _StateStore(MemoryStateStore, ASStateStore):
    """mautrix wants one. Nothing is put into it here, so that it does not grow with every room there ever was."""

    def __init__(self) -> None:
        MemoryStateStore.__init__(self)
        ASStateStore.__init__(self)


class InboxAppService(AppService):
    """mautrix's application service, with transactions that survive a crash."""

    def __init__(self, homeserver: str, server_name: str, registration: Registration, inbox: Inbox) -> None:
        super().__init__(
            server=homeserver,
            domain=server_name,
            as_token=registration.as_token,
            hs_token=registration.hs_token,
            bot_localpart=registration.sender_localpart,
            id=registration.id,
            state_store=_StateStore(),
            aiohttp_params={"client_max_size": _BODY_LIMIT_BYTES, "middlewares": [faults_told]},
            log=logging.getLogger("mau.appservice"),
        )
        self._inbox = inbox
        self.arrived = asyncio.Event()
        """Set when the inbox has something new."""

    def _check_token(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), self.hs_token.encode())

    async def _http_handle_transaction(self, request: web.Request) -> web.Response:
        if not self._check_token(request):
            return _refusal(401, "M_UNKNOWN_TOKEN", "This is not the homeserver's token.")
        try:
            body = await request.json()
            changes = [change for event in body["events"] if (change := membership_change(event)) is not None]
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
            return _refusal(400, "M_BAD_JSON", "A transaction is a JSON object with events.")
        await self._inbox.receive(changes)
        self.arrived.set()
        return web.json_response({})


def membership_change(event: Any) -> MembershipChange | None:
    """The membership change that a pushed event is, or None: everything else is not for us."""
    if not isinstance(event, dict) or event.get("type") != "m.room.member":
        return None
    try:
        member = _MemberEvent.model_validate(event)
    except ValidationError as errors:
        _LOG.warning("A membership event could not be read: %s", [error["loc"] for error in errors.errors()])
        return None
    return MembershipChange(
        EventId(member.event_id), RoomId(member.room_id), UserId(member.state_key), member.content.membership
    )


def _refusal(status: int, code: str, sentence: str) -> web.Response:
    return web.json_response({"errcode": code, "error": sentence}, status=status)
