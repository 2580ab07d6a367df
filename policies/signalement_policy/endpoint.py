"""The module's HTTP interface, for the application service only: every route on this page.

GET  /status                                 {"version": 4, "release": "0.1.0", "warden": "@…"}
GET  /violations[?since=n]                   {"violations": [{"number", "at_ms", "rule", "actor", "count"}, …]}
GET  /rooms                                  {"rooms": [{"room_id": "!…", "guests": ["@…"], "spaces": ["!…"]}]}
GET  /promises                               {"broken": {"clear_events": n, …}}, without zeros
POST /left {"hashes": ["…"]}                 {"left": {"…": {"events": n, …}}}
POST /last_seen {"users": ["@…"]}            {"last_seen": {"@…": milliseconds}}
POST /staff {"user_ids": ["@…"]}             {"rooms": {"!…": {"kind", "joined", "invited"}}, "names": {"@…": "…"}}
POST /names {"user_id": "@…", "name": "…"}   {}
POST /rooms/{room}/seat {"user_id": "@…"}    {}
POST /rooms/{room}/redact_messages           {"redacted": n}
POST /rooms/{room}/take_back {"event_id": "$…"}   {}
POST /rooms/{space}/unlink {"room_id": "!…"}      {}
POST /rooms/{room}/destroy_originals         {"destroyed": n}
GET  /rooms/{room}/exists                    {"exists": true}
GET  /rooms/{room}/unacknowledged            {"devices": [{"user_id": "@…", "device_id": "…"}]}
POST /rooms/{room}/purge                     {"gone": true}, or, while that goes on, {"gone": false}
GET  /rooms/{room}/residue[?guest=@…]        {"tables": {"events": n, …}}
POST /rooms/{room}/sweep {"user_id": "@…"}   {"deleted": {"events": n, …}}

A room must be of the warden's; what takes messages back, destroys or deletes also asks for a signalement, but for
`take_back`: in a room of a desk, what the service's own bots said there. `unlink` asks for a Space.

`Authorization: Bearer` bears the application service's token. Errors are Matrix's: `errcode`, `error`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial

from synapse.api.errors import NotFoundError, UnrecognizedRequestError
from synapse.http.servlet import parse_integer, parse_string
from synapse.module_api import (
    DirectServeJsonResource,
    JsonDict,
    SynapseRequest,
    UserID,
    parse_json_object_from_request,
)
from synapse.module_api.errors import Codes, SynapseError

from policies.signalement_policy import VERSION as RELEASE
from policies.signalement_policy import staff
from policies.signalement_policy.attachments import delete_attachments
from policies.signalement_policy.compaction import Compaction
from policies.signalement_policy.connections import Connections
from policies.signalement_policy.homeserver import OURS, Homeserver, RoomKind
from policies.signalement_policy.inventory import signalement_rooms, what_is_left_of
from policies.signalement_policy.links import Links
from policies.signalement_policy.originals import destroy_originals
from policies.signalement_policy.probes import unacknowledged
from policies.signalement_policy.promises import broken_promises
from policies.signalement_policy.purges import Purges
from policies.signalement_policy.redactions import redact_messages, take_back
from policies.signalement_policy.residue import residue
from policies.signalement_policy.rules import is_room_id
from policies.signalement_policy.seats import seat
from policies.signalement_policy.sweep import sweep
from policies.signalement_policy.together import Together
from policies.signalement_policy.violations import Violations

PATH = "/_synapse/client/veilleuse/v1"
VERSION = 4
"""Of this interface: grows when the application service could not do without what is new."""

_LARGEST = 2**63 - 1
"""What a column of the database holds."""

Answer = tuple[int, JsonDict]


class Endpoint(DirectServeJsonResource):
    isLeaf = True

    def __init__(self, homeserver: Homeserver, violations: Violations) -> None:
        super().__init__()
        self._homeserver = homeserver
        self._violations = violations
        self._purges = Purges(homeserver)
        self._connections = Connections(homeserver)
        self._links = Links(homeserver)
        self._compaction = Compaction(homeserver)
        self._take_back_together = Together("veilleuse_take_back", homeserver.clock, partial(take_back, homeserver))
        self._of_all: dict[tuple[str, str], Callable[[SynapseRequest], Awaitable[Answer]]] = {
            ("GET", "rooms"): self._rooms,
            ("POST", "left"): self._left,
            ("POST", "last_seen"): self._last_seen,
            ("POST", "staff"): self._staff,
            ("POST", "names"): self._name,
            ("GET", "promises"): self._promises,
        }
        self._of_rooms: dict[tuple[str, str], Callable[[SynapseRequest, str], Awaitable[Answer]]] = {
            ("POST", "seat"): self._seat,
            ("POST", "redact_messages"): self._redact_messages,
            ("POST", "take_back"): self._take_back,
            ("POST", "unlink"): self._unlink,
            ("POST", "destroy_originals"): self._destroy_originals,
            ("GET", "exists"): self._exists,
            ("GET", "unacknowledged"): self._unacknowledged,
            ("POST", "purge"): self._purge,
            ("GET", "residue"): self._residue,
            ("POST", "sweep"): self._sweep,
        }

    async def _async_render(self, request: SynapseRequest) -> Answer:
        """Nobody but the application service learns even which routes there are."""
        self._homeserver.require_warden(request)
        method = request.get_method()
        match [segment.decode("utf-8", "replace") for segment in request.postpath or ()]:
            case ["status"] if method == "GET":
                return 200, {"version": VERSION, "release": RELEASE, "warden": self._homeserver.warden}
            case ["violations"] if method == "GET":
                counted = await self._violations.since(min(parse_integer(request, "since", default=0), _LARGEST))
                return 200, {"violations": [asdict(one) for one in counted]}
            case [what] if (method, what) in self._of_all:
                return await self._of_all[method, what](request)
            case ["rooms", room_id, action] if (method, action) in self._of_rooms:
                if not is_room_id(room_id):
                    raise NotFoundError("There is no such room")
                return await self._of_rooms[method, action](request, room_id)
            case _:
                raise UnrecognizedRequestError(code=404)

    async def _rooms(self, _: SynapseRequest) -> Answer:
        return 200, {"rooms": [asdict(room) for room in await signalement_rooms(self._homeserver)]}

    async def _promises(self, _: SynapseRequest) -> Answer:
        return 200, {"broken": await broken_promises(self._homeserver)}

    async def _left(self, request: SynapseRequest) -> Answer:
        hashes = _strings_in_body(request, "hashes")
        return 200, {"left": await what_is_left_of(self._homeserver, hashes)}

    async def _last_seen(self, request: SynapseRequest) -> Answer:
        users = _strings_in_body(request, "users")
        if not all(map(self._homeserver.is_guest, users)):
            raise SynapseError(403, "Only guests can be looked for", Codes.FORBIDDEN)
        return 200, {"last_seen": await self._homeserver.last_written_ms(users)}

    async def _exists(self, _: SynapseRequest, room_id: str) -> Answer:
        return 200, {"exists": await self._homeserver.is_our_room(room_id)}

    async def _staff(self, request: SynapseRequest) -> Answer:
        user_ids = _strings_in_body(request, "user_ids")
        rooms = await staff.rooms(self._homeserver)
        return 200, {
            "rooms": {room_id: asdict(room) for room_id, room in rooms.items()},
            "names": await staff.names(self._homeserver, user_ids),
        }

    async def _name(self, request: SynapseRequest) -> Answer:
        body = parse_json_object_from_request(request)
        name = body.get("name")
        if not isinstance(name, str) or not name.strip():
            raise SynapseError(400, "`name` must be a text that is not empty", Codes.INVALID_PARAM)
        await staff.rename(self._homeserver, _user_in(body), name)
        return 200, {}

    async def _seat(self, request: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.require_room(room_id, *OURS)
        await seat(self._homeserver, room_id, _user_in_body(request))
        return 200, {}

    async def _redact_messages(self, _: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.require_room(room_id, RoomKind.SIGNALEMENT)
        return 200, {"redacted": await redact_messages(self._homeserver, room_id)}

    async def _take_back(self, request: SynapseRequest, room_id: str) -> Answer:
        """An announcement, which a bot of the service's made in a room of a desk."""
        await self._homeserver.require_room(room_id, RoomKind.DESK)
        event_id = _string_in_body(request, "event_id")
        sender = await self._homeserver.sender_of(event_id)
        if sender is not None and not self._homeserver.is_service_user(sender):
            raise SynapseError(403, "Only what the service said is taken back", Codes.FORBIDDEN)
        await self._take_back_together(room_id, event_id)
        return 200, {}

    async def _unlink(self, request: SynapseRequest, space_id: str) -> Answer:
        await self._homeserver.require_room(space_id, RoomKind.SPACE)
        await self._links.remove(space_id, _string_in_body(request, "room_id"))
        return 200, {}

    async def _destroy_originals(self, _: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.require_room(room_id, RoomKind.SIGNALEMENT)
        destroyed = await destroy_originals(self._homeserver, room_id)
        await delete_attachments(self._homeserver, room_id)
        self._compaction.soon()
        return 200, {"destroyed": destroyed}

    async def _unacknowledged(self, _: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.require_room(room_id, RoomKind.SIGNALEMENT)
        devices = await unacknowledged(self._homeserver, self._connections, room_id)
        return 200, {"devices": [asdict(device) for device in devices]}

    async def _purge(self, _: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.require_room(room_id, RoomKind.SIGNALEMENT)
        await self._purges.start(room_id)
        over = await self._purges.over(room_id)
        self._connections.forget(room_id)
        return 200, {"gone": over and not await self._homeserver.is_our_room(room_id)}

    async def _residue(self, request: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.is_our_room(room_id)
        guest = parse_string(request, "guest")
        if guest is not None and not self._homeserver.is_guest(guest):
            raise SynapseError(403, "Only what is left of a guest is counted", Codes.FORBIDDEN)
        return 200, {"tables": await residue(self._homeserver, room_id, guest)}

    async def _sweep(self, request: SynapseRequest, room_id: str) -> Answer:
        await self._purges.over(room_id)
        deleted = await sweep(self._homeserver, self._links, room_id, _user_in_body(request))
        self._compaction.soon()
        return 200, {"deleted": deleted}


def _strings_in_body(request: SynapseRequest, key: str) -> list[str]:
    strings = parse_json_object_from_request(request).get(key)
    if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
        raise SynapseError(400, f"`{key}` must be a list of strings", Codes.INVALID_PARAM)
    return strings


def _string_in_body(request: SynapseRequest, key: str) -> str:
    string = parse_json_object_from_request(request).get(key)
    if not isinstance(string, str):
        raise SynapseError(400, f"`{key}` must be a string", Codes.INVALID_PARAM)
    return string


def _user_in_body(request: SynapseRequest) -> str:
    return _user_in(parse_json_object_from_request(request))


def _user_in(body: JsonDict) -> str:
    user_id = body.get("user_id")
    if not isinstance(user_id, str) or not UserID.is_valid(user_id):
        raise SynapseError(400, "`user_id` must be a Matrix id", Codes.INVALID_PARAM)
    return user_id
