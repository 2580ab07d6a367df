"""What the bot asks of the application service, over the service's internal interface and with a token of its own.

It has entries written into the record, and is told pseudonyms; it cannot write to the database, or compute a pseudonym.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

import aiohttp

from appservice.domain.audit.values import FORMS, Pseudonym
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import UserId
from appservice.internal_interface import AUDIT_PATH
from policies.compliance_bot.questions import Topic

_ANSWER_WITHIN_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Grave:
    """What is told of an erased signalement by its tombstone: `left` rows, of all tables."""

    cause: str
    purged_on: str
    left: int


class ServiceUnavailable(Exception):
    """The application service does not answer as it should."""


class ServiceClient:
    """Implements `Notes` and `Names`."""

    def __init__(self, session: aiohttp.ClientSession, address: str, token: str) -> None:
        self._session = session
        self._address = address + AUDIT_PATH
        self._headers = {"Authorization": f"Bearer {token}"}

    async def asked(self, auditor: UserId, topic: Topic) -> None:
        await self._ask("POST", "asked", {"auditor": auditor, "command": topic.value})

    async def posted(self, covered: int) -> None:
        await self._ask("POST", "posted", {"covered": covered})

    async def of_signalement(self, reference: str) -> Pseudonym:
        answer = await self._ask("GET", f"signalements/{quote(reference, safe='')}")
        return _pseudonym(answer.get("pseudonym") if isinstance(answer, dict) else None)

    async def tombstone(self, room_hash: str) -> Grave:
        answer = await self._ask("GET", f"tombstones/{room_hash}")
        try:
            return Grave(str(answer["cause"]), str(answer["purged_on"]), int(answer["left"]))
        except (KeyError, TypeError, ValueError):
            raise ServiceUnavailable("no tombstone") from None

    async def of_person(self, user_id: str) -> Sequence[Pseudonym]:
        answer = await self._ask("GET", f"persons/{quote(user_id, safe='')}")
        names = answer.get("pseudonyms") if isinstance(answer, dict) else None
        if not isinstance(names, list):
            raise ServiceUnavailable("no pseudonyms")
        return [_pseudonym(name) for name in names]

    async def _ask(self, method: Literal["GET", "POST"], path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            async with self._session.request(
                method,
                f"{self._address}/{path}",
                json=body,
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=_ANSWER_WITHIN_SECONDS),
            ) as answer:
                if answer.status == 404:
                    raise InvalidInput("The service does not know it.")
                if answer.status != 200:
                    raise ServiceUnavailable(f"{answer.status}")
                return await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ServiceUnavailable(type(error).__name__) from None


def _pseudonym(pseudonym: Any) -> Pseudonym:
    if not isinstance(pseudonym, str) or not FORMS[Pseudonym].fullmatch(pseudonym):
        raise ServiceUnavailable("not a pseudonym")
    return Pseudonym(pseudonym)
