"""Counts what the homeserver's database still knows of a room and its guest, in every table that could know it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from synapse.module_api import LoggingTransaction
from synapse.storage.engines import PostgresEngine

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.rules import localpart

Schema = Mapping[str, frozenset[str]]
"""Each table with its columns."""

# Columns that hold a room's or a user's id although their name does not end so.
_STATE_KEYS = {
    (table, "state_key")
    for table in ("current_state_delta_stream", "current_state_events", "state_events", "state_groups_state")
}
_ROOM_COLUMNS = {
    *_STATE_KEYS,
    ("scheduled_tasks", "resource_id"),
    ("worker_locks", "lock_key"),
    ("worker_read_write_locks", "lock_key"),
}
_USER_COLUMNS = {
    *_STATE_KEYS,
    ("scheduled_tasks", "resource_id"),
    ("users", "name"),
    ("push_rules", "user_name"),
    ("push_rules_enable", "user_name"),
    ("pushers", "user_name"),
}
# A user's id without its server: `agent` for `@agent:example.org`.
_LOCALPART_COLUMNS = {("delayed_events", "user_localpart")}
# Text in which an id may occur.
_MENTIONS = {
    ("account_data", "content"),
    ("background_updates", "progress_json"),
    ("cache_invalidation_stream_by_instance", "keys"),
    ("device_federation_outbox", "messages_json"),
    ("device_inbox", "message_json"),
    ("push_rules", "actions"),
    ("push_rules", "conditions"),
    ("push_rules", "rule_id"),
    ("push_rules_enable", "rule_id"),
    ("push_rules_stream", "actions"),
    ("push_rules_stream", "conditions"),
    ("push_rules_stream", "rule_id"),
    ("scheduled_tasks", "params"),
    ("scheduled_tasks", "result"),
    ("user_filters", "filter_json"),
    ("user_signature_stream", "user_ids"),
}
_BYTES = {("user_filters", "filter_json")}

_PLAIN_NAME = re.compile(r"\w+")


@dataclass(frozen=True)
class _Look:
    where: str
    values: tuple[str, ...]


async def residue(homeserver: Homeserver, room_id: str, guest: str | None) -> dict[str, int]:
    """Rows left, by table, zeros included: those that bear the room's id, or the guest's if one is given.

    The tables are found from the database's own schema, so that those of a new Synapse show up by themselves. Most
    have no index for the question: this reads them from end to end.
    """
    return await homeserver.transaction("veilleuse_residue", _count, homeserver, room_id, guest)


def schema_of(homeserver: Homeserver, txn: LoggingTransaction) -> Schema:
    """The tables of the database, without views and system tables: those there were when it was first asked for.

    Synapse makes its tables before it starts modules; to read them takes as long as to count in a third of them.
    """
    if homeserver.schema is None:
        homeserver.schema = _read_schema(txn)
    return homeserver.schema


def _read_schema(txn: LoggingTransaction) -> Schema:
    if isinstance(txn.database_engine, PostgresEngine):
        txn.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " INNER JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        )
    else:
        txn.execute(
            "SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns"
            " WHERE tables.type = 'table'"
        )
    schema: dict[str, set[str]] = {}
    for table, column in txn.fetchall():
        if _PLAIN_NAME.fullmatch(table) and _PLAIN_NAME.fullmatch(column):
            schema.setdefault(table, set()).add(column)
    return {table: frozenset(columns) for table, columns in schema.items()}


def _count(txn: LoggingTransaction, homeserver: Homeserver, room_id: str, guest: str | None) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table, columns in sorted(schema_of(homeserver, txn).items()):
        look = _look(txn, table, columns, room_id, guest)
        if look is not None:
            txn.execute(f'SELECT COUNT(*) FROM "{table}" WHERE {look.where}', look.values)  # noqa: S608 (plain names)
            (counts[table],) = txn.fetchone() or (0,)
    return counts


def as_text(txn: LoggingTransaction, table: str, column: str) -> str:
    """The SQL expression for what a column holds, as text in which an id can be found."""
    if (table, column) in _BYTES and isinstance(txn.database_engine, PostgresEngine):
        return f"encode(\"{column}\", 'escape')"
    return f'CAST("{column}" AS TEXT)'


def places_of_names(
    txn: LoggingTransaction, table: str, columns: frozenset[str], server_name: str
) -> tuple[list[str], list[str]]:
    """SQL expressions for what a table can hold of a room's or a user's id: those that are one, and texts in which one
    may occur.
    """
    whole = [f'"{column}"' for column in sorted(columns) if _may_be_room(table, column) or _may_be_user(table, column)]
    local = [f"'@' || \"{column}\" || ':{server_name}'" for column in columns if (table, column) in _LOCALPART_COLUMNS]
    return whole + local, [as_text(txn, table, column) for column in sorted(columns) if (table, column) in _MENTIONS]


def _may_be_room(table: str, column: str) -> bool:
    return column.endswith("room_id") or (table, column) in _ROOM_COLUMNS


def _may_be_user(table: str, column: str) -> bool:
    return column.endswith("user_id") or (table, column) in _USER_COLUMNS


def _look(
    txn: LoggingTransaction, table: str, columns: frozenset[str], room_id: str, guest: str | None
) -> _Look | None:
    """Where in this table either id could be; None if it has no place for one."""
    conditions: list[tuple[str, str]] = []
    for column in sorted(columns):
        if _may_be_room(table, column):
            conditions.append((f'"{column}" = ?', room_id))
        if guest is not None and _may_be_user(table, column):
            conditions.append((f'"{column}" = ?', guest))
        if guest is not None and (table, column) in _LOCALPART_COLUMNS:
            conditions.append((f'"{column}" = ?', localpart(guest)))
        if (table, column) in _MENTIONS:
            text, names = as_text(txn, table, column), (room_id, guest)
            conditions += [(f"{text} LIKE ?", f"%{name}%") for name in names if name is not None]
    if not conditions:
        return None
    return _Look(" OR ".join(condition for condition, _ in conditions), tuple(value for _, value in conditions))
