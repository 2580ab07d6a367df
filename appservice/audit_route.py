"""The application service's side of the internal interface for the auditors' bot: every route on this page.

POST /asked {"auditor": "@…", "command": "status"}   {}
POST /posted {"covered": 12}                          {}
GET  /signalements/{reference}                        {"pseudonym": "…"}
GET  /tombstones/{hash}                               {"cause": "guest_left", "purged_on": "2026-11-28", "left": 0}
GET  /persons/{user}                                  {"pseudonyms": ["…"]}, of the years whose keys are kept

A tombstone is asked for by the SHA-256 of the room's id. Only the day is told: by the moment it could be found out
which pseudonym of the record it had.

`Authorization: Bearer` bears the bot's token, which opens nothing else. The bot has its questions written into the
record, and learns pseudonyms; entries of any other kind it cannot make.
"""

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Protocol

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from appservice.answering import refusal, shows_one_of
from appservice.audit_port import AuditLog
from appservice.domain.audit.events import AuditorAsked, CheckpointPosted
from appservice.domain.audit.values import Actor, ActorKind, Code
from appservice.domain.erasure import Tombstone
from appservice.domain.ids import Reference, UserId
from appservice.internal_interface import AUDIT_PATH
from appservice.ports import Stores

_USER_ID = re.compile(r"@[a-z0-9._=/+-]+:\S+")


class Graves(Protocol):
    """Part of the port `ErasureRecords`."""

    async def tombstone_of(self, room_hash: str) -> Tombstone | None: ...


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Asked(_Message):
    auditor: Annotated[str, Field(pattern=_USER_ID.pattern, max_length=255)]
    command: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]


class _Posted(_Message):
    covered: Annotated[int, Field(ge=0)]


class AuditRoute:
    def __init__(self, audit: AuditLog, stores: Stores, graves: Graves, tokens: Sequence[str]) -> None:
        self._audit = audit
        self._graves = graves
        self._stores = stores
        self._tokens = tokens

    def register(self, app: web.Application) -> None:
        app.router.add_post(f"{AUDIT_PATH}/asked", self._guarded(self._asked))
        app.router.add_post(f"{AUDIT_PATH}/posted", self._guarded(self._posted))
        app.router.add_get(AUDIT_PATH + "/signalements/{reference}", self._guarded(self._signalement))
        app.router.add_get(AUDIT_PATH + "/tombstones/{hash}", self._guarded(self._tombstone))
        app.router.add_get(AUDIT_PATH + "/persons/{user}", self._guarded(self._person))

    def _guarded(
        self, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            if not shows_one_of(request, self._tokens):
                return refusal(401, "VEILLEUSE_UNKNOWN_TOKEN", "This is not the token of the auditors' bot.")
            try:
                return await handler(request)
            except (json.JSONDecodeError, UnicodeDecodeError, ValidationError):
                return refusal(400, "M_BAD_JSON", "The body is not as it must be.")

        return guarded

    async def _asked(self, request: web.Request) -> web.Response:
        asked = _Asked.model_validate(await request.json())
        auditor = Actor(ActorKind.AUDITOR, self._audit.person(UserId(asked.auditor)))
        await self._audit.append(AuditorAsked(Code(asked.command)), by=auditor)
        return web.json_response({})

    async def _posted(self, request: web.Request) -> web.Response:
        posted = _Posted.model_validate(await request.json())
        await self._audit.append(CheckpointPosted(posted.covered))
        return web.json_response({})

    async def _signalement(self, request: web.Request) -> web.Response:
        signalement = await self._stores.by_reference(Reference(_with_dash(request.match_info["reference"])))
        if signalement is None:
            return refusal(404, "M_NOT_FOUND", "There is no such signalement, or it is erased.")
        return web.json_response({"pseudonym": self._audit.signalement(signalement)})

    async def _tombstone(self, request: web.Request) -> web.Response:
        grave = await self._graves.tombstone_of(request.match_info["hash"])
        if grave is None:
            return refusal(404, "M_NOT_FOUND", "Nothing of this name was erased.")
        told = {
            "cause": grave.cause.value,
            "purged_on": f"{grave.purged_at:%Y-%m-%d}",
            "left": sum(grave.residue.values()),
        }
        return web.json_response(told)

    async def _person(self, request: web.Request) -> web.Response:
        user = request.match_info["user"]
        if not _USER_ID.fullmatch(user):
            return refusal(404, "M_NOT_FOUND", "This is no account.")
        return web.json_response({"pseudonyms": list(self._audit.names_of(UserId(user)))})


def _with_dash(reference: str) -> str:
    return reference if "-" in reference else f"{reference[:4]}-{reference[4:]}"
