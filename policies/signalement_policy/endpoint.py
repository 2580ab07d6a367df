"""The module's HTTP interface, for the application service only: every route on this page.

GET  /status                                 {"version": 1, "warden": "@…"}
POST /rooms/{room}/seat {"user_id": "@…"}    {}
POST /rooms/{room}/redact_messages           {"redacted": n}
POST /rooms/{room}/destroy_originals         {"destroyed": n}
GET  /rooms/{room}/unacknowledged            {"devices": [{"user_id": "@…", "device_id": "…"}]}
POST /rooms/{room}/purge                     202 {}
GET  /rooms/{room}/residue[?guest=@…]        {"tables": {"events": n, …}}
POST /rooms/{room}/sweep {"user_id": "@…"}   {"deleted": {"events": n, …}}

`Authorization: Bearer` bears the application service's token. Errors are Matrix's: `errcode`, `error`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from synapse.api.errors import UnrecognizedRequestError
from synapse.http.servlet import parse_string
from synapse.module_api import (
    DirectServeJsonResource,
    JsonDict,
    SynapseRequest,
    UserID,
    parse_json_object_from_request,
)
from synapse.module_api.errors import Codes, SynapseError

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.originals import destroy_originals
from policies.signalement_policy.probes import unacknowledged
from policies.signalement_policy.purges import Purges
from policies.signalement_policy.redactions import redact_messages
from policies.signalement_policy.residue import residue
from policies.signalement_policy.seats import seat
from policies.signalement_policy.sweep import sweep

PATH = "/_synapse/client/veilleuse/v1"
VERSION = 1

Answer = tuple[int, JsonDict]


class Endpoint(DirectServeJsonResource):
    isLeaf = True

    def __init__(self, homeserver: Homeserver) -> None:
        super().__init__()
        self._homeserver = homeserver
        self._purges = Purges(homeserver)
        self._of_rooms: dict[tuple[str, str], Callable[[SynapseRequest, str], Awaitable[Answer]]] = {
            ("POST", "seat"): self._seat,
            ("POST", "redact_messages"): self._redact_messages,
            ("POST", "destroy_originals"): self._destroy_originals,
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
                return 200, {"version": VERSION, "warden": self._homeserver.warden}
            case ["rooms", room_id, action] if (method, action) in self._of_rooms:
                return await self._of_rooms[method, action](request, room_id)
            case _:
                raise UnrecognizedRequestError(code=404)

    async def _seat(self, request: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.require_room(room_id)
        await seat(self._homeserver, room_id, _user_in_body(request))
        return 200, {}

    async def _redact_messages(self, _: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.require_room(room_id)
        return 200, {"redacted": await redact_messages(self._homeserver, room_id)}

    async def _destroy_originals(self, _: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.require_room(room_id)
        return 200, {"destroyed": await destroy_originals(self._homeserver, room_id)}

    async def _unacknowledged(self, _: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.require_room(room_id)
        devices = await unacknowledged(self._homeserver, room_id)
        return 200, {"devices": [asdict(device) for device in devices]}

    async def _purge(self, _: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.require_room(room_id)
        await self._purges.start(room_id)
        return 202, {}

    async def _residue(self, request: SynapseRequest, room_id: str) -> Answer:
        await self._homeserver.is_our_room(room_id)
        guest = parse_string(request, "guest")
        if guest is not None and not self._homeserver.is_guest(guest):
            raise SynapseError(403, "Only what is left of a guest is counted", Codes.FORBIDDEN)
        return 200, {"tables": await residue(self._homeserver, room_id, guest)}

    async def _sweep(self, request: SynapseRequest, room_id: str) -> Answer:
        await self._purges.over(room_id)
        return 200, {"deleted": await sweep(self._homeserver, room_id, _user_in_body(request))}


def _user_in_body(request: SynapseRequest) -> str:
    user_id = parse_json_object_from_request(request).get("user_id")
    if not isinstance(user_id, str) or not UserID.is_valid(user_id):
        raise SynapseError(400, "`user_id` must be a Matrix id", Codes.INVALID_PARAM)
    return user_id
