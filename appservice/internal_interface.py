"""The interface by which the portal has a signalement opened and an answer counted: its types, and its client.

The only module of the application service, with the settings, that the portal imports.
"""

import asyncio
from typing import Annotated, Literal

import aiohttp
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from appservice.domain.errors import InvalidInput
from appservice.domain.postal_code import PostalCode

OPEN_PATH = "/_veilleuse/v1/signalements"
FEEDBACK_PATH = "/_veilleuse/v1/feedback"
AUDIT_PATH = "/_veilleuse/v1/audit"
HEALTH_PATH = "/_veilleuse/health"

STARTING = "VEILLEUSE_STARTING"

_ANSWER_WITHIN_SECONDS = 40
_TRIED_FOR_SECONDS = 10  # the page waits for 20
_PAUSE_SECONDS = 0.2
_COUNTED_WITHIN_SECONDS = 10


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _digits(written: str) -> str:
    try:
        return PostalCode.as_given(written).digits
    except InvalidInput as error:
        raise ValueError(str(error)) from None


class OpeningRequest(_Message):
    """What the person said, as the page sends it."""

    role: Literal["victim", "witness", "relative", "professional"]
    postal_code: Annotated[str, Field(max_length=100), AfterValidator(_digits)]
    """Five digits once it is read: what was written of a place abroad, or by mistake, goes no further."""

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


class FeedbackRequest(_Message):
    """An answer to the question whether the conversation helped."""

    answer: Literal["yes", "a_little", "no"]


class FeedbackNotCounted(Exception):
    """The application service cannot count an answer now."""


class OpeningFailed(Exception):
    """The application service cannot open a signalement now."""


class NotThere(OpeningFailed):
    """Nobody listens, or has begun to work, for as long as it was tried: nothing has been done."""


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
        """Raises `CommuneNeeded`, `OpeningFailed`, `NotThere`.

        While nobody is there, as when one process takes over from another, it is tried again for ten seconds. What may
        have been acted on is not asked for twice.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + _TRIED_FOR_SECONDS
        while True:
            try:
                return await self._open(opening)
            except NotThere:
                if loop.time() + _PAUSE_SECONDS > until:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _open(self, opening: OpeningRequest) -> OpenedAnswer:
        try:
            async with self._session.post(
                self._address + OPEN_PATH,
                json=opening.model_dump(),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=_ANSWER_WITHIN_SECONDS),
            ) as answer:
                if answer.status == 409:
                    raise CommuneNeeded(CommunesAnswer.model_validate(await answer.json()))
                if answer.status == 503 and (await answer.json()).get("errcode") == STARTING:
                    raise NotThere("the application service is starting")
                if answer.status != 201:
                    raise OpeningFailed(f"the application service answered {answer.status}")
                return OpenedAnswer.model_validate(await answer.json())
        except aiohttp.ClientConnectorError as error:
            raise NotThere(f"the application service is not there: {type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise OpeningFailed(f"the application service did not answer: {type(error).__name__}") from None

    async def count_feedback(self, feedback: FeedbackRequest) -> None:
        """Raises `FeedbackNotCounted`."""
        try:
            async with self._session.post(
                self._address + FEEDBACK_PATH,
                json=feedback.model_dump(),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=_COUNTED_WITHIN_SECONDS),
            ) as answer:
                if answer.status != 204:
                    raise FeedbackNotCounted(f"the application service answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise FeedbackNotCounted(f"the application service did not answer: {type(error).__name__}") from None
