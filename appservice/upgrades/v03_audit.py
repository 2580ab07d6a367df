"""Version 3: the audit record, its head, whose row every writer locks, and how far the module's refusals are in it.

The text of an entry, which its hash covers, is put together from the columns: see `appservice.domain.audit.chain`.
`at` is in milliseconds since 1970-01-01T00:00Z. The triggers keep the head at the last entry and stop mistakes.
Whoever owns the database can take them away: against that there are the chain and its checkpoints.
"""

from mautrix.util.async_db import Connection, Scheme

DESCRIPTION = "Audit record"

_TABLES = (
    """CREATE TABLE audit_entry (
        sequence    BIGINT PRIMARY KEY,
        at          BIGINT NOT NULL,
        actor       TEXT NOT NULL,
        kind        TEXT NOT NULL,
        signalement TEXT,
        fields      TEXT NOT NULL,
        previous    TEXT NOT NULL,
        hash        TEXT NOT NULL
    )""",
    "CREATE INDEX audit_entry_at ON audit_entry (at, sequence)",
    "CREATE INDEX audit_entry_kind ON audit_entry (kind, sequence)",
    "CREATE INDEX audit_entry_signalement ON audit_entry (signalement, sequence) WHERE signalement IS NOT NULL",
    """CREATE TABLE audit_head (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        sequence BIGINT NOT NULL,
        hash     TEXT NOT NULL
    )""",
    """CREATE TABLE violations_read (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        number   BIGINT NOT NULL
    )""",
    f"INSERT INTO audit_head (only_row, sequence, hash) VALUES (1, 0, '{'0' * 64}')",  # noqa: S608 a constant
)

_SQLITE = (
    """CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit record is only added to'); END""",
    """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the audit record is only added to'); END""",
    """CREATE TRIGGER audit_entry_leads AFTER INSERT ON audit_entry
        BEGIN UPDATE audit_head SET sequence = NEW.sequence, hash = NEW.hash; END""",
)

_POSTGRES = (
    """CREATE FUNCTION audit_entry_is_kept() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit record is only added to'; END $$""",
    """CREATE TRIGGER audit_entry_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_kept()""",
    """CREATE FUNCTION audit_entry_leads() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN UPDATE audit_head SET sequence = NEW.sequence, hash = NEW.hash; RETURN NULL; END $$""",
    """CREATE TRIGGER audit_entry_leads AFTER INSERT ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION audit_entry_leads()""",
)


async def upgrade(connection: Connection, scheme: Scheme) -> None:
    for statement in (*_TABLES, *(_POSTGRES if scheme == Scheme.POSTGRES else _SQLITE)):
        await connection.execute(statement)
