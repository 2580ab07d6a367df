"""Signalements, their erasure, and what is kept of them afterwards."""

import json
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from appservice.domain.availability import DeskState
from appservice.domain.board import DeskLoad
from appservice.domain.desk_routing import Why
from appservice.domain.erasure import ORDER, Erasure, Step, Stretch, Tombstone, stretch_of
from appservice.domain.errors import InvalidInput, Superseded
from appservice.domain.ids import DeskId, EventId, Reference, RoomId, SignalementId, UserId
from appservice.domain.signalement import Cause, Interruption, Outcome, Role, Routed, Signalement, State
from appservice.ports import Departure
from appservice.store.database import Database, maybe_milliseconds, maybe_moment, milliseconds, moment, places

_ACTIVE = (State.WAITING, State.CLAIMED)
_SETTLED = (State.WAITING, State.CLAIMED, State.CLOSED)
_ERASURE = "signalement_id, cause, requested_at, step, attempts, next_attempt_at"


def steps_of(stretch: Stretch) -> str:
    """For a query: the numbers of its steps."""
    return f"({', '.join(str(step.value) for step in ORDER if stretch_of(step) is stretch)})"


_STRETCHES = " ".join(f"WHEN step IN {steps_of(stretch)} THEN {stretch.value}" for stretch in Stretch)


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
        row = _row(signalement)
        added = await self._database.row(
            f"INSERT INTO signalement ({', '.join(row)}) VALUES ({places(len(row))})"  # noqa: S608 names of columns
            " ON CONFLICT (reference) DO NOTHING RETURNING reference",
            *row.values(),
        )
        if added is None:
            raise InvalidInput(f"The reference {signalement.reference} is in use.")

    async def by_id(self, signalement_id: SignalementId) -> Signalement | None:
        return await self._one("signalement_id", signalement_id)

    async def by_room(self, room: RoomId) -> Signalement | None:
        return await self._one("room_id", room)

    async def by_reference(self, reference: Reference) -> Signalement | None:
        return await self._one("reference", reference)

    async def by_announcement(self, announcement: EventId) -> Signalement | None:
        return await self._one("announcement_id", announcement)

    async def _one(self, column: str, value: str) -> Signalement | None:
        row = await self._database.row(f"SELECT * FROM signalement WHERE {column} = $1", value)  # noqa: S608 a constant
        return signalement_of_row(row) if row else None

    async def replace(self, before: Signalement, after: Signalement) -> None:
        row = _row(after)
        settings = ", ".join(f"{column} = ${number}" for number, column in enumerate(row, start=1))
        changed = await self._database.row(
            f"UPDATE signalement SET {settings} WHERE signalement_id = ${len(row) + 1}"  # noqa: S608 names of columns
            f" AND revision = ${len(row) + 2} RETURNING signalement_id",
            *row.values(),
            before.signalement_id,
            before.revision,
        )
        if changed is None:
            raise Superseded(f"signalement {before.reference} is no longer as it was")

    async def active(self) -> list[Signalement]:
        return sorted(await self._where("state IN ($1, $2)", *_ACTIVE), key=lambda one: one.urgency)

    async def waiting_at(self, desk: DeskId) -> list[Signalement]:
        waiting = await self._where("desk_id = $1 AND state = $2", desk, State.WAITING)
        return sorted(waiting, key=lambda one: one.urgency)

    async def with_agent(self, agent: UserId) -> list[Signalement]:
        return await self._where("agent_mxid = $1 ORDER BY opened_at", agent)

    async def loads(self) -> Mapping[DeskId, DeskLoad]:
        rows = await self._database.rows(
            "SELECT desk_id, state, in_danger, COUNT(*) AS how_many, MIN(opened_at) AS since FROM signalement"
            " WHERE state IN ($1, $2) GROUP BY desk_id, state, in_danger",
            *_ACTIVE,
        )
        loads: dict[DeskId, DeskLoad] = {}
        for row in rows:
            desk, how_many, since = DeskId(row["desk_id"]), row["how_many"], moment(row["since"])
            if State(row["state"]) is State.CLAIMED:
                more = DeskLoad(active=how_many)
            elif row["in_danger"]:
                more = DeskLoad(how_many, since, how_many, since)
            else:
                more = DeskLoad(how_many, since)
            loads[desk] = loads.get(desk, DeskLoad()).with_more(more)
        return loads

    async def unsettled(self, limit: int) -> list[Signalement]:
        return await self._where(
            "(settled_revision IS NULL OR settled_revision <> revision) AND state IN ($1, $2, $3)"
            " ORDER BY opened_at LIMIT $4",
            *_SETTLED,
            limit,
        )

    async def mark_settled(self, signalement: Signalement) -> bool:
        marked = await self._database.row(
            "UPDATE signalement SET settled_revision = $1 WHERE signalement_id = $2 AND revision = $1"
            " RETURNING signalement_id",
            signalement.revision,
            signalement.signalement_id,
        )
        return marked is not None

    async def note_departure(self, signalement: Signalement) -> None:
        await self._database.execute(
            "INSERT INTO departure (signalement_id, stay, desk_id, announcement_id) VALUES ($1, $2, $3, $4)",
            signalement.signalement_id,
            signalement.stay,
            signalement.desk_id,
            signalement.announcement_id,
        )

    async def departures(self, signalement_id: SignalementId) -> list[Departure]:
        rows = await self._database.rows(
            "SELECT * FROM departure WHERE signalement_id = $1 ORDER BY stay", signalement_id
        )
        return [
            Departure(
                row["stay"],
                DeskId(row["desk_id"]),
                EventId(row["announcement_id"]) if row["announcement_id"] else None,
            )
            for row in rows
        ]

    async def forget_departure(self, signalement_id: SignalementId, departure: Departure) -> None:
        await self._database.execute(
            "DELETE FROM departure WHERE signalement_id = $1 AND stay = $2", signalement_id, departure.stay
        )

    async def _where(self, condition: str, *arguments: object) -> list[Signalement]:
        rows = await self._database.rows(f"SELECT * FROM signalement WHERE {condition}", *arguments)  # noqa: S608 constants
        return [signalement_of_row(row) for row in rows]

    async def opened_before(self, moment: datetime) -> list[Signalement]:
        return await self._where("state = $1 AND opened_at < $2", State.OPENED, milliseconds(moment))

    async def conversations_of(self, agents: Collection[UserId]) -> Mapping[UserId, int]:
        if not agents:
            return {}
        rows = await self._database.rows(
            "SELECT agent_mxid, COUNT(*) AS held FROM signalement"  # noqa: S608 constants
            f" WHERE agent_mxid IN ({places(len(agents))}) AND agent_mxid IS NOT NULL GROUP BY agent_mxid",
            *agents,
        )
        return {UserId(row["agent_mxid"]): row["held"] for row in rows}

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

    async def due_erasures(self, at: datetime, limit: int) -> list[Erasure]:
        rows = await self._database.rows(
            f"SELECT {_ERASURE} FROM erasure WHERE next_attempt_at <= $1"  # noqa: S608 constants
            f" ORDER BY CASE {_STRETCHES} END, next_attempt_at LIMIT $2",
            milliseconds(at),
            limit,
        )
        return [erasure_of_row(row) for row in rows]

    async def soonest_erasures(self, limit: int) -> list[Erasure]:
        rows = await self._database.rows(
            f"SELECT {_ERASURE} FROM erasure ORDER BY next_attempt_at LIMIT $1",  # noqa: S608 a constant
            limit,
        )
        return [erasure_of_row(row) for row in rows]

    async def bury(self, signalement_id: SignalementId, tombstone: Tombstone) -> None:
        async with self._database.transaction():
            for table in ("erasure", "silence", "departure", "signs", "orientation", "signalement"):
                await self._database.execute(f"DELETE FROM {table} WHERE signalement_id = $1", signalement_id)  # noqa: S608 a constant
            await self._database.execute(
                "INSERT INTO tombstone (room_hash, cause, requested_at, purged_at, residue, guest_hash)"
                " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (room_hash) DO NOTHING",
                tombstone.room_hash,
                tombstone.cause,
                milliseconds(tombstone.requested_at),
                milliseconds(tombstone.purged_at),
                json.dumps(tombstone.residue, sort_keys=True),
                tombstone.guest_hash,
            )

    async def leave_no_trace(self) -> None:
        await self._database.write_anew()

    async def tombstones(self) -> list[Tombstone]:
        rows = await self._database.rows("SELECT * FROM tombstone ORDER BY purged_at")
        return [tombstone_of_row(row) for row in rows]


def _row(signalement: Signalement) -> dict[str, object]:
    """By column; a new field is written here, and read in `signalement_of_row`."""
    return {
        "signalement_id": signalement.signalement_id,
        "reference": signalement.reference,
        "room_id": signalement.room_id,
        "guest_mxid": signalement.guest_mxid,
        "desk_id": signalement.desk_id,
        "department": signalement.department,
        "role": signalement.role,
        "in_danger": signalement.in_danger,
        "opened_at": milliseconds(signalement.opened_at),
        "state": signalement.state,
        "agent_mxid": signalement.agent_mxid,
        "announcement_id": signalement.announcement_id,
        "routed_why": signalement.routed and signalement.routed.why,
        "routed_passed": signalement.routed and json.dumps(signalement.routed.passed),
        "at_desk_since": maybe_milliseconds(signalement.at_desk_since),
        "stay": signalement.stay,
        "told_at": maybe_milliseconds(signalement.told_at),
        "claimed_at": maybe_milliseconds(signalement.claimed_at),
        "listeners": json.dumps(signalement.listeners),
        "interruption": signalement.interruption,
        "passed": json.dumps(signalement.passed),
        "hard": signalement.hard,
        "closed_at": maybe_milliseconds(signalement.closed_at),
        "outcome": signalement.outcome,
        "revision": signalement.revision,
    }


def signalement_of_row(row: Mapping[str, Any]) -> Signalement:
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
        routed=_routed(row),
        at_desk_since=maybe_moment(row["at_desk_since"]),
        stay=row["stay"],
        told_at=maybe_moment(row["told_at"]),
        claimed_at=maybe_moment(row["claimed_at"]),
        listeners=tuple(UserId(listener) for listener in json.loads(row["listeners"])),
        interruption=Interruption(row["interruption"]) if row["interruption"] else None,
        passed=tuple(DeskId(desk) for desk in json.loads(row["passed"])),
        hard=bool(row["hard"]),
        closed_at=maybe_moment(row["closed_at"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        revision=row["revision"],
    )


def _routed(row: Mapping[str, Any]) -> Routed | None:
    if row["routed_why"] is None:
        return None
    passed = json.loads(row["routed_passed"])
    return Routed(Why(row["routed_why"]), tuple((DeskId(desk), DeskState(state)) for desk, state in passed))


def erasure_of_row(row: Mapping[str, Any]) -> Erasure:
    return Erasure(
        signalement_id=SignalementId(row["signalement_id"]),
        cause=Cause(row["cause"]),
        requested_at=moment(row["requested_at"]),
        step=Step(row["step"]),
        attempts=row["attempts"],
        next_attempt_at=moment(row["next_attempt_at"]),
    )


def tombstone_of_row(row: Mapping[str, Any]) -> Tombstone:
    return Tombstone(
        room_hash=row["room_hash"],
        cause=Cause(row["cause"]),
        requested_at=moment(row["requested_at"]),
        purged_at=moment(row["purged_at"]),
        residue=json.loads(row["residue"]),
        guest_hash=row["guest_hash"],
    )
