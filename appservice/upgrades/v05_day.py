"""Version 5: what an agents' day needs: queues, hand-overs, signs of life, proposals, care.

Every table here is about the moment: its rows go with the signalement, or with the hour. No column holds a message, its
id, or a word that somebody wrote.
"""

from mautrix.util.async_db import Connection

DESCRIPTION = "An agents' day"

_COLUMNS = (
    "at_desk_since BIGINT",
    "stay INTEGER NOT NULL DEFAULT 0",
    "told_at BIGINT",
    "claimed_at BIGINT",
    "listeners TEXT NOT NULL DEFAULT '[]'",
    "interruption TEXT",
    "passed TEXT NOT NULL DEFAULT '[]'",
    "hard BOOLEAN NOT NULL DEFAULT false",
    "closed_at BIGINT",
    "outcome TEXT",
    "revision INTEGER NOT NULL DEFAULT 0",
    "settled_revision INTEGER",
)
_STATEMENTS = (
    *(f"ALTER TABLE signalement ADD COLUMN {column}" for column in _COLUMNS),
    "UPDATE signalement SET at_desk_since = opened_at WHERE state <> 'opened'",
    "UPDATE signalement SET claimed_at = opened_at WHERE state = 'claimed'",
    "CREATE INDEX signalement_desk ON signalement (desk_id, state)",
    "CREATE INDEX signalement_announcement ON signalement (announcement_id) WHERE announcement_id IS NOT NULL",
    """CREATE TABLE departure (
        signalement_id  TEXT NOT NULL REFERENCES signalement (signalement_id),
        stay            INTEGER NOT NULL,
        desk_id         TEXT NOT NULL,
        announcement_id TEXT,
        PRIMARY KEY (signalement_id, stay)
    )""",
    """CREATE TABLE desk_claim (
        desk_id    TEXT NOT NULL,
        claimed_at BIGINT NOT NULL
    )""",
    "CREATE INDEX desk_claim_recent ON desk_claim (desk_id, claimed_at)",
    """CREATE TABLE agent_care (
        agent_mxid    TEXT PRIMARY KEY,
        hard_in_a_row INTEGER NOT NULL,
        rest_until    BIGINT
    )""",
    """CREATE TABLE signs (
        signalement_id TEXT PRIMARY KEY REFERENCES signalement (signalement_id),
        agent_at       BIGINT,
        agent_wrote_at BIGINT,
        guest_wrote_at BIGINT,
        asked_at       BIGINT
    )""",
    """CREATE TABLE orientation (
        proposal_id    TEXT PRIMARY KEY,
        signalement_id TEXT NOT NULL REFERENCES signalement (signalement_id),
        kind           TEXT NOT NULL,
        particulars    TEXT NOT NULL,
        desk_id        TEXT,
        proposed_at    BIGINT NOT NULL,
        state          TEXT NOT NULL,
        wish           TEXT
    )""",
    "CREATE INDEX orientation_signalement ON orientation (signalement_id)",
    "ALTER TABLE inbox RENAME COLUMN membership TO what",
    "ALTER TABLE inbox ADD COLUMN answer TEXT",
)


async def upgrade(connection: Connection) -> None:
    for statement in _STATEMENTS:
        await connection.execute(statement)
