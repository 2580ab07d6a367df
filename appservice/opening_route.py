"""The application service's side of the internal interface: opening a signalement, and health."""

import json
import logging
from collections.abc import Sequence, Sized
from typing import Protocol

from aiohttp import web
from pydantic import ValidationError

from appservice.answering import refusal, shows_one_of
from appservice.domain.errors import HomeserverError, InvalidInput
from appservice.domain.postal_code import PostalCode
from appservice.domain.signalement import Role
from appservice.internal_interface import (
    HEALTH_PATH,
    OPEN_PATH,
    STARTING,
    CommuneChoice,
    CommunesAnswer,
    OpenedAnswer,
    OpeningRequest,
)
from appservice.usecases.find_desk import CommuneNeeded
from appservice.usecases.open_signalement import Opening, OpenSignalement

_LOG = logging.getLogger(__name__)


class Readiness(Protocol):
    ready: bool


class OpeningRoute:
    def __init__(
        self,
        open_signalement: OpenSignalement,
        tokens: Sequence[str],
        warden: str,
        readiness: Readiness,
        made_ahead: Sized,
    ) -> None:
        self._open = open_signalement
        self._tokens = tokens
        self._warden = warden
        self._readiness = readiness
        self._made_ahead = made_ahead

    def register(self, app: web.Application) -> None:
        app.router.add_post(OPEN_PATH, self.open)
        app.router.add_get(HEALTH_PATH, self.health)

    async def health(self, _: web.Request) -> web.Response:
        """200 once the desks are there and the loops run; 503 before, and while the service stops.

        `rooms_ahead`: how many are made and nobody's yet.
        """
        ready = self._readiness.ready
        told = {"status": "ok" if ready else "starting", "rooms_ahead": len(self._made_ahead)}
        return web.json_response(told, status=200 if ready else 503)

    async def open(self, request: web.Request) -> web.Response:
        if not shows_one_of(request, self._tokens):
            return refusal(401, "VEILLEUSE_UNKNOWN_TOKEN", "This is not the portal's token.")
        if not self._readiness.ready:
            return refusal(503, STARTING, "The application service is starting.")
        try:
            asked = OpeningRequest.model_validate(await request.json())
        except (json.JSONDecodeError, UnicodeDecodeError):
            return refusal(400, "M_NOT_JSON", "The body is not JSON.")
        except ValidationError as errors:
            places = ", ".join(str(error["loc"][0]) if error["loc"] else "body" for error in errors.errors())
            return refusal(400, "M_BAD_JSON", f"These are not as they must be: {places}.")
        opening = Opening(Role(asked.role), PostalCode.parse(asked.postal_code), asked.in_danger, asked.commune)
        try:
            opened = await self._open(opening)
        except CommuneNeeded as question:
            choices = [CommuneChoice(insee=commune.insee, name=commune.name) for commune in question.communes]
            in_order = tuple(sorted(choices, key=lambda choice: choice.name))
            return web.json_response(CommunesAnswer(communes=in_order).model_dump(), status=409)
        except InvalidInput as error:
            return refusal(400, "M_BAD_JSON", str(error))
        except HomeserverError as error:
            _LOG.error("A signalement could not be opened: %s", error)
            return refusal(503, "VEILLEUSE_HOMESERVER_UNREACHABLE", "The homeserver does not answer as it should.")
        answer = OpenedAnswer(
            user_id=opened.account.user_id,
            device_id=opened.account.device_id,
            access_token=opened.account.access_token,
            room_id=opened.signalement.room_id,
            reference=opened.signalement.reference,
            warden=self._warden,
        )
        return web.json_response(answer.model_dump(), status=201)
