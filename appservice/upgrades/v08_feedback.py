"""Version 8: how often which answer was given after a conversation, by week."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Answers to the question after a conversation, counted"

_STATEMENT = """CREATE TABLE feedback (
    monday TEXT NOT NULL,
    answer TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (monday, answer)
)"""


async def upgrade(connection: Connection) -> None:
    await connection.execute(_STATEMENT)
