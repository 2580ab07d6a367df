"""Takes every message of a room off its members' screens: redactions by the warden, many at once."""

from synapse.module_api import LoggingTransaction

from policies.signalement_policy.homeserver import Homeserver

_AT_ONCE = 100


async def redact_messages(homeserver: Homeserver, room_id: str) -> int:
    """Redacts, the newest first, what was said and is not redacted yet. Returns how many events that were.

    What is said meanwhile may be missed: asked again, it is redacted then.
    """
    said = await homeserver.transaction("veilleuse_said", _said, room_id)
    for start in range(0, len(said), _AT_ONCE):
        await homeserver.send_as_warden(
            room_id,
            [
                {"type": "m.room.redaction", "content": {"redacts": event_id}, "redacts": event_id}
                for event_id in said[start : start + _AT_ONCE]
            ],
        )
    return len(said)


def _said(txn: LoggingTransaction, room_id: str) -> list[str]:
    txn.execute(
        "SELECT events.event_id FROM events"
        " LEFT JOIN redactions ON redactions.redacts = events.event_id"
        " LEFT JOIN rejections ON rejections.event_id = events.event_id"
        " WHERE events.room_id = ? AND events.state_key IS NULL AND events.type <> 'm.room.redaction'"
        " AND redactions.event_id IS NULL AND rejections.event_id IS NULL"
        " ORDER BY events.stream_ordering DESC",
        (room_id,),
    )
    return [event_id for (event_id,) in txn.fetchall()]
