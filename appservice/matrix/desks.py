"""The desks' Spaces and rooms, and the accounts of the desk bots."""

from typing import Any

from appservice.domain.desk import BotAccount
from appservice.domain.errors import HomeserverRefused
from appservice.domain.ids import BOT_PREFIX, DeskId, EventId, RoomId, UserId
from appservice.matrix.requests import CLIENT, Requests, segment
from appservice.matrix.rooms import ENCRYPTION, ROOM_VERSION
from appservice.matrix.shells import PolicyModule

_PRIVATE = {"room_version": ROOM_VERSION, "visibility": "private", "preset": "private_chat"}
_NO_GUESTS = {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "forbidden"}}


class MatrixDesks:
    """Implements the port `DeskSpaces`."""

    def __init__(self, requests: Requests, module: PolicyModule, server_name: str) -> None:
        self._requests = requests
        self._module = module
        self._server_name = server_name

    def bot_of(self, desk: DeskId) -> UserId:
        return UserId(f"@{BOT_PREFIX}{desk}:{self._server_name}")

    async def introduce_warden(self) -> None:
        """Registers the warden, under a name that people can read."""
        await self._requests.warden.ensure_registered()
        await self._requests.warden.set_displayname("Veilleuse")

    async def log_bot_in(self, desk: DeskId, name: str) -> BotAccount:
        """Registers the desk's bot, or logs it in on a new device if it was registered and its token lost."""
        bot = self.bot_of(desk)
        login: dict[str, Any] = {"type": "m.login.application_service", "username": f"{BOT_PREFIX}{desk}"}
        try:
            account = await self._requests("POST", f"{CLIENT}/register", login)
        except HomeserverRefused as refusal:
            if refusal.code != "M_USER_IN_USE":
                raise
            login = {"type": "m.login.application_service", "identifier": {"type": "m.id.user", "user": bot}}
            account = await self._requests("POST", f"{CLIENT}/login", login)
        await self._requests(
            "PUT", f"{CLIENT}/profile/{segment(bot)}/displayname", {"displayname": name}, acting_as=bot
        )
        return BotAccount(bot, account["device_id"], account["access_token"])

    async def create_space(self, name: str) -> RoomId:
        return await self._create(
            {
                **_PRIVATE,
                "name": name,
                "creation_content": {"type": "m.space", "m.federate": False},
                "initial_state": [_NO_GUESTS],
                "power_level_content_override": {"events_default": 100, "invite": 100},
            }
        )

    async def create_room(self, name: str, space: RoomId) -> RoomId:
        room = await self._create(
            {
                **_PRIVATE,
                "name": name,
                "creation_content": {"m.federate": False},
                "initial_state": [
                    ENCRYPTION,
                    _NO_GUESTS,
                    {"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "joined"}},
                    {
                        "type": "m.space.parent",
                        "state_key": space,
                        "content": {"via": [self._server_name], "canonical": True},
                    },
                ],
                "power_level_content_override": {"invite": 100},
            }
        )
        child = {"via": [self._server_name], "suggested": True}
        await self._requests("PUT", f"{CLIENT}/rooms/{segment(space)}/state/m.space.child/{segment(room)}", child)
        return room

    async def members(self, room: RoomId) -> frozenset[UserId]:
        joined = await self._requests("GET", f"{CLIENT}/rooms/{segment(room)}/joined_members")
        return frozenset(UserId(member) for member in joined["joined"]) - {self._requests.warden_id}

    async def seat(self, room: RoomId, member: UserId) -> None:
        if not member.startswith(f"@{BOT_PREFIX}"):
            await self._module.seat(room, member)
            return
        await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/invite", {"user_id": member})
        await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/join", acting_as=member)

    async def unseat(self, room: RoomId, member: UserId) -> None:
        await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/kick", {"user_id": member})

    async def redact(self, room: RoomId, event: EventId) -> None:
        """Takes back what was said, and its edits. Repeatable."""
        relations = f"_matrix/client/v1/rooms/{segment(room)}/relations/{segment(event)}/m.replace"
        edits = await self._requests("GET", relations, query={"limit": "100"})
        for said in (*(edit["event_id"] for edit in edits["chunk"]), event):
            await self._requests("PUT", f"{CLIENT}/rooms/{segment(room)}/redact/{segment(said)}/{segment(said)}")

    async def _create(self, body: dict[str, object]) -> RoomId:
        return RoomId((await self._requests("POST", f"{CLIENT}/createRoom", body))["room_id"])
