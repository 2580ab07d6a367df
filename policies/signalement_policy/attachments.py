"""Deletes the files that were sent into a room. Which they are is inside the messages; when they came is not.

A client uploads a file, then sends the message that names it: a file belongs to the first thing its uploader said
afterwards, in whichever room. Only encrypted files: pictures of profiles are not.
"""

from synapse.module_api import LoggingTransaction

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.members import ever_members

_ENCRYPTED = "application/octet-stream"
"""What clients call a file whose true type is inside the message."""


async def delete_attachments(homeserver: Homeserver, room_id: str) -> int:
    """Returns how many files were deleted, with their rows: 0 when it has all been done before.

    To be asked while the room's events, redacted or not, are still there. 0 also where the homeserver keeps media in
    another process: they go when their time is over (`media_retention`).
    """
    if not homeserver.keeps_media:
        return 0
    sent = await homeserver.transaction("veilleuse_attachments", _sent_into, homeserver, room_id)
    return await homeserver.delete_media(sent)


def _sent_into(txn: LoggingTransaction, homeserver: Homeserver, room_id: str) -> list[str]:
    """The ids of media. Guests cannot upload any."""
    agents = [member for member in ever_members(txn, room_id) if not homeserver.is_guest(member)]
    return [media_id for agent in agents for media_id in _sent_by(txn, agent, room_id)]


def _sent_by(txn: LoggingTransaction, user_id: str, room_id: str) -> list[str]:
    txn.execute(
        "SELECT media_id, created_ts FROM local_media_repository"
        " WHERE user_id = ? AND media_type = ? AND created_ts >="
        " (SELECT MIN(origin_server_ts) FROM events WHERE room_id = ?)",
        (user_id, _ENCRYPTED, room_id),
    )
    return [media_id for media_id, created in txn.fetchall() if _named_in(txn, user_id, created) == room_id]


def _named_in(txn: LoggingTransaction, user_id: str, uploaded: int) -> str | None:
    """The room in which a user first said something after an upload (Unix milliseconds); None if in none."""
    txn.execute(
        "SELECT room_id FROM events WHERE sender = ? AND origin_server_ts >= ? AND state_key IS NULL"
        " ORDER BY origin_server_ts, stream_ordering LIMIT 1",
        (user_id, uploaded),
    )
    row = txn.fetchone()
    return None if row is None else str(row[0])
