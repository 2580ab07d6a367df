"""Requests to the homeserver through mautrix, with its errors translated into ours."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote

import aiohttp
from mautrix.api import Method, PathBuilder
from mautrix.appservice import AppService, AppServiceAPI, IntentAPI
from mautrix.appservice.api.appservice import ChildAppServiceAPI
from mautrix.errors import MatrixConnectionError, MatrixRequestError
from mautrix.types import UserID as MautrixUserID

from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable
from appservice.domain.ids import AUDIT_BOT_LOCALPART, BOT_PREFIX, UserId

Verb = Literal["GET", "POST", "PUT"]

CLIENT = "_matrix/client/v3"
_ANSWER_WITHIN = timedelta(seconds=30)


class Requests:
    """What the warden asks, for itself or in the name of an account of the service's own namespace."""

    def __init__(self, appservice: AppService, other_tokens: Sequence[str] = ()) -> None:
        """`other_tokens`: what the homeserver may know instead of the application service's, while it is changed."""
        self._appservice = appservice
        self._tokens = (appservice.as_token, *other_tokens)
        self.warden_id = UserId(appservice.bot_mxid)

    def is_own(self, user: UserId) -> bool:
        """Whether it is the warden or a bot: names that the registration reserves for this service."""
        localpart, _, server = user[1:].partition(":")
        is_bot = localpart == AUDIT_BOT_LOCALPART or localpart.startswith(BOT_PREFIX)
        return user == self.warden_id or (is_bot and server == self.warden_id.partition(":")[2])

    async def ask_for_what_was_kept(self) -> None:
        """Has the homeserver push now what it could not while nobody listened; by itself it waits up to nine minutes.

        Raises `HomeserverUnavailable` or `HomeserverRefused`, also if it cannot reach this service.
        """
        # Client-Server API, "Application Service ping": Synapse takes an answer as a sign to go on.
        await self("POST", f"_matrix/client/v1/appservice/{segment(self._appservice.id)}/ping")

    @property
    def warden(self) -> IntentAPI:
        """mautrix's intent of the warden; there is one once the application service has started."""
        return self._appservice.intent

    async def __call__(
        self,
        verb: Verb,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        acting_as: UserId | None = None,
        query: Mapping[str, str] | None = None,
        within: timedelta = _ANSWER_WITHIN,
    ) -> dict[str, Any]:
        """The answer's JSON object. Raises `HomeserverUnavailable` or `HomeserverRefused`.

        That the homeserver knows none of our tokens says nothing about what was asked, and may be otherwise later.
        """
        for token in sorted(self._tokens, key=lambda one: one != self.warden.api.token):
            self.warden.api.token = token
            api: AppServiceAPI = self.warden.api
            if acting_as is not None:
                # Made for the call: mautrix would remember one object for each guest there ever was.
                api = ChildAppServiceAPI(MautrixUserID(acting_as), api)
            try:
                async with asyncio.timeout(within.total_seconds()):
                    answer: dict[str, Any] = await api.request(
                        Method(verb), _Encoded(path), content=dict(body or {}), query_params=dict(query or {})
                    )
            except MatrixRequestError as refusal:
                status, code = refusal.http_status, refusal.errcode or "M_UNKNOWN"
                if code == "M_UNKNOWN_TOKEN":
                    continue
                if status >= 500 or status == 429:
                    raise HomeserverUnavailable(f"{verb} answered {status} {code}") from None
                raise HomeserverRefused(code, refusal.message or str(status)) from None
            except (MatrixConnectionError, aiohttp.ClientError, TimeoutError) as failure:
                raise HomeserverUnavailable(f"the homeserver did not answer: {type(failure).__name__}") from None
            return answer
        raise HomeserverUnavailable("the homeserver does not know the token of the registration")


class _Encoded(PathBuilder):
    """A path that is encoded already, where mautrix wants one of its own."""


def segment(identifier: str) -> str:
    """An identifier as one segment of a path."""
    return quote(identifier, safe="")
