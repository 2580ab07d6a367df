"""The durable inbox: what the homeserver told us and we have not acted on yet."""

from collections.abc import Collection

from appservice.domain.ids import EventId, RoomId, UserId
from appservice.ports import Membership, MembershipChange, Received
from appservice.store.database import Database

# The homeserver sends one transaction at a time and repeats it until it is answered: a few are remembered, not all.
_TRANSACTIONS_REMEMBERED = 100


class SqlInbox:
    """Implements the port `Inbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receive(self, transaction_id: str, changes: Collection[MembershipChange]) -> bool:
        async with self._database.transaction():
            first_time = await self._database.row(
                "INSERT INTO inbox_transaction (transaction_id, received)"
                " VALUES ($1, (SELECT COALESCE(MAX(received), 0) + 1 FROM inbox_transaction))"
                " ON CONFLICT (transaction_id) DO NOTHING RETURNING received",
                transaction_id,
            )
            if first_time is None:
                return False
            await self._database.execute(
                "DELETE FROM inbox_transaction WHERE received <= $1", first_time["received"] - _TRANSACTIONS_REMEMBERED
            )
            for change in changes:
                await self._database.execute(
                    "INSERT INTO inbox (event_id, room_id, user_id, membership) VALUES ($1, $2, $3, $4)"
                    " ON CONFLICT (event_id) DO NOTHING",
                    change.event_id,
                    change.room_id,
                    change.user_id,
                    change.membership,
                )
        return True

    async def pending(self, limit: int) -> list[Received]:
        rows = await self._database.rows("SELECT * FROM inbox ORDER BY position LIMIT $1", limit)
        return [
            Received(
                row["position"],
                MembershipChange(
                    EventId(row["event_id"]),
                    RoomId(row["room_id"]),
                    UserId(row["user_id"]),
                    Membership(row["membership"]),
                ),
            )
            for row in rows
        ]

    async def done(self, position: int) -> None:
        await self._database.execute("DELETE FROM inbox WHERE position = $1", position)
