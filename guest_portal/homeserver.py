"""Requests to the homeserver with a guest's own token. Nothing of the visitor goes with them but the token."""

from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from guest_portal.errors import Refusal
from guest_portal.sessions import Session

_CONNECT_WITHIN_SECONDS = 5
_ANSWER_WITHIN_SECONDS = 60  # a long poll lasts 30


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


class GuestHomeserver:
    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self._address = address

    async def request(
        self,
        guest: Session,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> Answer:
        """The homeserver's answer, whatever its status. `path` is encoded. Raises a 502 `Refusal` if there is none."""
        try:
            async with self._session.request(
                method,
                URL(self._address + path, encoded=True).update_query(query or {}),
                json=body,
                headers={"Authorization": f"Bearer {guest.access_token}"},
                timeout=aiohttp.ClientTimeout(total=_ANSWER_WITHIN_SECONDS, sock_connect=_CONNECT_WITHIN_SECONDS),
            ) as answer:
                return Answer(answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError):
            raise Refusal(
                502, "VEILLEUSE_HOMESERVER_UNREACHABLE", "The service is interrupted for the moment. Nothing is lost."
            ) from None


def client_session() -> aiohttp.ClientSession:
    """A session that keeps no cookie and introduces itself by the software's name alone."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "veilleuse"},
        connector=aiohttp.TCPConnector(limit=0),
    )
