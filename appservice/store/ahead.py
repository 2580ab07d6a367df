"""Rooms made ahead of need."""

from appservice.ahead_port import RoomAhead
from appservice.domain.ids import Reference, RoomId, UserId
from appservice.store.database import Database, milliseconds, moment


class SqlAheadRecords:
    """Implements the port `AheadRecords`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, room: RoomAhead) -> None:
        await self._database.execute(
            "INSERT INTO room_ahead (guest_mxid, room_id, reference, made_at) VALUES ($1, $2, $3, $4)",
            room.guest_mxid,
            room.room_id,
            room.reference,
            milliseconds(room.made_at),
        )

    async def rooms(self) -> list[RoomAhead]:
        rows = await self._database.rows("SELECT * FROM room_ahead ORDER BY made_at")
        return [
            RoomAhead(
                UserId(row["guest_mxid"]), RoomId(row["room_id"]), Reference(row["reference"]), moment(row["made_at"])
            )
            for row in rows
        ]

    async def take(self, guest: UserId) -> bool:
        taken = await self._database.row("DELETE FROM room_ahead WHERE guest_mxid = $1 RETURNING guest_mxid", guest)
        return taken is not None
