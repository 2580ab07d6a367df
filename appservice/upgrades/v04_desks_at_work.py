"""Version 4: what agents say of themselves, how a signalement came to its desk, and who holds which conversation.

`until` is milliseconds since 1970-01-01T00:00Z, NULL for never. `routed_passed` is JSON: pairs of a desk and how it
stood.
"""

from mautrix.util.async_db import Connection

DESCRIPTION = "Agents' statuses, routes taken"

_STATEMENTS = (
    """CREATE TABLE agent_status (
        agent_mxid TEXT PRIMARY KEY,
        presence   TEXT NOT NULL,
        until      BIGINT
    )""",
    "ALTER TABLE signalement ADD COLUMN routed_why TEXT",
    "ALTER TABLE signalement ADD COLUMN routed_passed TEXT",
    "CREATE INDEX signalement_held ON signalement (agent_mxid) WHERE agent_mxid IS NOT NULL",
)


async def upgrade(connection: Connection) -> None:
    for statement in _STATEMENTS:
        await connection.execute(statement)
