"""What only the homeserver's own module can do, asked over its narrow endpoint with the service's token."""

from collections.abc import Mapping
from typing import Any

from appservice.domain.errors import ConfigurationError, HomeserverRefused
from appservice.domain.ids import RoomId, UserId
from appservice.matrix.requests import Requests, Verb, segment

MODULE = "_synapse/client/veilleuse/v1"


class PolicyModule:
    """Implements the port `Shells`; seats agents; tells whether the module is there at all."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def check(self) -> None:
        """Raises `ConfigurationError` if the homeserver has no such module, or one made for another warden."""
        try:
            status = await self._requests("GET", f"{MODULE}/status")
        except HomeserverRefused as refusal:
            raise ConfigurationError(
                "The homeserver has no module policies.signalement_policy, or does not know this service"
                f" ({refusal.code}). Add it under `modules:` in homeserver.yaml, restart it; see docs/operators.md."
            ) from None
        if status.get("warden") != self._requests.warden_id:
            raise ConfigurationError(
                f"The homeserver's module watches over {status.get('warden')}, this service is"
                f" {self._requests.warden_id}: set `warden` in the module's configuration."
            )

    async def seat(self, room: RoomId, member: UserId) -> None:
        await self._room("POST", room, "seat", {"user_id": member})

    async def redact_messages(self, room: RoomId) -> int:
        return int((await self._room("POST", room, "redact_messages"))["redacted"])

    async def destroy_originals(self, room: RoomId) -> None:
        await self._room("POST", room, "destroy_originals")

    async def devices_awaited(self, room: RoomId) -> int:
        return len((await self._room("GET", room, "unacknowledged"))["devices"])

    async def purge(self, room: RoomId) -> None:
        try:
            await self._room("POST", room, "purge")
        except HomeserverRefused as refusal:
            if refusal.code != "M_NOT_FOUND":
                raise

    async def is_gone(self, room: RoomId) -> bool:
        return "rooms" not in await self._counts(room, None)

    async def sweep(self, room: RoomId, guest: UserId) -> None:
        await self._room("POST", room, "sweep", {"user_id": guest})

    async def residue(self, room: RoomId, guest: UserId) -> Mapping[str, int]:
        return await self._counts(room, guest)

    async def _counts(self, room: RoomId, guest: UserId | None) -> dict[str, int]:
        query: dict[str, str] = {} if guest is None else {"guest": guest}
        answer = await self._room("GET", room, "residue", query=query)
        return {table: count for table, count in answer["tables"].items() if count}

    async def _room(
        self,
        verb: Verb,
        room: RoomId,
        what: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        return await self._requests(verb, f"{MODULE}/rooms/{segment(room)}/{what}", body, query=query)
