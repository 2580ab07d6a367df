"""Signalements, their erasure, and what is kept of them afterwards."""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from appservice.domain.erasure import Erasure, Step, Tombstone
from appservice.domain.errors import InvalidInput, InvalidTransition
from appservice.domain.ids import DeskId, EventId, Reference, RoomId, SignalementId, UserId
from appservice.domain.signalement import Cause, Role, Signalement, State
from appservice.store.database import Database, milliseconds, moment

_SIGNALEMENT = (
    "signalement_id, reference, room_id, guest_mxid, desk_id, department, role, in_danger, opened_at, state,"
    " agent_mxid, announcement_id"
)
_ERASURE = "signalement_id, cause, requested_at, step, attempts, next_attempt_at"


class SqlStores:
    """Implements the port `Stores`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def transaction(self) -> AbstractAsyncContextManager[None]:
        return self._database.transaction()

    async def note_opening(self, guest: UserId, at: datetime) -> None:
        await self._database.execute(
            "INSERT INTO opening (guest_mxid, started_at) VALUES ($1, $2)", guest, milliseconds(at)
        )

    async def openings_before(self, moment: datetime) -> list[UserId]:
        rows = await self._database.rows("SELECT guest_mxid FROM opening WHERE started_at < $1", milliseconds(moment))
        return [UserId(row["guest_mxid"]) for row in rows]

    async def forget_opening(self, guest: UserId) -> None:
        await self._database.execute("DELETE FROM opening WHERE guest_mxid = $1", guest)

    async def add(self, signalement: Signalement) -> None:
        added = await self._database.row(
            f"INSERT INTO signalement ({_SIGNALEMENT}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"  # noqa: S608 a constant
            " ON CONFLICT (reference) DO NOTHING RETURNING reference",
            signalement.signalement_id,
            signalement.reference,
            signalement.room_id,
            signalement.guest_mxid,
            signalement.desk_id,
            signalement.department,
            signalement.role,
            signalement.in_danger,
            milliseconds(signalement.opened_at),
            signalement.state,
            signalement.agent_mxid,
            signalement.announcement_id,
        )
        if added is None:
            raise InvalidInput(f"The reference {signalement.reference} is in use.")

    async def by_id(self, signalement_id: SignalementId) -> Signalement | None:
        return await self._one("signalement_id", signalement_id)

    async def by_room(self, room: RoomId) -> Signalement | None:
        return await self._one("room_id", room)

    async def _one(self, column: str, value: str) -> Signalement | None:
        row = await self._database.row(f"SELECT {_SIGNALEMENT} FROM signalement WHERE {column} = $1", value)  # noqa: S608 a constant
        return _signalement(row) if row else None

    async def replace(self, before: Signalement, after: Signalement) -> None:
        changed = await self._database.row(
            "UPDATE signalement SET state = $1, agent_mxid = $2, announcement_id = $3"
            " WHERE signalement_id = $4 AND state = $5 RETURNING signalement_id",
            after.state,
            after.agent_mxid,
            after.announcement_id,
            before.signalement_id,
            before.state,
        )
        if changed is None:
            raise InvalidTransition(f"signalement {before.reference} is no longer {before.state}")

    async def opened_before(self, moment: datetime) -> list[Signalement]:
        rows = await self._database.rows(
            f"SELECT {_SIGNALEMENT} FROM signalement WHERE state = $1 AND opened_at < $2",  # noqa: S608 a constant
            State.OPENED,
            milliseconds(moment),
        )
        return [_signalement(row) for row in rows]

    async def add_erasure(self, erasure: Erasure) -> None:
        await self._database.execute(
            f"INSERT INTO erasure ({_ERASURE}) VALUES ($1, $2, $3, $4, $5, $6)",  # noqa: S608 a constant
            erasure.signalement_id,
            erasure.cause,
            milliseconds(erasure.requested_at),
            erasure.step,
            erasure.attempts,
            milliseconds(erasure.next_attempt_at),
        )

    async def save_erasure(self, erasure: Erasure) -> None:
        await self._database.execute(
            "UPDATE erasure SET step = $1, attempts = $2, next_attempt_at = $3 WHERE signalement_id = $4",
            erasure.step,
            erasure.attempts,
            milliseconds(erasure.next_attempt_at),
            erasure.signalement_id,
        )

    async def soonest_erasures(self, limit: int) -> list[Erasure]:
        rows = await self._database.rows(
            f"SELECT {_ERASURE} FROM erasure ORDER BY next_attempt_at LIMIT $1",  # noqa: S608 a constant
            limit,
        )
        return [_erasure(row) for row in rows]

    async def bury(self, signalement_id: SignalementId, tombstone: Tombstone) -> None:
        async with self._database.transaction():
            await self._database.execute("DELETE FROM erasure WHERE signalement_id = $1", signalement_id)
            await self._database.execute("DELETE FROM signalement WHERE signalement_id = $1", signalement_id)
            await self._database.execute(
                "INSERT INTO tombstone (room_hash, cause, requested_at, purged_at, residue)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (room_hash) DO NOTHING",
                tombstone.room_hash,
                tombstone.cause,
                milliseconds(tombstone.requested_at),
                milliseconds(tombstone.purged_at),
                json.dumps(tombstone.residue, sort_keys=True),
            )

    async def tombstones(self) -> list[Tombstone]:
        rows = await self._database.rows("SELECT * FROM tombstone ORDER BY purged_at")
        return [
            Tombstone(
                room_hash=row["room_hash"],
                cause=Cause(row["cause"]),
                requested_at=moment(row["requested_at"]),
                purged_at=moment(row["purged_at"]),
                residue=json.loads(row["residue"]),
            )
            for row in rows
        ]


def _signalement(row: Mapping[str, Any]) -> Signalement:
    return Signalement(
        signalement_id=SignalementId(row["signalement_id"]),
        reference=Reference(row["reference"]),
        room_id=RoomId(row["room_id"]),
        guest_mxid=UserId(row["guest_mxid"]),
        desk_id=DeskId(row["desk_id"]),
        department=row["department"],
        role=Role(row["role"]),
        in_danger=bool(row["in_danger"]),
        opened_at=moment(row["opened_at"]),
        state=State(row["state"]),
        agent_mxid=UserId(row["agent_mxid"]) if row["agent_mxid"] else None,
        announcement_id=EventId(row["announcement_id"]) if row["announcement_id"] else None,
    )


def _erasure(row: Mapping[str, Any]) -> Erasure:
    return Erasure(
        signalement_id=SignalementId(row["signalement_id"]),
        cause=Cause(row["cause"]),
        requested_at=moment(row["requested_at"]),
        step=Step(row["step"]),
        attempts=row["attempts"],
        next_attempt_at=moment(row["next_attempt_at"]),
    )
