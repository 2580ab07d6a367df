"""Destroys what was said in a room, in the database itself, at once: what remains of each event is its pruned form."""

import json
from collections.abc import Collection

from synapse.api.room_versions import RoomVersion
from synapse.module_api import LoggingTransaction
from synapse.storage.database import make_in_list_sql_clause
from synapse.synapse_rust.events import redact_event_dict

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.members import ever_members

# Tables that repeat, index or point to what was said, by room: none is needed to keep the shell of the room.
_BY_ROOM = (
    ("event_search", "words of clear-text events"),
    ("event_labels", "labels that senders put on events"),
    ("event_push_actions", "who was notified of what"),
    ("event_push_summary", "how much each member has not read"),
    ("event_txn_id_device_id", "which device sent which event"),
    ("receipts_linearized", "who has read up to where"),
    ("receipts_graph", "who has read up to where"),
    ("threads", "which events answer which"),
    ("delayed_events", "content of events yet to be sent"),
    ("sticky_events", "events that are sent again to newcomers"),
)
# The same by event.
_BY_EVENT = (
    ("event_relations", "which events answer, edit or annotate which"),
    ("event_push_actions_staging", "notifications being worked out"),
    ("event_expiry", "when an event was to go by itself"),
)


async def destroy_originals(homeserver: Homeserver, room_id: str) -> int:
    """Returns how many events were overwritten: 0 when it has all been done before.

    Afterwards no event of the room that is not state has its content in the database, whether it was redacted or not;
    nothing sent to or by the room's guests waits in a device's inbox; Synapse serves nothing of it from its caches.
    """
    version = await homeserver.room_version(room_id)

    async def destroy() -> int:
        return await homeserver.transaction(
            "veilleuse_destroy_originals", _destroy, homeserver=homeserver, room_id=room_id, version=version
        )

    destroyed = await destroy()
    if not homeserver.is_single_process:
        # Another process may have been making an event meanwhile, and have begun before nobody was in the room.
        async with homeserver.nobody_writes_to(room_id):
            destroyed += await destroy()
    await homeserver.empty_write_ahead_log()
    return destroyed


def _delete_messages(txn: LoggingTransaction, guest: str, correspondents: Collection[str]) -> None:
    """To-device messages that wait for the guest, and the guest's that wait for these.

    The sender is inside the message's JSON only.
    """
    txn.execute("DELETE FROM device_inbox WHERE user_id = ?", (guest,))
    clause, users = make_in_list_sql_clause(txn.database_engine, "user_id", correspondents)
    txn.execute(
        "SELECT user_id, device_id, stream_id, message_json FROM device_inbox"  # noqa: S608 (placeholders only)
        f" WHERE {clause} AND message_json LIKE ?",
        [*users, f"%{guest}%"],
    )
    theirs = [row[:3] for row in txn.fetchall() if json.loads(row[3]).get("sender") == guest]
    txn.execute_batch("DELETE FROM device_inbox WHERE user_id = ? AND device_id = ? AND stream_id = ?", theirs)


def _destroy(txn: LoggingTransaction, *, homeserver: Homeserver, room_id: str, version: RoomVersion) -> int:
    overwritten = _overwrite(txn, room_id, version)
    for table, _ in _BY_ROOM:
        txn.execute(f"DELETE FROM {table} WHERE room_id = ?", (room_id,))  # noqa: S608 (our own list)
    for table, _ in _BY_EVENT:
        of_room = "event_id IN (SELECT event_id FROM events WHERE room_id = ?)"
        txn.execute(f"DELETE FROM {table} WHERE {of_room}", (room_id,))  # noqa: S608 (our own list)
    members = ever_members(txn, room_id)
    for guest in filter(homeserver.is_guest, members):
        _delete_messages(txn, guest, members)
    homeserver.forget_cached_room(txn, room_id)
    return overwritten


def _overwrite(txn: LoggingTransaction, room_id: str, version: RoomVersion) -> int:
    txn.execute(
        "SELECT event_id, json FROM event_json INNER JOIN events USING (event_id)"
        " WHERE events.room_id = ? AND events.state_key IS NULL",
        (room_id,),
    )
    pruned = []
    for event_id, original in txn.fetchall():
        event = json.loads(original)
        remains = redact_event_dict(version, event)
        if remains != event:
            pruned.append((json.dumps(remains, separators=(",", ":")), event_id))
    txn.execute_batch("UPDATE event_json SET json = ? WHERE event_id = ?", pruned)
    return len(pruned)
