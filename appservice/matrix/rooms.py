"""Signalement rooms: the warden owns them, has no device, and so can administer but never read them."""

import secrets
from collections.abc import Collection, Mapping
from typing import Any

from appservice.domain.erasure import room_hash
from appservice.domain.errors import HomeserverRefused
from appservice.domain.ids import GUEST_PREFIX, ProposalId, Reference, RoomId, UserId
from appservice.domain.interlocutor import Interlocutor, Named, Nobody
from appservice.domain.orientation import Orientation
from appservice.domain.place import Place
from appservice.matrix.requests import CLIENT, Requests, segment
from appservice.matrix.shells import MODULE, PolicyModule
from appservice.ports import Moment

ROOM_VERSION = "12"  # the creator's power is without bound: it is the warden's, never the guest's
KIND = "org.veilleuse.kind"
"""In the content of `m.room.create`, out of anybody's reach: the policy module knows a signalement's room by it."""

CLAIM_EVENT = "org.veilleuse.claim"
ORIENTATION_EVENT = "org.veilleuse.orientation"
ANSWER_EVENT = "org.veilleuse.answer"
CLOSED_EVENT = "org.veilleuse.closed"
PLACE_EVENT = "org.veilleuse.place"
PROBE_EVENT = "org.veilleuse.probe"
ALGORITHM = "m.megolm.v1.aes-sha2"
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": ALGORITHM}}

_WARDEN_ONLY = 100
_CLOSED, _OPEN = 50, 0


def power_levels(*, may_write: bool) -> dict[str, Any]:
    """Nobody but the warden may send anything, but for encrypted events once `may_write`, answers, and removals.

    An answer is under one's own name: of these the guest's alone counts. A removal is of one's own events: below
    `redact`, Synapse lets through no other (`EventCreationHandler.persist_and_notify_client_events`).
    """
    return {
        "users_default": 0,
        "events_default": _WARDEN_ONLY,
        "state_default": _WARDEN_ONLY,
        "invite": _WARDEN_ONLY,
        "kick": _WARDEN_ONLY,
        "ban": _WARDEN_ONLY,
        "redact": _WARDEN_ONLY,
        "events": {
            "m.room.encrypted": _OPEN if may_write else _CLOSED,
            "m.room.redaction": _OPEN,
            ANSWER_EVENT: _OPEN,
        },
        "notifications": {"room": _WARDEN_ONLY},
    }


def restricted_to(space: RoomId) -> dict[str, Any]:
    return {"join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": space}]}


class MatrixRooms:
    """Implements the port `SignalementRooms`."""

    def __init__(self, requests: Requests, module: PolicyModule, server_name: str) -> None:
        self._requests = requests
        self._module = module
        self._server_name = server_name

    async def create(self, reference: Reference, guest: UserId) -> RoomId:
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
                    {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "invite"}},
                ],
                "power_level_content_override": power_levels(may_write=False),
                "invite": [guest],
            },
        )
        return RoomId(room["room_id"])

    async def link(self, room: RoomId, space: RoomId) -> None:
        await self._set_state(space, "m.space.child", {"via": [self._server_name]}, state_key=room)

    async def unlink(self, room: RoomId, space: RoomId) -> None:
        await self._module.unlink(room, space)

    async def admit_only_invited(self, room: RoomId) -> None:
        await self._set_state(room, "m.room.join_rules", {"join_rule": "invite"})

    async def admit_members_of(self, room: RoomId, space: RoomId) -> None:
        await self._set_state(room, "m.room.join_rules", restricted_to(space))

    async def open_to(self, room: RoomId) -> RoomId | None:
        rule = await self._requests("GET", f"{CLIENT}/rooms/{segment(room)}/state/m.room.join_rules/")
        if rule["join_rule"] != "restricted":
            return None
        (allowed,) = rule["allow"]
        return RoomId(allowed["room_id"])

    async def declare_claim(self, room: RoomId, who: Interlocutor | Nobody) -> None:
        await self._set_state(room, CLAIM_EVENT, _claim(who))

    async def declared(self, room: RoomId) -> UserId | None:
        try:
            claim = await self._requests("GET", f"{CLIENT}/rooms/{segment(room)}/state/{CLAIM_EVENT}/")
        except HomeserverRefused as refusal:
            if refusal.code != "M_NOT_FOUND":
                raise
            return None
        return UserId(claim["agent"]) if "agent" in claim else None

    async def bring_in(self, room: RoomId, agent: UserId) -> None:
        try:
            await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/invite", {"user_id": agent})
        except HomeserverRefused as refusal:
            if refusal.code != "M_FORBIDDEN" or agent not in await self.agents_in(room):
                raise
        await self._requests("POST", f"{MODULE}/rooms/{segment(room)}/seat", {"user_id": agent})

    async def show_orientation(self, room: RoomId, proposal: ProposalId, orientation: Orientation | None) -> None:
        await self._set_state(room, ORIENTATION_EVENT, _orientation(orientation), state_key=proposal)

    async def declare_closed(self, room: RoomId) -> None:
        await self._set_state(room, CLOSED_EVENT, {})

    async def tell_places(self, places: Mapping[UserId, Place]) -> None:
        messages = {guest: {"*": {"place": place.place, "minutes": place.minutes}} for guest, place in places.items()}
        path = f"{CLIENT}/sendToDevice/{PLACE_EVENT}/{secrets.token_hex(8)}"
        await self._requests("PUT", path, {"messages": messages})

    async def let_write(self, room: RoomId, *, allowed: bool) -> None:
        await self._set_state(room, "m.room.power_levels", power_levels(may_write=allowed))

    async def agents_in(self, room: RoomId) -> frozenset[UserId]:
        return await self._agents(room, {"join"})

    async def agents_invited_to(self, room: RoomId) -> frozenset[UserId]:
        return await self._agents(room, {"invite"})

    async def agents_of(self, room: RoomId) -> frozenset[UserId]:
        return await self._agents(room, {"join", "leave", "ban"})

    async def kick(self, room: RoomId, user: UserId) -> None:
        try:
            await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/kick", {"user_id": user})
        except HomeserverRefused as refusal:
            if refusal.code != "M_FORBIDDEN" or user in await self._agents(room, {"join", "invite"}):
                raise
            if user not in await self._agents(room, {"leave", "ban"}):
                await self._show_out(room, user)

    async def _show_out(self, room: RoomId, user: UserId) -> None:
        """For who joined in the moment in which the door was closed: the homeserver's resolution of the two drops the
        join from the room's state, and tells nobody. Without an event about it their client would show the room on.
        """
        for what in ("ban", "unban"):
            await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/{what}", {"user_id": user})

    async def probe(self, room: RoomId, agents: Collection[UserId], moment: Moment) -> None:
        content = {"room": room_hash(room), "moment": moment}
        # Said twice after a crash, it is done once; but each nudge is one more.
        more = secrets.token_hex(8) if moment is Moment.NUDGE else sorted(agents)
        once = room_hash(RoomId(f"{room} {moment} {more}"))
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


def _claim(who: Interlocutor | Nobody) -> dict[str, Any]:
    """As docs/protocol.md has it: what is absent is left out."""
    if isinstance(who, Nobody):
        told = {"reason": who.why, "to": who.to}
        return {key: value for key, value in told.items() if value is not None}
    claim: dict[str, Any] = _named(who.agent)
    if who.listeners:
        claim["listeners"] = [_named(listener) for listener in who.listeners]
    return claim


def _named(named: Named) -> dict[str, Any]:
    return {"agent": named.agent, "name": named.name}


def _orientation(orientation: Orientation | None) -> dict[str, Any]:
    if orientation is None:
        return {}
    particulars = orientation.particulars
    return {
        "kind": orientation.kind,
        "name": particulars.name,
        "address": particulars.address,
        "phone": particulars.phone,
        "hours": None if particulars.hours is None else list(particulars.hours),
        "call_first": particulars.call_first,
        "source": particulars.source,
        "as_of": particulars.as_of and particulars.as_of.isoformat(),
        "has_desk": orientation.desk_id is not None,
    }
