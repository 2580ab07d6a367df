"""Signalement rooms: the warden owns them, has no device, and so can administer but never read them."""

from collections.abc import Collection
from typing import Any

from appservice.domain.erasure import room_hash
from appservice.domain.errors import HomeserverRefused
from appservice.domain.ids import GUEST_PREFIX, Reference, RoomId, UserId
from appservice.matrix.requests import CLIENT, Requests, segment
from appservice.ports import Moment

ROOM_VERSION = "12"  # the creator's power is without bound: it is the warden's, never the guest's
KIND = "org.veilleuse.kind"
"""In the content of `m.room.create`, out of anybody's reach: the policy module knows a signalement's room by it."""

CLAIM_EVENT = "org.veilleuse.claim"
PROBE_EVENT = "org.veilleuse.probe"
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}

_WARDEN_ONLY = 100
_CLOSED, _OPEN = 50, 0


def power_levels(*, may_write: bool) -> dict[str, Any]:
    """Nobody but the warden may send anything; everybody may send encrypted events once `may_write`."""
    return {
        "users_default": 0,
        "events_default": _WARDEN_ONLY,
        "state_default": _WARDEN_ONLY,
        "invite": _WARDEN_ONLY,
        "kick": _WARDEN_ONLY,
        "ban": _WARDEN_ONLY,
        "redact": _WARDEN_ONLY,
        "events": {"m.room.encrypted": _OPEN if may_write else _CLOSED},
        "notifications": {"room": _WARDEN_ONLY},
    }


def restricted_to(space: RoomId) -> dict[str, Any]:
    return {"join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": space}]}


class MatrixRooms:
    """Implements the port `SignalementRooms`."""

    def __init__(self, requests: Requests, server_name: str) -> None:
        self._requests = requests
        self._server_name = server_name

    async def create(self, reference: Reference, guest: UserId, space: RoomId) -> RoomId:
        room = await self._requests(
            "POST",
            f"{CLIENT}/createRoom",
            {
                "room_version": ROOM_VERSION,
                "visibility": "private",
                "preset": "private_chat",
                "name": reference,
                "creation_content": {"m.federate": False, KIND: "signalement"},
                "initial_state": [
                    ENCRYPTION,
                    {"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "joined"}},
                    {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "forbidden"}},
                    {"type": "m.room.join_rules", "state_key": "", "content": restricted_to(space)},
                ],
                "power_level_content_override": power_levels(may_write=False),
                "invite": [guest],
            },
        )
        return RoomId(room["room_id"])

    async def link(self, room: RoomId, space: RoomId) -> None:
        await self._set_state(space, "m.space.child", {"via": [self._server_name]}, state_key=room)

    async def unlink(self, room: RoomId, space: RoomId) -> None:
        await self._set_state(space, "m.space.child", {}, state_key=room)

    async def admit_only_invited(self, room: RoomId) -> None:
        await self._set_state(room, "m.room.join_rules", {"join_rule": "invite"})

    async def admit_members_of(self, room: RoomId, space: RoomId) -> None:
        await self._set_state(room, "m.room.join_rules", restricted_to(space))

    async def declare_claim(self, room: RoomId, agent: UserId | None) -> None:
        await self._set_state(room, CLAIM_EVENT, {} if agent is None else {"agent": agent})

    async def let_write(self, room: RoomId, *, allowed: bool) -> None:
        await self._set_state(room, "m.room.power_levels", power_levels(may_write=allowed))

    async def agents_in(self, room: RoomId) -> frozenset[UserId]:
        return await self._agents(room, {"join"})

    async def agents_of(self, room: RoomId) -> frozenset[UserId]:
        return await self._agents(room, {"join", "leave", "ban"})

    async def kick(self, room: RoomId, user: UserId) -> None:
        try:
            await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/kick", {"user_id": user})
        except HomeserverRefused as refusal:
            if refusal.code != "M_FORBIDDEN" or user in await self.agents_in(room):
                raise

    async def probe(self, room: RoomId, agents: Collection[UserId], moment: Moment) -> None:
        content = {"room": room_hash(room), "moment": moment}
        once = room_hash(RoomId(f"{room} {moment} {sorted(agents)}"))  # said twice after a crash, it is done once
        await self._requests(
            "PUT",
            f"{CLIENT}/sendToDevice/{PROBE_EVENT}/{once}",
            {"messages": {agent: {"*": content} for agent in agents}},
        )

    async def _agents(self, room: RoomId, memberships: Collection[str]) -> frozenset[UserId]:
        members = await self._requests("GET", f"{CLIENT}/rooms/{segment(room)}/members")
        return frozenset(
            UserId(event["state_key"])
            for event in members["chunk"]
            if event["content"].get("membership") in memberships
            and event["state_key"] != self._requests.warden_id
            and not event["state_key"].startswith(f"@{GUEST_PREFIX}")
        )

    async def _set_state(self, room: RoomId, kind: str, content: dict[str, Any], *, state_key: str = "") -> None:
        await self._requests("PUT", f"{CLIENT}/rooms/{segment(room)}/state/{kind}/{segment(state_key)}", content)
