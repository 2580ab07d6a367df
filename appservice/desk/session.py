"""The desk bot's requests to the homeserver, with the bot's own token."""

from typing import Any
from urllib.parse import quote

import aiohttp

from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable

_CLIENT_API = "/_matrix/client/v3"
_UPLOAD = "/_matrix/media/v3/upload"


class Session:
    """One HTTP session. Nothing is tried twice here: whoever asks knows better when to."""

    def __init__(self, homeserver: str, access_token: str) -> None:
        self._address = homeserver.rstrip("/")
        self._authorization = f"Bearer {access_token}"
        self._http: aiohttp.ClientSession | None = None
        self._closed = False

    async def close(self) -> None:
        """Nothing can be asked any more."""
        self._closed = True
        if self._http is not None:
            await self._http.close()

    async def ask(
        self, method: str, *path: str, body: Any = None, query: dict[str, str] | None = None, within: float = 30
    ) -> Any:
        """The JSON answer to a request of the client-server API; each part of `path` is encoded.

        Raises `HomeserverUnavailable` if there is no answer in time, an answer that is not JSON, a 5xx or a 429;
        `HomeserverRefused` for any other answer than a success.
        """
        url = self._address + _CLIENT_API + "".join(f"/{quote(part, safe='')}" for part in path)
        return await self._request(f"{method} /{path[0]}", method, url, within, json=body, params=query)

    async def upload(self, content: bytes, *, within: float = 60) -> str:
        """Stores bytes in the homeserver's media repository, and returns their `mxc://` address. Raises as `ask`."""
        headers = {"Content-Type": "application/octet-stream"}
        answer = await self._request("upload", "POST", self._address + _UPLOAD, within, data=content, headers=headers)
        return str(answer["content_uri"])

    async def _request(self, what: str, method: str, url: str, within: float, **options: Any) -> Any:
        if self._closed:
            raise HomeserverUnavailable("the bot was stopped")
        if self._http is None:
            self._http = aiohttp.ClientSession(headers={"Authorization": self._authorization})
        try:
            timeout = aiohttp.ClientTimeout(total=within)
            async with self._http.request(method, url, timeout=timeout, **options) as response:
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise HomeserverUnavailable(f"{what}: {type(error).__name__}") from None
        if response.status >= 500 or response.status == 429:
            raise HomeserverUnavailable(f"{what}: status {response.status}")
        if response.status >= 400:
            raise HomeserverRefused(str(answer.get("errcode", response.status)), what)
        return answer
