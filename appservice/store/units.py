"""Stations and associations in the service's database."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from appservice.directory_port import Edition
from appservice.domain.opening_hours import OpeningHours, Span
from appservice.domain.positions import BoundingBox, Position
from appservice.domain.units import Source, Unit, UnitId, UnitKind
from appservice.store.database import Database, milliseconds, moment, places

_COLUMNS = "unit_id, source, kind, name, address, commune, phone, latitude, longitude, hours, vintage"
_WIDTH = len(_COLUMNS.split(", "))
_ROWS_AT_ONCE = 80  # below SQLite's old limit of 999 parameters


class SqlUnitDirectory:
    """Implements the port `UnitDirectory`. Both searches go by an index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, edition: Edition, units: Sequence[Unit]) -> None:
        edition.check(units)
        async with self._database.transaction():
            await self._database.execute("DELETE FROM unit WHERE source = $1", edition.source)
            await self._database.execute("DELETE FROM unit_edition WHERE source = $1", edition.source)
            await self._database.execute(
                "INSERT INTO unit_edition (source, file_name, published, imported_at, units)"
                " VALUES ($1, $2, $3, $4, $5)",
                edition.source,
                edition.file_name,
                edition.published.isoformat(),
                milliseconds(edition.imported_at),
                edition.units,
            )
            for first in range(0, len(units), _ROWS_AT_ONCE):
                await self._insert(units[first : first + _ROWS_AT_ONCE])

    async def _insert(self, units: Sequence[Unit]) -> None:
        rows = ", ".join(f"({places(_WIDTH, after=number * _WIDTH)})" for number in range(len(units)))
        values = [value for unit in units for value in _row(unit)]
        await self._database.execute(f"INSERT INTO unit ({_COLUMNS}) VALUES {rows}", *values)  # noqa: S608 constants

    async def editions(self) -> list[Edition]:
        rows = await self._database.rows("SELECT * FROM unit_edition ORDER BY source")
        return [
            Edition(
                source=Source(row["source"]),
                file_name=row["file_name"],
                published=date.fromisoformat(row["published"]),
                imported_at=moment(row["imported_at"]),
                units=row["units"],
            )
            for row in rows
        ]

    async def by_id(self, unit_id: UnitId) -> Unit | None:
        row = await self._database.row(f"SELECT {_COLUMNS} FROM unit WHERE unit_id = $1", unit_id)  # noqa: S608 constants
        return _unit(row) if row else None

    async def in_communes(self, communes: Collection[str], kinds: Collection[UnitKind]) -> list[Unit]:
        if not communes or not kinds:
            return []
        rows = await self._database.rows(
            f"SELECT {_COLUMNS} FROM unit WHERE commune IN ({places(len(communes))})"  # noqa: S608 constants
            f" AND kind IN ({places(len(kinds), after=len(communes))})",
            *communes,
            *kinds,
        )
        return _in_order(rows)

    async def within(self, box: BoundingBox, kinds: Collection[UnitKind]) -> list[Unit]:
        if not kinds:
            return []
        rows = await self._database.rows(
            f"SELECT {_COLUMNS} FROM unit WHERE latitude BETWEEN $1 AND $2 AND longitude BETWEEN $3 AND $4"  # noqa: S608 constants
            f" AND kind IN ({places(len(kinds), after=4)})",
            box.south,
            box.north,
            box.west,
            box.east,
            *kinds,
        )
        return _in_order(rows)


def _row(unit: Unit) -> tuple[object, ...]:
    return (
        unit.unit_id,
        unit.source,
        unit.kind,
        unit.name,
        unit.address,
        unit.commune,
        unit.phone,
        unit.position.latitude if unit.position else None,
        unit.position.longitude if unit.position else None,
        _written(unit.hours) if unit.hours else None,
        unit.vintage.isoformat(),
    )


def _in_order(rows: Sequence[Mapping[str, Any]]) -> list[Unit]:
    # Sorted here: a database sorts text by a collation of its own.
    return sorted(map(_unit, rows), key=lambda unit: unit.unit_id)


def _unit(row: Mapping[str, Any]) -> Unit:
    return Unit(
        unit_id=UnitId(row["unit_id"]),
        kind=UnitKind(row["kind"]),
        name=row["name"],
        address=row["address"],
        commune=row["commune"],
        phone=row["phone"],
        position=Position(row["latitude"], row["longitude"]) if row["latitude"] is not None else None,
        hours=_read(row["hours"]) if row["hours"] else None,
        source=Source(row["source"]),
        vintage=date.fromisoformat(row["vintage"]),
    )


def _written(hours: OpeningHours) -> str:
    """`{"week": [[[480, 720], [840, 1080]], …], "holidays": null}`: minutes, Monday first."""
    week = [[[span.opens, span.closes] for span in day] for day in hours.week]
    holidays = None if hours.on_holidays is None else [[span.opens, span.closes] for span in hours.on_holidays]
    return json.dumps({"week": week, "holidays": holidays}, separators=(",", ":"))


def _read(written: str) -> OpeningHours:
    hours = json.loads(written)
    return OpeningHours(
        tuple(tuple(Span(*span) for span in day) for day in hours["week"]),
        None if hours["holidays"] is None else tuple(Span(*span) for span in hours["holidays"]),
    )
