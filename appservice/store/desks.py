"""Where each desk is on Matrix, and the account of its bot."""

from collections.abc import Mapping

from appservice.domain.desk import BotAccount, DeskRooms
from appservice.domain.desk_plan import DeskPlace, Kind, rooms_of
from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.store.database import Database

# Stored: append, never rename.
_KINDS = {"national": Kind.NATIONAL, "space": Kind.SPACE, "desk": Kind.DESK_ROOM, "team": Kind.TEAM_ROOM}


class SqlDeskRegister:
    """Implements the port `DeskRegister`, and keeps the desk bots' accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rooms(self) -> Mapping[DeskPlace, RoomId]:
        rows = await self._database.rows("SELECT desk_id, kind, room_id FROM desk_room")
        return {
            DeskPlace(DeskId(row["desk_id"]) if row["desk_id"] else None, _KINDS[row["kind"]]): RoomId(row["room_id"])
            for row in rows
        }

    async def rooms_of(self, desk: DeskId) -> DeskRooms | None:
        return rooms_of(desk, await self.rooms())

    async def keep(self, place: DeskPlace, room: RoomId) -> None:
        kind = next(name for name, kind in _KINDS.items() if kind is place.kind)
        await self._database.execute(
            "INSERT INTO desk_room (desk_id, kind, room_id) VALUES ($1, $2, $3)"
            " ON CONFLICT (desk_id, kind) DO UPDATE SET room_id = excluded.room_id",
            place.desk_id or "",
            kind,
            room,
        )

    async def bot_of(self, desk: DeskId) -> BotAccount | None:
        row = await self._database.row("SELECT * FROM desk_bot WHERE desk_id = $1", desk)
        return BotAccount(UserId(row["user_id"]), row["device_id"], row["access_token"]) if row else None

    async def desks_with_bots(self) -> list[DeskId]:
        """Former desks too."""
        return [DeskId(row["desk_id"]) for row in await self._database.rows("SELECT desk_id FROM desk_bot")]

    async def keep_bot(self, desk: DeskId, account: BotAccount) -> None:
        await self._database.execute(
            "INSERT INTO desk_bot (desk_id, user_id, device_id, access_token) VALUES ($1, $2, $3, $4)",
            desk,
            account.user_id,
            account.device_id,
            account.access_token,
        )
