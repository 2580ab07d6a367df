"""Claims of the last hour, signs of life, proposals, care."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from appservice.day_port import Watched
from appservice.domain.care import Care
from appservice.domain.errors import Superseded
from appservice.domain.ids import DeskId, ProposalId, SignalementId, UserId
from appservice.domain.orientation import Orientation, OrientationKind, OrientationState, Particulars, Wish
from appservice.domain.place import CLAIMS_REMEMBERED_FOR
from appservice.domain.signs import Signs
from appservice.store.database import Database, maybe_milliseconds, maybe_moment, milliseconds, moment

_SIGNS = ("agent_at", "agent_wrote_at", "guest_wrote_at", "asked_at")


class SqlDayStore:
    """Implements the port `DayStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lock_agent(self, agent: UserId) -> None:
        # An update of the agent's row, so that it is locked on PostgreSQL, and the whole database on SQLite.
        await self._database.execute(
            "INSERT INTO agent_care (agent_mxid, hard_in_a_row) VALUES ($1, 0)"
            " ON CONFLICT (agent_mxid) DO UPDATE SET hard_in_a_row = agent_care.hard_in_a_row",
            agent,
        )

    async def note_claim(self, desk: DeskId, at: datetime) -> None:
        await self._database.execute(
            "DELETE FROM desk_claim WHERE desk_id = $1 AND claimed_at < $2",
            desk,
            milliseconds(at - CLAIMS_REMEMBERED_FOR),
        )
        await self._database.execute(
            "INSERT INTO desk_claim (desk_id, claimed_at) VALUES ($1, $2)", desk, milliseconds(at)
        )

    async def claims_since(self, desk: DeskId, moment_: datetime) -> list[datetime]:
        rows = await self._database.rows(
            "SELECT claimed_at FROM desk_claim WHERE desk_id = $1 AND claimed_at >= $2 ORDER BY claimed_at",
            desk,
            milliseconds(moment_),
        )
        return [moment(row["claimed_at"]) for row in rows]

    async def care_of(self, agent: UserId) -> Care:
        row = await self._database.row("SELECT * FROM agent_care WHERE agent_mxid = $1", agent)
        return _care(row) if row else Care()

    async def keep_care(self, agent: UserId, care: Care) -> None:
        await self._database.execute(
            "INSERT INTO agent_care (agent_mxid, hard_in_a_row, rest_until) VALUES ($1, $2, $3)"
            " ON CONFLICT (agent_mxid) DO UPDATE SET hard_in_a_row = excluded.hard_in_a_row,"
            " rest_until = excluded.rest_until",
            agent,
            care.hard_in_a_row,
            maybe_milliseconds(care.rest_until),
        )

    async def resting(self, at: datetime) -> Mapping[UserId, Care]:
        rows = await self._database.rows("SELECT * FROM agent_care WHERE rest_until > $1", milliseconds(at))
        return {UserId(row["agent_mxid"]): _care(row) for row in rows}

    async def keep_signs(self, signs: Collection[Watched]) -> None:
        async with self._database.transaction():
            for watched in sorted(signs, key=lambda one: one.signalement_id):
                await self._lay_over(watched)

    async def _lay_over(self, watched: Watched) -> None:
        row = await self._database.row(
            "SELECT signs.* FROM signalement LEFT JOIN signs USING (signalement_id)"
            " WHERE signalement.signalement_id = $1",
            watched.signalement_id,
        )
        if row is None:
            return
        laid = _signs(row).later_of(watched.signs)
        await self._database.execute(
            f"INSERT INTO signs (signalement_id, {', '.join(_SIGNS)}) VALUES ($1, $2, $3, $4, $5)"  # noqa: S608 constants
            " ON CONFLICT (signalement_id) DO UPDATE SET "
            + ", ".join(f"{column} = excluded.{column}" for column in _SIGNS),
            watched.signalement_id,
            *(maybe_milliseconds(getattr(laid, column)) for column in _SIGNS),
        )

    async def signs(self) -> list[Watched]:
        rows = await self._database.rows("SELECT * FROM signs")
        return [Watched(SignalementId(row["signalement_id"]), _signs(row)) for row in rows]

    async def forget_signs(self, signalement_id: SignalementId) -> None:
        await self._database.execute("DELETE FROM signs WHERE signalement_id = $1", signalement_id)

    async def add_orientation(self, orientation: Orientation) -> None:
        await self._database.execute(
            "INSERT INTO orientation"
            " (proposal_id, signalement_id, kind, particulars, desk_id, proposed_at, state, wish)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            orientation.proposal_id,
            orientation.signalement_id,
            orientation.kind,
            _written(orientation.particulars),
            orientation.desk_id,
            milliseconds(orientation.proposed_at),
            orientation.state,
            orientation.wish,
        )

    async def orientation(self, proposal: ProposalId) -> Orientation | None:
        row = await self._database.row("SELECT * FROM orientation WHERE proposal_id = $1", proposal)
        return _orientation(row) if row else None

    async def orientations_of(self, signalement_id: SignalementId) -> list[Orientation]:
        rows = await self._database.rows(
            "SELECT * FROM orientation WHERE signalement_id = $1 ORDER BY proposed_at, proposal_id", signalement_id
        )
        return [_orientation(row) for row in rows]

    async def replace_orientation(self, before: Orientation, after: Orientation) -> None:
        changed = await self._database.row(
            "UPDATE orientation SET state = $1, wish = $2 WHERE proposal_id = $3 AND state = $4 RETURNING proposal_id",
            after.state,
            after.wish,
            before.proposal_id,
            before.state,
        )
        if changed is None:
            raise Superseded(f"the proposal is no longer {before.state}")


def _care(row: Mapping[str, Any]) -> Care:
    return Care(row["hard_in_a_row"], maybe_moment(row["rest_until"]))


def _signs(row: Mapping[str, Any]) -> Signs:
    return Signs(*(maybe_moment(row[column]) for column in _SIGNS))


def _orientation(row: Mapping[str, Any]) -> Orientation:
    return Orientation(
        proposal_id=ProposalId(row["proposal_id"]),
        signalement_id=SignalementId(row["signalement_id"]),
        kind=OrientationKind(row["kind"]),
        particulars=_read(row["particulars"]),
        desk_id=DeskId(row["desk_id"]) if row["desk_id"] else None,
        proposed_at=moment(row["proposed_at"]),
        state=OrientationState(row["state"]),
        wish=Wish(row["wish"]) if row["wish"] else None,
    )


def _written(particulars: Particulars) -> str:
    as_of = particulars.as_of
    return json.dumps({**asdict(particulars), "as_of": as_of and as_of.isoformat()})


def _read(written: str) -> Particulars:
    """Those of before the day `as_of` was kept are without it."""
    particulars = json.loads(written)
    hours, as_of = particulars.pop("hours"), particulars.pop("as_of", None)
    return Particulars(
        **particulars,
        hours=None if hours is None else tuple(hours),
        as_of=None if as_of is None else date.fromisoformat(as_of),
    )
