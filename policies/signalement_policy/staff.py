"""Who sits where, and under which name: what a configuration of desks is compared with."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from synapse.module_api import LoggingTransaction, UserID
from synapse.module_api.errors import Codes, SynapseError

from policies.signalement_policy.homeserver import KIND, Homeserver
from policies.signalement_policy.seats import require_ordinary

_AT_ONCE = 500  # below SQLite's old limit of 999 parameters


@dataclass
class Room:
    """`kind` is what its creation says; None for a Space or a room of a desk."""

    kind: str | None
    joined: list[str] = field(default_factory=list)
    invited: list[str] = field(default_factory=list)


async def rooms(homeserver: Homeserver) -> dict[str, Room]:
    """The warden's rooms in which somebody is, or is invited to be, the warden and guests aside."""
    seats = await homeserver.transaction("veilleuse_seats", _seats, homeserver.warden)
    found: dict[str, Room] = {}
    for room_id, user_id, membership, creation in seats:
        if user_id == homeserver.warden or homeserver.is_guest(user_id):
            continue
        if room_id not in found:
            found[room_id] = Room(json.loads(creation)["content"].get(KIND))
        (found[room_id].joined if membership == "join" else found[room_id].invited).append(user_id)
    return found


async def names(homeserver: Homeserver, user_ids: Sequence[str]) -> dict[str, str | None]:
    """The display names of those of the accounts that exist here; None for one without a name."""
    found: dict[str, str | None] = {}
    for first in range(0, len(user_ids), _AT_ONCE):
        found |= await homeserver.transaction("veilleuse_names", _names, user_ids[first : first + _AT_ONCE])
    return found


async def rename(homeserver: Homeserver, user_id: str, name: str) -> None:
    """Gives an ordinary account that sits in a room of the warden's its display name, there and everywhere.

    Raises a 404 M_NOT_FOUND if there is no such user, a 403 M_FORBIDDEN if it is anybody else's.
    """
    await require_ordinary(homeserver, user_id)
    if not await homeserver.transaction("veilleuse_sits", _sits, homeserver.warden, user_id):
        raise SynapseError(403, "Only who sits in a room of a desk can be named", Codes.FORBIDDEN)
    await homeserver.api.set_displayname(UserID.from_string(user_id), name)


_SEATS = """FROM local_current_membership AS seat
    INNER JOIN current_state_events AS state ON state.room_id = seat.room_id AND state.type = 'm.room.create'
    INNER JOIN events ON events.event_id = state.event_id
    INNER JOIN event_json ON event_json.event_id = state.event_id
    WHERE seat.membership IN ('join', 'invite') AND events.sender = ?"""


def _seats(txn: LoggingTransaction, warden: str) -> list[tuple[str, str, str, str]]:
    """Room, member, `join` or `invite`, and the event of the room's creation."""
    columns = "seat.room_id, seat.user_id, seat.membership, event_json.json"
    txn.execute(f"SELECT {columns} {_SEATS} ORDER BY seat.room_id, seat.user_id", (warden,))  # noqa: S608 constants
    return [(room_id, user_id, membership, creation) for room_id, user_id, membership, creation in txn.fetchall()]


def _sits(txn: LoggingTransaction, warden: str, user_id: str) -> bool:
    txn.execute(f"SELECT seat.room_id {_SEATS} AND seat.user_id = ? LIMIT 1", (warden, user_id))  # noqa: S608 a constant
    return txn.fetchone() is not None


def _names(txn: LoggingTransaction, user_ids: Collection[str]) -> dict[str, str | None]:
    places = ", ".join("?" for _ in user_ids)
    txn.execute(
        f"SELECT full_user_id, displayname FROM profiles WHERE full_user_id IN ({places})",  # noqa: S608 question marks
        tuple(user_ids),
    )
    return dict(txn.fetchall())
