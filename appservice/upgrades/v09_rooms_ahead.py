"""Version 9: guests' accounts with their rooms, made ahead of need. No token: it is in the memory of who made them.

`made_at` is milliseconds since 1970-01-01T00:00Z.
"""

from mautrix.util.async_db import Connection

DESCRIPTION = "Rooms made ahead of need"

_TABLE = """CREATE TABLE room_ahead (
    guest_mxid TEXT PRIMARY KEY,
    room_id    TEXT NOT NULL UNIQUE,
    reference  TEXT NOT NULL UNIQUE,
    made_at    BIGINT NOT NULL
)"""


async def upgrade(connection: Connection) -> None:
    await connection.execute(_TABLE)
