"""Version 1: signalements and their erasure, the inbox, the desks and their bots.

Times are milliseconds since 1970-01-01T00:00Z. No column holds a postal code, a token of a guest, or a message.
"""

from mautrix.util.async_db import Connection, Scheme

DESCRIPTION = "Signalements, erasures, inbox, desks"

_TABLES = (
    """CREATE TABLE opening (
        guest_mxid TEXT PRIMARY KEY,
        started_at BIGINT NOT NULL
    )""",
    """CREATE TABLE signalement (
        signalement_id  TEXT PRIMARY KEY,
        reference       TEXT NOT NULL UNIQUE,
        room_id         TEXT NOT NULL UNIQUE,
        guest_mxid      TEXT NOT NULL UNIQUE,
        desk_id         TEXT NOT NULL,
        department      TEXT,
        role            TEXT NOT NULL,
        in_danger       BOOLEAN NOT NULL,
        opened_at       BIGINT NOT NULL,
        state           TEXT NOT NULL,
        agent_mxid      TEXT,
        announcement_id TEXT,
        CHECK ((agent_mxid IS NOT NULL) = (state = 'claimed'))
    )""",
    "CREATE INDEX signalement_state ON signalement (state, opened_at)",
    """CREATE TABLE erasure (
        signalement_id  TEXT PRIMARY KEY REFERENCES signalement (signalement_id),
        cause           TEXT NOT NULL,
        requested_at    BIGINT NOT NULL,
        step            INTEGER NOT NULL,
        attempts        INTEGER NOT NULL,
        next_attempt_at BIGINT NOT NULL
    )""",
    "CREATE INDEX erasure_due ON erasure (next_attempt_at)",
    """CREATE TABLE tombstone (
        room_hash    TEXT PRIMARY KEY,
        cause        TEXT NOT NULL,
        requested_at BIGINT NOT NULL,
        purged_at    BIGINT NOT NULL,
        residue      TEXT NOT NULL
    )""",
    """CREATE TABLE inbox_memory (
        event_hash TEXT PRIMARY KEY,
        received   BIGINT NOT NULL
    )""",
    "CREATE INDEX inbox_memory_received ON inbox_memory (received)",
    """CREATE TABLE desk (
        desk_id      TEXT PRIMARY KEY,
        space_id     TEXT NOT NULL,
        desk_room_id TEXT NOT NULL,
        team_room_id TEXT NOT NULL
    )""",
    """CREATE TABLE desk_bot (
        desk_id      TEXT PRIMARY KEY,
        user_id      TEXT NOT NULL,
        device_id    TEXT NOT NULL,
        access_token TEXT NOT NULL
    )""",
)

_INBOX = """CREATE TABLE inbox (
    position   {position},
    event_id   TEXT NOT NULL UNIQUE,
    room_id    TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    membership TEXT NOT NULL
)"""


async def upgrade(connection: Connection, scheme: Scheme) -> None:
    # AUTOINCREMENT: SQLite would otherwise give a freed position again, and the order of arrival would be lost.
    position = (
        "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
        if scheme == Scheme.POSTGRES
        else "INTEGER PRIMARY KEY AUTOINCREMENT"
    )
    for statement in (*_TABLES, _INBOX.format(position=position)):
        await connection.execute(statement)
