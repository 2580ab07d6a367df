"""Version 6: guests that give no sign; and of what was erased, also the hash of the guest's id.

Times are milliseconds since 1970-01-01T00:00Z.
"""

from mautrix.util.async_db import Connection

DESCRIPTION = "Silence, and the guest's hash in the tombstone"

_STATEMENTS = (
    """CREATE TABLE silence (
        signalement_id TEXT PRIMARY KEY REFERENCES signalement (signalement_id),
        noticed_at     BIGINT NOT NULL,
        alarmed_at     BIGINT
    )""",
    "ALTER TABLE tombstone ADD COLUMN guest_hash TEXT NOT NULL DEFAULT ''",
)


async def upgrade(connection: Connection) -> None:
    for statement in _STATEMENTS:
        await connection.execute(statement)
