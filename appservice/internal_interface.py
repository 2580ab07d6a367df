"""The interface that the portal asks for a signalement to be opened: its types, and the portal's client of it.

The only module of the application service, with the settings, that the portal imports.
"""

from typing import Annotated, Literal

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

OPEN_PATH = "/_veilleuse/v1/signalements"
HEALTH_PATH = "/_veilleuse/health"

_ANSWER_WITHIN_SECONDS = 40


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OpeningRequest(_Message):
    """What the person said, as the page sends it."""

    role: Literal["victim", "witness", "relative", "professional"]
    postal_code: Annotated[str, Field(pattern=r"^[0-9]{5}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "fr"
    in_danger: bool = False
    commune: Annotated[str, Field(pattern=r"^([0-9AB]{5}|unknown)$")] | None = None
    """INSEE's code of the commune, where it was asked for; `unknown` if the person does not know."""


class CommuneChoice(_Message):
    """One of the communes that a postal code covers."""

    insee: str
    name: str


class CommunesAnswer(_Message):
    """409: the communes belong to different desks, and the person has to say which it is."""

    errcode: Literal["VEILLEUSE_COMMUNE_NEEDED"] = "VEILLEUSE_COMMUNE_NEEDED"
    error: str = "The postal code covers communes of several desks."
    communes: tuple[CommuneChoice, ...]


class OpenedAnswer(_Message):
    """The guest's account and where it may go. The token is the portal's to seal, and nobody's to keep."""

    user_id: str
    device_id: str
    access_token: Annotated[str, Field(repr=False)]
    room_id: str
    reference: str
    warden: str


class OpeningFailed(Exception):
    """The application service cannot open a signalement now."""


class CommuneNeeded(Exception):
    """The signalement is not opened: the person has to name the commune first."""

    def __init__(self, answer: CommunesAnswer) -> None:
        super().__init__(answer.error)
        self.answer = answer


class AppserviceClient:
    def __init__(self, session: aiohttp.ClientSession, address: str, token: str) -> None:
        self._session = session
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}"}

    async def open(self, opening: OpeningRequest) -> OpenedAnswer:
        """Raises `CommuneNeeded`, `OpeningFailed`."""
        try:
            async with self._session.post(
                self._address + OPEN_PATH,
                json=opening.model_dump(),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=_ANSWER_WITHIN_SECONDS),
            ) as answer:
                if answer.status == 409:
                    raise CommuneNeeded(CommunesAnswer.model_validate(await answer.json()))
                if answer.status != 201:
                    raise OpeningFailed(f"the application service answered {answer.status}")
                return OpenedAnswer.model_validate(await answer.json())
        except (aiohttp.ClientError, TimeoutError, ValidationError) as error:
            raise OpeningFailed(f"the application service did not answer: {type(error).__name__}") from None
