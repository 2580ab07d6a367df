"""A Matrix client of a few lines for the tests, and the people who use it."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from signedjson.key import encode_verify_key_base64, generate_signing_key, get_verify_key
from signedjson.sign import sign_json
from signedjson.types import SigningKey

from tests.ciphertext import megolm

CLIENT = "/_matrix/client/v3"

Body = dict[str, Any] | None


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """Matrix's errcode; empty if it is not an error."""
        return str(self.body.get("errcode", ""))


def refusal(answer: Answer) -> tuple[int, str, str]:
    """Status, code, and which rule was broken."""
    return answer.status, answer.code, str(answer.body.get("org.veilleuse.rule"))


class Client:
    """Asks the homeserver with one token. `acting_as` is for the application service: on whose behalf."""

    def __init__(self, http: aiohttp.ClientSession, token: str | None, acting_as: str | None = None) -> None:
        self._http = http
        self.token = token
        self._acting_as = acting_as

    async def __call__(self, method: str, path: str, body: Body = None, **query: str) -> Answer:
        """Whatever the answer is."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        if self._acting_as is not None:
            query["user_id"] = self._acting_as
        json = body if body is not None or method == "GET" else {}
        async with self._http.request(method, path, json=json, headers=headers, params=query) as answer:
            return Answer(answer.status, await answer.json())

    async def ok(self, method: str, path: str, body: Body = None, **query: str) -> dict[str, Any]:
        """The answer's body; asks again where it is told to slow down. Raises `AssertionError` if it is an error."""
        while (answer := await self(method, path, body, **query)).status == 429:  # noqa: ASYNC110 it says how long
            await asyncio.sleep(answer.body["retry_after_ms"] / 1000)
        assert answer.status in (200, 202), f"{method} {path}: {answer}"
        return answer.body

    async def upload(self, content: bytes, kind: str = "application/octet-stream") -> str:
        """Its name: server and media id. The usual type is that of an encrypted file."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        async with self._http.post("/_matrix/media/v3/upload", data=content, headers=headers) as answer:
            answer.raise_for_status()
            return str((await answer.json())["content_uri"]).removeprefix("mxc://")

    async def downloads(self, name: str) -> bytes | None:
        """None if it is not there."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._http.get(f"/_matrix/client/v1/media/download/{name}", headers=headers) as answer:
            return await answer.read() if answer.ok else None


@dataclass(frozen=True)
class Person:
    """A user on one device."""

    user_id: str
    device_id: str
    ask: Client

    async def create_room(self, **settings: Any) -> str:
        return str((await self.ask.ok("POST", f"{CLIENT}/createRoom", settings))["room_id"])

    async def join(self, room: str) -> None:
        await self.ask.ok("POST", f"{CLIENT}/rooms/{quote(room)}/join")

    async def say(self, room: str, text: str, **content: Any) -> str:
        """Sends what passes for an encrypted message of this text; its event id."""
        path = f"{CLIENT}/rooms/{quote(room)}/send/m.room.encrypted/{secrets.token_hex(8)}"
        return str((await self.ask.ok("PUT", path, megolm(text, **content)))["event_id"])

    async def send_to(
        self, other: "Person", text: str, kind: str = "m.room.encrypted", key: str = "ciphertext"
    ) -> None:
        """A to-device message."""
        await self.ask.ok(
            "PUT",
            f"{CLIENT}/sendToDevice/{kind}/{secrets.token_hex(8)}",
            {"messages": {other.user_id: {other.device_id: {key: text}}}},
        )

    async def sync(self, since: str | None = None) -> dict[str, Any]:
        return await self.ask.ok(
            "GET", f"{CLIENT}/sync", None, timeout="0", **({} if since is None else {"since": since})
        )

    async def messages(self, room: str) -> list[dict[str, Any]]:
        """What the room's history shows, newest first."""
        page = await self.ask.ok("GET", f"{CLIENT}/rooms/{quote(room)}/messages", dir="b", limit="500")
        return [event for event in page["chunk"] if event["type"] == "m.room.encrypted"]

    async def upload_keys(self) -> dict[str, SigningKey]:
        """Device keys, one-time keys, cross-signing keys: all that a client with encryption leaves on a homeserver.

        Returns the cross-signing keys, by usage.
        """
        device = {
            "user_id": self.user_id,
            "device_id": self.device_id,
            "algorithms": ["m.olm.v1.curve25519-aes-sha2"],
            "keys": {f"ed25519:{self.device_id}": "a", f"curve25519:{self.device_id}": "b"},
            "signatures": {},
        }
        signatures = {self.user_id: {f"ed25519:{self.device_id}": "unverified"}}
        one_time = {f"signed_curve25519:{number}": {"key": "c", "signatures": signatures} for number in range(5)}
        fallback = {"signed_curve25519:f": {"key": "f", "signatures": signatures, "fallback": True}}
        keys = {"device_keys": device, "one_time_keys": one_time, "fallback_keys": fallback}
        await self.ask.ok("POST", f"{CLIENT}/keys/upload", keys)
        signing = cross_signing()
        await self.ask.ok("POST", f"{CLIENT}/keys/device_signing/upload", self.cross_signing_keys(signing))
        return signing

    async def confirm(self, other: "Person", signing: dict[str, SigningKey]) -> None:
        """Signs the other's master key, as clients do once two people have compared what they see."""
        found = await self.ask.ok("POST", f"{CLIENT}/keys/query", {"device_keys": {other.user_id: []}})
        master = {**found["master_keys"][other.user_id], "signatures": {}}
        signed = sign_json(master, self.user_id, signing["user_signing"])
        (public,) = master["keys"].values()
        answer = await self.ask.ok("POST", f"{CLIENT}/keys/signatures/upload", {other.user_id: {public: signed}})
        assert answer["failures"] == {}

    def cross_signing_keys(self, signing: dict[str, SigningKey]) -> dict[str, Any]:
        """The body of their upload."""
        keys = {}
        for usage, key in signing.items():
            described = {"user_id": self.user_id, "usage": [usage], "keys": {f"ed25519:{key.version}": key.version}}
            if usage != "master":
                described = sign_json(described, self.user_id, signing["master"])
            keys[f"{usage}_key"] = described
        return keys


def cross_signing() -> dict[str, SigningKey]:
    """New keys, by usage."""
    return {usage: _signing_key() for usage in ("master", "self_signing", "user_signing")}


def _signing_key() -> SigningKey:
    """Named after its public half, as cross-signing keys are."""
    key = generate_signing_key("")
    key.version = encode_verify_key_base64(get_verify_key(key))
    return key


async def log_in(http: aiohttp.ClientSession, user: str, password: str) -> Person:
    """On a new device. `user` is the Matrix id, or its localpart."""
    login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": password}
    session = await Client(http, None).ok("POST", f"{CLIENT}/login", login)
    return Person(session["user_id"], session["device_id"], Client(http, session["access_token"]))
