"""The application service's side of the internal interface: opening a signalement, and health."""

import hmac
import json
import logging
from typing import Protocol

from aiohttp import web
from pydantic import ValidationError

from appservice.domain.errors import HomeserverError, InvalidInput
from appservice.domain.postal_code import PostalCode
from appservice.domain.signalement import Role
from appservice.internal_interface import (
    HEALTH_PATH,
    OPEN_PATH,
    CommuneChoice,
    CommunesAnswer,
    OpenedAnswer,
    OpeningRequest,
)
from appservice.usecases.open_signalement import CommuneNeeded, Opening, OpenSignalement

_LOG = logging.getLogger(__name__)


class Readiness(Protocol):
    ready: bool


class OpeningRoute:
    def __init__(self, open_signalement: OpenSignalement, token: str, warden: str, readiness: Readiness) -> None:
        self._open = open_signalement
        self._token = token.encode()
        self._warden = warden
        self._readiness = readiness

    def register(self, app: web.Application) -> None:
        app.router.add_post(OPEN_PATH, self.open)
        app.router.add_get(HEALTH_PATH, self.health)

    async def health(self, _: web.Request) -> web.Response:
        """200 once the desks are there and the loops run; 503 before, and while the service stops."""
        ready = self._readiness.ready
        return web.json_response({"status": "ok" if ready else "starting"}, status=200 if ready else 503)

    async def open(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._token):
            return _error(401, "VEILLEUSE_UNKNOWN_TOKEN", "This is not the portal's token.")
        if not self._readiness.ready:
            return _error(503, "VEILLEUSE_STARTING", "The application service is starting.")
        try:
            asked = OpeningRequest.model_validate(await request.json())
        except (json.JSONDecodeError, UnicodeDecodeError):
            return _error(400, "M_NOT_JSON", "The body is not JSON.")
        except ValidationError as errors:
            places = ", ".join(str(error["loc"][0]) if error["loc"] else "body" for error in errors.errors())
            return _error(400, "M_BAD_JSON", f"These are not as they must be: {places}.")
        opening = Opening(Role(asked.role), PostalCode.parse(asked.postal_code), asked.in_danger, asked.commune)
        try:
            opened = await self._open(opening)
        except CommuneNeeded as question:
            choices = [CommuneChoice(insee=commune.insee, name=commune.name) for commune in question.communes]
            in_order = tuple(sorted(choices, key=lambda choice: choice.name))
            return web.json_response(CommunesAnswer(communes=in_order).model_dump(), status=409)
        except InvalidInput as error:
            return _error(400, "M_BAD_JSON", str(error))
        except HomeserverError as error:
            _LOG.error("A signalement could not be opened: %s", error)
            return _error(503, "VEILLEUSE_HOMESERVER_UNREACHABLE", "The homeserver does not answer as it should.")
        answer = OpenedAnswer(
            user_id=opened.account.user_id,
            device_id=opened.account.device_id,
            access_token=opened.account.access_token,
            room_id=opened.signalement.room_id,
            reference=opened.signalement.reference,
            warden=self._warden,
        )
        return web.json_response(answer.model_dump(), status=201)


def _error(status: int, code: str, sentence: str) -> web.Response:
    return web.json_response({"errcode": code, "error": sentence}, status=status)
