"""What erasures need to know of the signalements: whose time is over, who is silent, what was erased."""

import secrets
from datetime import datetime

from appservice.domain.erasure import Erasure, Tombstone
from appservice.domain.ids import SignalementId
from appservice.domain.retention import RetentionRule, Silence
from appservice.domain.signalement import Signalement, State
from appservice.store.database import Database, milliseconds, moment
from appservice.store.signalements import erasure_of_row, signalement_of_row, tombstone_of_row

_WITH_GUEST = (State.WAITING, State.CLAIMED, State.CLOSED)


class SqlErasureRecords:
    """Implements the port `ErasureRecords`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def with_guest(self) -> list[Signalement]:
        return await self._signalements("state IN ($1, $2, $3) ORDER BY opened_at", *_WITH_GUEST)

    async def alive(self) -> list[Signalement]:
        return await self._signalements("state <> $1 ORDER BY opened_at", State.ERASING)

    async def due(self, rule: RetentionRule, at: datetime) -> list[Signalement]:
        since = "closed_at" if rule.state is State.CLOSED else "opened_at"
        condition, before = f"state = $1 AND {since} <= $2", milliseconds(at - rule.retain_for)
        if rule.outcome is None:
            return await self._signalements(condition, rule.state, before)
        return await self._signalements(f"{condition} AND outcome = $3", rule.state, before, rule.outcome)

    async def erasure_of(self, signalement_id: SignalementId) -> Erasure | None:
        row = await self._database.row("SELECT * FROM erasure WHERE signalement_id = $1", signalement_id)
        return erasure_of_row(row) if row else None

    async def silences(self) -> list[Silence]:
        rows = await self._database.rows("SELECT * FROM silence")
        return [
            Silence(
                SignalementId(row["signalement_id"]),
                noticed_at=moment(row["noticed_at"]),
                alarmed_at=moment(row["alarmed_at"]) if row["alarmed_at"] is not None else None,
            )
            for row in rows
        ]

    async def keep_silence(self, silence: Silence) -> None:
        await self._database.execute(
            "INSERT INTO silence (signalement_id, noticed_at, alarmed_at)"
            " SELECT signalement_id, $2, $3 FROM signalement WHERE signalement_id = $1"
            " ON CONFLICT (signalement_id) DO UPDATE SET noticed_at = $2, alarmed_at = $3",
            silence.signalement_id,
            milliseconds(silence.noticed_at),
            milliseconds(silence.alarmed_at) if silence.alarmed_at is not None else None,
        )

    async def forget_silence(self, signalement_id: SignalementId) -> None:
        await self._database.execute("DELETE FROM silence WHERE signalement_id = $1", signalement_id)

    async def tombstone_of(self, room_hash: str) -> Tombstone | None:
        row = await self._database.row("SELECT * FROM tombstone WHERE room_hash = $1", room_hash)
        return tombstone_of_row(row) if row else None

    async def some_tombstones(self, limit: int) -> list[Tombstone]:
        # The hashes are random already: those that follow a random point are a fair draw, by the index.
        start = secrets.token_hex(32)
        query = "SELECT * FROM tombstone WHERE room_hash {} $1 ORDER BY room_hash LIMIT $2"
        rows = list(await self._database.rows(query.format(">="), start, limit))
        if len(rows) < limit:
            rows += await self._database.rows(query.format("<"), start, limit - len(rows))
        return [tombstone_of_row(row) for row in rows]

    async def _signalements(self, condition: str, *arguments: object) -> list[Signalement]:
        rows = await self._database.rows(f"SELECT * FROM signalement WHERE {condition}", *arguments)  # noqa: S608 constants
        return [signalement_of_row(row) for row in rows]
