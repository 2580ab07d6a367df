"""Takes messages off the screens of a room's members: redactions by the warden, many at once."""

from collections.abc import Collection, Sequence

from synapse.module_api import LoggingTransaction
from synapse.storage.database import make_in_list_sql_clause

from policies.signalement_policy.homeserver import Homeserver

_AT_ONCE = 100


async def redact_messages(homeserver: Homeserver, room_id: str) -> int:
    """Redacts, the newest first, what was said and is not redacted yet. Returns how many events that were.

    What is said meanwhile may be missed: asked again, it is redacted then.
    """
    said = await homeserver.transaction("veilleuse_said", _said, room_id)
    await _redact(homeserver, room_id, said)
    return len(said)


async def take_back(homeserver: Homeserver, room_id: str, event_ids: Collection[str]) -> None:
    """Redacts these, their edits, and what was said about them, as far as they are of the room and not redacted yet."""
    said = await homeserver.transaction("veilleuse_said_of", _said_of, room_id, event_ids)
    await _redact(homeserver, room_id, said)


async def _redact(homeserver: Homeserver, room_id: str, said: Sequence[str]) -> None:
    for start in range(0, len(said), _AT_ONCE):
        await homeserver.send_as_warden(
            room_id,
            [
                {"type": "m.room.redaction", "content": {"redacts": event_id}, "redacts": event_id}
                for event_id in said[start : start + _AT_ONCE]
            ],
        )


_NOT_REDACTED = (
    "SELECT events.event_id FROM events"
    " LEFT JOIN redactions ON redactions.redacts = events.event_id"
    " LEFT JOIN rejections ON rejections.event_id = events.event_id"
    " WHERE events.room_id = ? AND events.state_key IS NULL AND events.type <> 'm.room.redaction'"
    " AND redactions.event_id IS NULL AND rejections.event_id IS NULL"
)
_NEWEST_FIRST = " ORDER BY events.stream_ordering DESC"


def _said(txn: LoggingTransaction, room_id: str) -> list[str]:
    txn.execute(_NOT_REDACTED + _NEWEST_FIRST, (room_id,))
    return [event_id for (event_id,) in txn.fetchall()]


def _said_of(txn: LoggingTransaction, room_id: str, event_ids: Collection[str]) -> list[str]:
    clause, placed = make_in_list_sql_clause(txn.database_engine, "relates_to_id", event_ids)
    txn.execute(f"SELECT event_id FROM event_relations WHERE {clause}", placed)  # noqa: S608 (placeholders only)
    related = {event_id for (event_id,) in txn.fetchall()}
    clause, placed = make_in_list_sql_clause(txn.database_engine, "events.event_id", {*event_ids, *related})
    txn.execute(f"{_NOT_REDACTED} AND {clause}{_NEWEST_FIRST}", (room_id, *placed))
    return [event_id for (event_id,) in txn.fetchall()]
