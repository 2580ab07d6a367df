"""Who is, and who ever was, in a room: read from the homeserver's database."""

from synapse.module_api import LoggingTransaction


def ever_members(txn: LoggingTransaction, room_id: str) -> set[str]:
    """Everybody who was ever invited to the room, joined it, left it or was kept out of it."""
    txn.execute("SELECT DISTINCT user_id FROM room_memberships WHERE room_id = ?", (room_id,))
    return {user_id for (user_id,) in txn.fetchall()}


def current_members(txn: LoggingTransaction, room_id: str) -> dict[str, str]:
    """Each local user with what they are now: `join`, `invite`, `leave`, `ban` or `knock`."""
    txn.execute("SELECT user_id, membership FROM local_current_membership WHERE room_id = ?", (room_id,))
    return dict(txn.fetchall())


def first_joined_ms(txn: LoggingTransaction, room_id: str) -> dict[str, int]:
    """Everybody who ever joined, with when they first did: Unix milliseconds of this server's clock."""
    txn.execute(
        "SELECT user_id, MIN(received_ts) FROM room_memberships INNER JOIN events USING (event_id)"
        " WHERE room_memberships.room_id = ? AND membership = 'join' GROUP BY user_id",
        (room_id,),
    )
    return dict(txn.fetchall())
