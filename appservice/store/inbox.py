"""The durable inbox: what the homeserver told us and we have not acted on yet."""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from appservice.domain.ids import EventId, ProposalId, RoomId, UserId
from appservice.domain.orientation import Wish
from appservice.ports import Change, GuestAnswered, Membership, MembershipChange, Received
from appservice.store.database import Database

# The homeserver repeats its last transaction, a hundred events at most, until it is answered.
_EVENTS_REMEMBERED = 1000
_ANSWER = "answer"
"""Stands in the place of a membership."""


class SqlInbox:
    """Implements the port `Inbox`.

    Changes are known again by their event's id, not by the transaction's: Synapse on SQLite counts transactions from
    one again after each of its starts. Of an event that was acted upon, a hash is remembered for a while.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receive(self, changes: Collection[Change]) -> None:
        async with self._database.transaction():
            for change in changes:
                if await self._is_new(change):
                    await self._database.execute(
                        "INSERT INTO inbox (event_id, room_id, user_id, what, answer) VALUES ($1, $2, $3, $4, $5)",
                        change.event_id,
                        change.room_id,
                        change.user_id,
                        change.membership if isinstance(change, MembershipChange) else _ANSWER,
                        _answer(change) if isinstance(change, GuestAnswered) else None,
                    )

    async def _is_new(self, change: Change) -> bool:
        first_time = await self._database.row(
            "INSERT INTO inbox_memory (event_hash, received)"
            " VALUES ($1, (SELECT COALESCE(MAX(received), 0) + 1 FROM inbox_memory))"
            " ON CONFLICT (event_hash) DO NOTHING RETURNING received",
            hashlib.sha256(change.event_id.encode()).hexdigest(),
        )
        if first_time is None:
            return False
        await self._database.execute(
            "DELETE FROM inbox_memory WHERE received <= $1", first_time["received"] - _EVENTS_REMEMBERED
        )
        return True

    async def pending(self, limit: int) -> list[Received]:
        rows = await self._database.rows("SELECT * FROM inbox ORDER BY position LIMIT $1", limit)
        return [Received(row["position"], _change(row)) for row in rows]

    async def done(self, position: int) -> None:
        await self._database.execute("DELETE FROM inbox WHERE position = $1", position)


def _answer(change: GuestAnswered) -> str:
    return json.dumps({"proposal": change.proposal, "accepted": change.accepted, "wish": change.wish})


def _change(row: Mapping[str, Any]) -> Change:
    event, room, user = EventId(row["event_id"]), RoomId(row["room_id"]), UserId(row["user_id"])
    if row["what"] != _ANSWER:
        return MembershipChange(event, room, user, Membership(row["what"]))
    answer = json.loads(row["answer"])
    wish = Wish(answer["wish"]) if answer["wish"] else None
    return GuestAnswered(event, room, user, ProposalId(answer["proposal"]), answer["accepted"], wish)
