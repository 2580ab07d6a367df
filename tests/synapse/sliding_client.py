"""A client that syncs as Element X does (MSC4186): rooms over one connection, keys and to-device over another."""

from typing import Any

from tests.synapse.clients import Person

PATH = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync"


class SlidingClient:
    def __init__(self, person: Person) -> None:
        self._person = person
        self._rooms_at: str | None = None
        self._encryption_at: str | None = None
        self._to_device_at: str | None = None

    async def syncs_rooms(self) -> dict[str, Any]:
        """The rooms that came, by id. Each call acknowledges the one before."""
        asked = {
            "conn_id": "room-list",
            "lists": {"all": {"ranges": [[0, 19]], "timeline_limit": 1, "required_state": [["m.room.member", "$ME"]]}},
        }
        answer = await self._ask(asked, self._rooms_at)
        self._rooms_at = answer["pos"]
        rooms: dict[str, Any] = answer["rooms"]
        return rooms

    async def syncs_encryption(self) -> list[dict[str, Any]]:
        """The to-device messages that came, as in an app woken by a notification, which looks at no room."""
        to_device: dict[str, Any] = {"enabled": True}
        if self._to_device_at is not None:
            to_device["since"] = self._to_device_at
        asked = {"conn_id": "encryption", "extensions": {"to_device": to_device, "e2ee": {"enabled": True}}}
        answer = await self._ask(asked, self._encryption_at)
        self._encryption_at = answer["pos"]
        self._to_device_at = answer["extensions"]["to_device"]["next_batch"]
        events: list[dict[str, Any]] = answer["extensions"]["to_device"].get("events", [])
        return events

    async def _ask(self, body: dict[str, Any], position: str | None) -> dict[str, Any]:
        query = {"timeout": "0"} | ({"pos": position} if position is not None else {})
        return await self._person.ask.ok("POST", PATH, body, **query)
