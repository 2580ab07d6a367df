"""The operators' side of the internal interface: `desks plan` and `desks apply`, asked of the service that runs."""

import json
from collections.abc import Sequence
from typing import Annotated, Literal

import aiohttp
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from appservice.answering import refusal, shows_one_of
from appservice.desk_office import DeskOffice
from appservice.domain.errors import ConfigurationError, HomeserverError, VeilleuseError

DESKS_PATH = "/_veilleuse/v1/desks"
_ANSWER_WITHIN_SECONDS = 600  # a country's desks, made for the first time


class DesksRequest(BaseModel):
    """`edition`: see `desk_office.edition_of`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Literal["plan", "apply"]
    edition: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DesksAnswer(BaseModel):
    """What would be changed, or was; and what the homeserver refused. A line each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    changes: tuple[str, ...]
    refused: tuple[str, ...] = ()


async def answer(office: DeskOffice, asked: DesksRequest) -> DesksAnswer:
    """Raises `ConfigurationError`, `HomeserverError`."""
    if asked.do == "plan":
        return DesksAnswer(changes=tuple(await office.plan(asked.edition)))
    changes, refused = await office.apply(asked.edition)
    return DesksAnswer(changes=tuple(changes), refused=tuple(refused))


class DesksRoute:
    """Whoever has the application service's own token may ask: there is nothing that it could not do by itself."""

    def __init__(self, office: DeskOffice, tokens: Sequence[str]) -> None:
        self._office = office
        self._tokens = tokens

    def register(self, app: web.Application) -> None:
        app.router.add_post(DESKS_PATH, self.desks)

    async def desks(self, request: web.Request) -> web.Response:
        if not shows_one_of(request, self._tokens):
            return refusal(401, "VEILLEUSE_UNKNOWN_TOKEN", "This is not the application service's token.")
        try:
            asked = DesksRequest.model_validate(await request.json())
        except (json.JSONDecodeError, UnicodeDecodeError, ValidationError):
            return refusal(400, "M_BAD_JSON", "What to do, and with which edition of the configuration, must be told.")
        try:
            return web.json_response((await answer(self._office, asked)).model_dump())
        except ConfigurationError as error:
            return refusal(409, "VEILLEUSE_CONFIGURATION", str(error))
        except HomeserverError as error:
            return refusal(503, "VEILLEUSE_HOMESERVER_UNREACHABLE", str(error))


class NobodyThere(Exception):
    """Nothing listens at the service's address: it does not run."""


async def ask_service(address: str, token: str, asked: DesksRequest) -> DesksAnswer:
    """Raises `NobodyThere`, or `VeilleuseError` with the service's words."""
    within = aiohttp.ClientTimeout(total=_ANSWER_WITHIN_SECONDS)
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=within) as session,
            session.post(address + DESKS_PATH, json=asked.model_dump(), headers=headers) as reply,
        ):
            said = await reply.json(content_type=None)
    except aiohttp.ClientConnectorError:
        raise NobodyThere from None
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise VeilleuseError(f"The service at {address} did not answer: {type(error).__name__}.") from None
    if reply.status != 200:
        words = said.get("error") if isinstance(said, dict) else None
        raise VeilleuseError(str(words or f"What answers at {address} is not the service: status {reply.status}."))
    return DesksAnswer.model_validate(said)
