"""The desks' Spaces and rooms, and the accounts of the desk bots."""

from collections.abc import Collection
from typing import Any

from appservice.domain.desk import BotAccount
from appservice.domain.desk_plan import Blueprint, Trait
from appservice.domain.errors import HomeserverRefused
from appservice.domain.ids import AUDIT_BOT_LOCALPART, BOT_PREFIX, DeskId, RoomId, UserId
from appservice.matrix.desk_rooms import State, child, creation, states
from appservice.matrix.requests import CLIENT, Requests, segment
from appservice.matrix.shells import PolicyModule
from appservice.ports import Staff


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
        """The desk's bot."""
        return await self.log_in(f"{BOT_PREFIX}{desk}", name)

    async def log_in(self, localpart: str, name: str) -> BotAccount:
        """Registers a bot, or logs it in on a new device if it was registered and its token lost."""
        bot = UserId(f"@{localpart}:{self._server_name}")
        login: dict[str, Any] = {"type": "m.login.application_service", "username": localpart}
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

    async def staff(self, accounts: Collection[UserId]) -> Staff:
        return await self._module.staff(accounts)

    async def make(self, blueprint: Blueprint) -> RoomId:
        answer = await self._requests("POST", f"{CLIENT}/createRoom", creation(blueprint, self._server_name))
        room = RoomId(answer["room_id"])
        await self._show(room, blueprint.parent)
        return room

    async def faults(self, room: RoomId, blueprint: Blueprint) -> frozenset[Trait] | None:
        try:
            events: Any = await self._requests("GET", f"{CLIENT}/rooms/{segment(room)}/state")
        except HomeserverRefused as refusal:
            if refusal.code not in ("M_NOT_FOUND", "M_FORBIDDEN"):
                raise
            return None
        found = {(event["type"], event["state_key"]): event["content"] for event in events}
        faults = {
            trait
            for trait, state in states(blueprint, self._server_name).items()
            if not state.is_met_by(found.get((state.type, state.state_key)))
        }
        if blueprint.parent is not None and not await self._is_shown(room, blueprint.parent):
            faults.add(Trait.LISTED)
        return frozenset(faults)

    async def mend(self, room: RoomId, blueprint: Blueprint, trait: Trait) -> None:
        state = states(blueprint, self._server_name)[trait]
        path = f"{CLIENT}/rooms/{segment(room)}/state/{state.type}/{segment(state.state_key)}"
        await self._requests("PUT", path, state.content)
        if trait is Trait.LISTED:
            await self._show(room, blueprint.parent)

    async def members(self, room: RoomId) -> frozenset[UserId]:
        """Who is joined, the warden aside."""
        joined = await self._requests("GET", f"{CLIENT}/rooms/{segment(room)}/joined_members")
        return frozenset(UserId(member) for member in joined["joined"]) - {self._requests.warden_id}

    async def seat(self, room: RoomId, member: UserId) -> None:
        if not self._is_bot(member):
            await self._module.seat(room, member)
            return
        await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/invite", {"user_id": member})
        await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/join", acting_as=member)

    async def unseat(self, room: RoomId, member: UserId) -> None:
        try:
            await self._requests("POST", f"{CLIENT}/rooms/{segment(room)}/kick", {"user_id": member})
        except HomeserverRefused as refusal:
            if refusal.code != "M_FORBIDDEN" or await self._membership(room, member) in ("join", "invite"):
                raise

    async def rename(self, account: UserId, name: str) -> None:
        if not self._is_bot(account):
            await self._module.rename(account, name)
            return
        path = f"{CLIENT}/profile/{segment(account)}/displayname"
        await self._requests("PUT", path, {"displayname": name}, acting_as=account)

    def _is_bot(self, account: UserId) -> bool:
        return account.startswith((f"@{BOT_PREFIX}", f"@{AUDIT_BOT_LOCALPART}:"))

    async def _show(self, room: RoomId, space: RoomId | None) -> None:
        if space is not None:
            path = f"{CLIENT}/rooms/{segment(space)}/state/m.space.child/{segment(room)}"
            await self._requests("PUT", path, child(self._server_name))

    async def _is_shown(self, room: RoomId, space: RoomId) -> bool:
        found = await self._state(space, "m.space.child", room)
        return State("m.space.child", room, child(self._server_name)).is_met_by(found)

    async def _membership(self, room: RoomId, member: UserId) -> str:
        return str((await self._state(room, "m.room.member", member) or {}).get("membership", "leave"))

    async def _state(self, room: RoomId, kind: str, state_key: str) -> dict[str, Any] | None:
        """None if there is no such state, or no such room any more."""
        try:
            return await self._requests("GET", f"{CLIENT}/rooms/{segment(room)}/state/{kind}/{segment(state_key)}")
        except HomeserverRefused as refusal:
            if refusal.code not in ("M_NOT_FOUND", "M_FORBIDDEN"):
                raise
            return None
