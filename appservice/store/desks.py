"""Where each desk is on Matrix, and the account of its bot."""

from appservice.domain.desk import BotAccount, DeskRooms
from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.store.database import Database


class SqlDeskRegister:
    """Implements the port `DeskRegister`, and keeps the desk bots' accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rooms_of(self, desk: DeskId) -> DeskRooms | None:
        row = await self._database.row("SELECT * FROM desk WHERE desk_id = $1", desk)
        if row is None:
            return None
        return DeskRooms(desk, RoomId(row["space_id"]), RoomId(row["desk_room_id"]), RoomId(row["team_room_id"]))

    async def keep(self, rooms: DeskRooms) -> None:
        await self._database.execute(
            "INSERT INTO desk (desk_id, space_id, desk_room_id, team_room_id) VALUES ($1, $2, $3, $4)",
            rooms.desk_id,
            rooms.space_id,
            rooms.desk_room_id,
            rooms.team_room_id,
        )

    async def bot_of(self, desk: DeskId) -> BotAccount | None:
        row = await self._database.row("SELECT * FROM desk_bot WHERE desk_id = $1", desk)
        return BotAccount(UserId(row["user_id"]), row["device_id"], row["access_token"]) if row else None

    async def keep_bot(self, desk: DeskId, account: BotAccount) -> None:
        await self._database.execute(
            "INSERT INTO desk_bot (desk_id, user_id, device_id, access_token) VALUES ($1, $2, $3, $4)",
            desk,
            account.user_id,
            account.device_id,
            account.access_token,
        )
