"""What only the homeserver's own module can do, asked over its narrow endpoint with the service's token."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from appservice.audit_port import Refused
from appservice.domain.audit.values import ActorKind, Code
from appservice.domain.errors import ConfigurationError, HomeserverRefused
from appservice.domain.ids import EventId, RoomId, UserId
from appservice.erasure_port import FoundRoom
from appservice.matrix.module_status import absent, problem_with
from appservice.matrix.requests import Requests, Verb, segment
from appservice.ports import Staff, StaffRoom

MODULE = "_synapse/client/veilleuse/v1"
_QUIET_HOURS = timedelta(minutes=10)
"""For what reads whole tables, at night."""


class PolicyModule:
    """Implements the ports `Shells` and `Inventory`; seats agents; tells whether the module is there at all."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def check(self) -> None:
        """Raises `ConfigurationError` if the homeserver has no such module, an older or newer one, or another's."""
        try:
            status = await self._requests("GET", f"{MODULE}/status")
        except HomeserverRefused as refusal:
            raise ConfigurationError(absent(refusal.code)) from None
        problem = problem_with(status, self._requests.warden_id)
        if problem is not None:
            raise ConfigurationError(problem)

    async def seat(self, room: RoomId, member: UserId) -> None:
        await self._room("POST", room, "seat", {"user_id": member})

    async def staff(self, accounts: Collection[UserId]) -> Staff:
        """Everybody who sits in a room that the warden owns, and how `accounts` are called."""
        answer = await self._requests("POST", f"{MODULE}/staff", {"user_ids": list(accounts)})
        rooms = {RoomId(room): _staff_room(said) for room, said in answer["rooms"].items()}
        return Staff(rooms, {UserId(account): name for account, name in answer["names"].items()})

    async def rename(self, account: UserId, name: str) -> None:
        """Gives a person's account that sits in a room of the warden's its display name."""
        await self._requests("POST", f"{MODULE}/names", {"user_id": account, "name": name})

    async def redact_messages(self, room: RoomId) -> int:
        return int((await self._room("POST", room, "redact_messages"))["redacted"])

    async def take_back(self, room: RoomId, event: EventId) -> None:
        """What was said, its edits, and what was said about it. Repeatable."""
        await self._room("POST", room, "take_back", {"event_id": event})

    async def unlink(self, room: RoomId, space: RoomId) -> None:
        """The Space no longer shows the room. Repeatable."""
        await self._room("POST", space, "unlink", {"room_id": room})

    async def destroy_originals(self, room: RoomId) -> None:
        await self._room("POST", room, "destroy_originals")

    async def devices_awaited(self, room: RoomId) -> int:
        return len((await self._room("GET", room, "unacknowledged"))["devices"])

    async def purge(self, room: RoomId) -> bool:
        try:
            return bool((await self._room("POST", room, "purge"))["gone"])
        except HomeserverRefused as refusal:
            if refusal.code != "M_NOT_FOUND":
                raise
            return True

    async def sweep(self, room: RoomId, guest: UserId) -> None:
        await self._room("POST", room, "sweep", {"user_id": guest})

    async def residue(self, room: RoomId, guest: UserId) -> Mapping[str, int]:
        answer = await self._room("GET", room, "residue", query={"guest": guest})
        return {table: count for table, count in answer["tables"].items() if count}

    async def signalement_rooms(self) -> list[FoundRoom]:
        answer = await self._requests("GET", f"{MODULE}/rooms")
        return [
            FoundRoom(RoomId(room["room_id"]), tuple(map(UserId, room["guests"])), tuple(map(RoomId, room["spaces"])))
            for room in answer["rooms"]
        ]

    async def exists(self, room: RoomId) -> bool:
        return bool((await self._room("GET", room, "exists"))["exists"])

    async def last_seen(self, guests: Collection[UserId]) -> Mapping[UserId, datetime]:
        answer = await self._requests("POST", f"{MODULE}/last_seen", {"users": list(guests)})
        return {UserId(guest): _moment(milliseconds) for guest, milliseconds in answer["last_seen"].items()}

    async def left_of(self, hashes: Collection[str]) -> Mapping[str, Mapping[str, int]]:
        answer = await self._requests("POST", f"{MODULE}/left", {"hashes": list(hashes)}, within=_QUIET_HOURS)
        left: dict[str, dict[str, int]] = answer["left"]
        return left

    async def _room(
        self,
        verb: Verb,
        room: RoomId,
        what: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        return await self._requests(verb, f"{MODULE}/rooms/{segment(room)}/{what}", body, query=query)


class ModulePromises:
    """Implements the port `Promises`."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def broken(self) -> Collection[str]:
        answer = await self._requests("GET", f"{MODULE}/promises")
        return list(answer["broken"])


class ModuleRefusals:
    """Implements the port `PolicyRefusals`."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def since(self, number: int) -> list[Refused]:
        answer = await self._requests("GET", f"{MODULE}/violations", query={"since": str(number)})
        return [
            Refused(one["number"], Code(one["rule"]), ActorKind(one["actor"]), one["count"])
            for one in answer["violations"]
        ]


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def _staff_room(said: dict[str, Any]) -> StaffRoom:
    joined, invited = (frozenset(UserId(member) for member in said[how]) for how in ("joined", "invited"))
    return StaffRoom(said["kind"] == "signalement", joined, invited)
