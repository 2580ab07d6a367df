"""Version 2: stations and associations, and the files they come from.

Days are ISO 8601 text, positions degrees, hours JSON (see `appservice.store.units`). Nothing here is about a person.
"""

from mautrix.util.async_db import Connection

DESCRIPTION = "Stations and associations"

_TABLES = (
    """CREATE TABLE unit_edition (
        source      TEXT PRIMARY KEY,
        file_name   TEXT NOT NULL,
        published   TEXT NOT NULL,
        imported_at BIGINT NOT NULL,
        units       INTEGER NOT NULL
    )""",
    """CREATE TABLE unit (
        unit_id   TEXT PRIMARY KEY,
        source    TEXT NOT NULL REFERENCES unit_edition (source),
        kind      TEXT NOT NULL,
        name      TEXT NOT NULL,
        address   TEXT NOT NULL,
        commune   TEXT NOT NULL,
        phone     TEXT,
        latitude  DOUBLE PRECISION,
        longitude DOUBLE PRECISION,
        hours     TEXT,
        vintage   TEXT NOT NULL,
        CHECK ((latitude IS NULL) = (longitude IS NULL))
    )""",
    "CREATE INDEX unit_source ON unit (source)",
    "CREATE INDEX unit_commune ON unit (commune)",
    "CREATE INDEX unit_position ON unit (latitude, longitude)",
)


async def upgrade(connection: Connection) -> None:
    for statement in _TABLES:
        await connection.execute(statement)
