"""What the homeserver pushes: kept in the durable inbox before it is answered, acted upon afterwards.

mautrix's own handler answers 200 though a handler failed, remembers transactions in memory only, and logs in full what
it cannot parse. This one answers once the database has it, and keeps of each event only what the service acts on. Of
messages, typing and receipts that is a sign of life: who gave one, and where, but not by which message.
"""

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from aiohttp import web
from mautrix.appservice import AppService
from mautrix.appservice.state_store import ASStateStore
from mautrix.client.state_store import MemoryStateStore
from pydantic import BaseModel, ConfigDict, StrictBool, ValidationError

from appservice.answering import shows_one_of
from appservice.config import Registration
from appservice.domain.ids import EventId, ProposalId, RoomId, UserId
from appservice.domain.orientation import Wish
from appservice.matrix.rooms import ANSWER_EVENT
from appservice.ports import Change, GuestAnswered, Inbox, Membership, MembershipChange
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


class _Answer(BaseModel):
    proposal: str
    accepted: StrictBool
    wish: Wish | None = None


class _AnswerEvent(BaseModel):
    model_config = ConfigDict(frozen=True)

    event_id: str
    room_id: str
    sender: str
    state_key: str
    content: _Answer


class Stirrings(Protocol):
    """Who is told that somebody gave a sign of life; see `appservice.usecases.agent_away.SignsOfLife`."""

    def wrote(self, room: RoomId, user: UserId) -> None: ...

    def stirred(self, room: RoomId, user: UserId) -> None: ...


class _StateStore(MemoryStateStore, ASStateStore):
    """mautrix wants one. Nothing is put into it here, so that it does not grow with every room there ever was."""

    def __init__(self) -> None:
        MemoryStateStore.__init__(self)
        ASStateStore.__init__(self)


class InboxAppService(AppService):
    """mautrix's application service, with transactions that survive a crash."""

    def __init__(
        self,
        homeserver: str,
        server_name: str,
        registration: Registration,
        inbox: Inbox,
        stirrings: Stirrings,
        others: Sequence[Registration] = (),
    ) -> None:
        """`others` have tokens that the homeserver may push with instead, while these are changed."""
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
        self._stirrings = stirrings
        self._hs_tokens = [one.hs_token for one in (registration, *others)]
        self.arrived = asyncio.Event()
        """Set when the inbox has something new."""

    def _check_token(self, request: web.Request) -> bool:
        return shows_one_of(request, self._hs_tokens)

    async def _http_handle_transaction(self, request: web.Request) -> web.Response:
        if not self._check_token(request):
            return _refusal(401, "M_UNKNOWN_TOKEN", "This is not the homeserver's token.")
        try:
            body = await request.json()
            changes = [change for event in body["events"] if (change := change_in(event)) is not None]
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
            return _refusal(400, "M_BAD_JSON", "A transaction is a JSON object with events.")
        await self._inbox.receive(changes)
        self.arrived.set()
        for event in body["events"]:
            if isinstance(event, dict) and event.get("type") == "m.room.encrypted":
                self._stirrings.wrote(RoomId(str(event.get("room_id"))), UserId(str(event.get("sender"))))
        for room, user in _stirred(body.get("ephemeral")):
            self._stirrings.stirred(room, user)
        return web.json_response({})


def change_in(event: Any) -> Change | None:
    """What the service acts on in a pushed event, or None: everything else is not for us."""
    kind = event.get("type") if isinstance(event, dict) else None
    try:
        if kind == "m.room.member":
            member = _MemberEvent.model_validate(event)
            return MembershipChange(
                EventId(member.event_id), RoomId(member.room_id), UserId(member.state_key), member.content.membership
            )
        if kind == ANSWER_EVENT:
            answer = _AnswerEvent.model_validate(event)
            if answer.sender == answer.state_key:
                return _answered(answer)
    except ValidationError as errors:
        _LOG.warning("An event could not be read: %s", [error["loc"] for error in errors.errors()])
    return None


def _answered(event: _AnswerEvent) -> GuestAnswered:
    return GuestAnswered(
        EventId(event.event_id),
        RoomId(event.room_id),
        UserId(event.sender),
        ProposalId(event.content.proposal),
        event.content.accepted,
        event.content.wish,
    )


def _stirred(ephemeral: Any) -> Iterator[tuple[RoomId, UserId]]:
    """Who types or has read, and where (specification, Application Service API, `receive_ephemeral`). Which message was
    read is passed over; what cannot be read is no sign."""
    for event in ephemeral if isinstance(ephemeral, list) else ():
        match event:
            case {"type": "m.typing", "room_id": str(room), "content": {"user_ids": [*users]}}:
                yield from ((RoomId(room), UserId(str(user))) for user in users)
            case {"type": "m.receipt", "room_id": str(room), "content": {**messages}}:
                for receipts in messages.values():
                    match receipts:
                        case {"m.read": {**readers}}:
                            yield from ((RoomId(room), UserId(str(user))) for user in readers)


def _refusal(status: int, code: str, sentence: str) -> web.Response:
    return web.json_response({"errcode": code, "error": sentence}, status=status)
