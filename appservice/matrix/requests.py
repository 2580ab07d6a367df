"""Requests to the homeserver through mautrix, with its errors translated into ours."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

import aiohttp
from mautrix.api import Method, PathBuilder
from mautrix.appservice import AppService, AppServiceAPI, IntentAPI
from mautrix.appservice.api.appservice import ChildAppServiceAPI
from mautrix.errors import MatrixConnectionError, MatrixRequestError
from mautrix.types import UserID as MautrixUserID

from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable
from appservice.domain.ids import UserId

Verb = Literal["GET", "POST", "PUT"]

CLIENT = "_matrix/client/v3"
_ANSWER_WITHIN_SECONDS = 30


class Requests:
    """What the warden asks, for itself or in the name of an account of the service's own namespace."""

    def __init__(self, appservice: AppService) -> None:
        self._appservice = appservice
        self.warden_id = UserId(appservice.bot_mxid)

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
    ) -> dict[str, Any]:
        """The answer's JSON object. Raises `HomeserverUnavailable` or `HomeserverRefused`."""
        api: AppServiceAPI = self.warden.api
        if acting_as is not None:
            # Made for the call: mautrix would remember one object for each guest there ever was.
            api = ChildAppServiceAPI(MautrixUserID(acting_as), api)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_SECONDS):
                answer: dict[str, Any] = await api.request(
                    Method(verb), _Encoded(path), content=dict(body or {}), query_params=dict(query or {})
                )
        except MatrixRequestError as refusal:
            status, code = refusal.http_status, refusal.errcode or "M_UNKNOWN"
            if status >= 500 or status == 429:
                raise HomeserverUnavailable(f"{verb} answered {status} {code}") from None
            raise HomeserverRefused(code, refusal.message or str(status)) from None
        except (MatrixConnectionError, aiohttp.ClientError, TimeoutError) as failure:
            raise HomeserverUnavailable(f"the homeserver did not answer: {type(failure).__name__}") from None
        return answer


class _Encoded(PathBuilder):
    """A path that is encoded already, where mautrix wants one of its own."""


def segment(identifier: str) -> str:
    """An identifier as one segment of a path."""
    return quote(identifier, safe="")
