"""The allow-list: exactly the client-server endpoints that the page needs, each with the body it may have.

A request is rebuilt from its parsed form, never passed through: what is not named here does not reach the homeserver.
Paths and bodies are those of the Matrix specification, Client-Server API v1.11, `/_matrix/client/v3`.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, StrictBool

CLIENT = "/_matrix/client/v3"
SEND_LIMIT_BYTES = 64 * 1024
ANSWER_LIMIT_BYTES = 1024
KEYS_LIMIT_BYTES = 256 * 1024

Text = Annotated[str, Field(max_length=SEND_LIMIT_BYTES)]
Identifier = Annotated[str, Field(min_length=1, max_length=255)]
Json = dict[str, Any]


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def users(self) -> Iterable[str]:
        """Whom the request speaks of: they must be the guest itself or members of its room."""
        return ()


class Nothing(Body):
    pass


class EncryptedEvent(Body):
    algorithm: Literal["m.megolm.v1.aes-sha2"]
    ciphertext: Text
    session_id: Identifier
    device_id: Identifier
    sender_key: Identifier


class Typing(Body):
    typing: bool
    timeout: Annotated[int, Field(ge=0, le=60_000)] = 30_000


class Answer(Body):
    """To a proposal: choices from a list, and no word of the guest's (docs/protocol.md, `org.veilleuse.answer`)."""

    proposal: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.~-]{1,128}$")]
    accepted: StrictBool
    wish: Literal["as_soon_as_possible", "morning", "afternoon", "evening"] | None


class KeysUpload(Body):
    device_keys: Json | None = None
    one_time_keys: Json | None = None
    fallback_keys: Json | None = None


class KeysQuery(Body):
    device_keys: dict[Identifier, list[Identifier]]
    timeout: Annotated[int, Field(ge=0, le=20_000)] = 10_000

    def users(self) -> Iterable[str]:
        return self.device_keys


class KeysClaim(Body):
    one_time_keys: dict[Identifier, dict[Identifier, Identifier]]
    timeout: Annotated[int, Field(ge=0, le=20_000)] = 10_000

    def users(self) -> Iterable[str]:
        return self.one_time_keys


class DeviceSigning(Body):
    master_key: Json
    self_signing_key: Json
    user_signing_key: Json


class Signatures(RootModel[dict[Identifier, Json]]):
    model_config = ConfigDict(frozen=True)

    def users(self) -> Iterable[str]:
        return self.root


class ToDevice(Body):
    messages: dict[Identifier, dict[Identifier, Json]]

    def users(self) -> Iterable[str]:
        return self.messages


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` has aiohttp's `{names}`: `room` must be the session's room, `user` the guest itself."""

    method: Literal["GET", "POST", "PUT"]
    path: str
    body: type[Body | Signatures] | None = None
    limit_bytes: int = SEND_LIMIT_BYTES
    query: Callable[[dict[str, str]], dict[str, str]] | None = None


# The filter is the portal's, not the page's: the guest's own room, its events, typing, and nothing of anybody else.
SYNC_FILTER = json.dumps(
    {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "account_data": {"types": []},
            "ephemeral": {"types": ["m.typing"]},
            "timeline": {"limit": 100},
        },
    },
    separators=(",", ":"),
)
_LONG_POLL_LIMIT_MS = 30_000


def sync_query(asked: dict[str, str]) -> dict[str, str]:
    """Raises `ValueError` unless `timeout`, if given, is a number of milliseconds."""
    query = {
        "filter": SYNC_FILTER,
        "set_presence": "offline",
        "timeout": str(max(0, min(int(asked.get("timeout", "0")), _LONG_POLL_LIMIT_MS))),
    }
    if "since" in asked:
        query["since"] = asked["since"][:255]
    return query


ENDPOINTS = (
    Endpoint("GET", "/sync", query=sync_query),
    Endpoint("PUT", "/rooms/{room}/send/m.room.encrypted/{transaction}", EncryptedEvent),
    Endpoint("PUT", "/rooms/{room}/state/org.veilleuse.answer/{user}", Answer, ANSWER_LIMIT_BYTES),
    # Its own messages only: the homeserver sees to that.
    Endpoint("PUT", "/rooms/{room}/redact/{event}/{transaction}", Nothing),
    Endpoint("PUT", "/rooms/{room}/typing/{user}", Typing),
    Endpoint("POST", "/rooms/{room}/leave", Nothing),
    Endpoint("POST", "/keys/upload", KeysUpload, KEYS_LIMIT_BYTES),
    Endpoint("POST", "/keys/query", KeysQuery, KEYS_LIMIT_BYTES),
    Endpoint("POST", "/keys/claim", KeysClaim, KEYS_LIMIT_BYTES),
    Endpoint("POST", "/keys/device_signing/upload", DeviceSigning, KEYS_LIMIT_BYTES),
    Endpoint("POST", "/keys/signatures/upload", Signatures, KEYS_LIMIT_BYTES),
    Endpoint("PUT", "/sendToDevice/m.room.encrypted/{transaction}", ToDevice, KEYS_LIMIT_BYTES),
    Endpoint("PUT", "/sendToDevice/m.room_key.withheld/{transaction}", ToDevice, KEYS_LIMIT_BYTES),
)
