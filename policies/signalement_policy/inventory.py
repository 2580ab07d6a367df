"""Which signalements the homeserver has: what a restored backup brought back, and what is left of what is gone."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from synapse.module_api import LoggingTransaction

from policies.signalement_policy.homeserver import KIND, Homeserver
from policies.signalement_policy.residue import places_of_names, schema_of

_ROOM = re.compile(r"![A-Za-z0-9_-]{43}")  # room versions from 12 on: a hash, and no server name
_USER = re.compile(r"@[a-z0-9._=/+-]+:[A-Za-z0-9.:\[\]-]+")


@dataclass
class SignalementRoom:
    room_id: str
    guests: list[str] = field(default_factory=list)
    spaces: list[str] = field(default_factory=list)
    """Those of the warden's that show it."""


async def signalement_rooms(homeserver: Homeserver) -> list[SignalementRoom]:
    """Every room that the warden made for a signalement, with the guests who are or were in it or invited."""
    rooms = await homeserver.transaction("veilleuse_rooms", _rooms, homeserver.warden)
    for room in rooms:
        room.guests = sorted(filter(homeserver.is_guest, room.guests))
    return rooms


async def what_is_left_of(homeserver: Homeserver, hashes: Collection[str]) -> dict[str, dict[str, int]]:
    """Rows that name a room or a user with one of these hashes, by hash and table; only what there is.

    Asked by hash, for that is all that is known of what was erased. Every table that can name a room or a user is read
    from end to end: this is for the quiet hours.
    """
    wanted = frozenset(hashes)
    counts: dict[str, Counter[str]] = {}
    schema = await homeserver.transaction("veilleuse_schema", lambda txn: schema_of(homeserver, txn))
    for table, columns in sorted(schema.items()):
        found = await homeserver.transaction("veilleuse_left", _left_in, homeserver, table, columns, wanted)
        for name_hash, count in found.items():
            counts.setdefault(name_hash, Counter())[table] = count
    return {name_hash: dict(tables) for name_hash, tables in counts.items()}


def _rooms(txn: LoggingTransaction, warden: str) -> list[SignalementRoom]:
    txn.execute(
        "SELECT rooms.room_id, event_json.json FROM rooms"
        " INNER JOIN current_state_events AS state ON state.room_id = rooms.room_id AND state.type = 'm.room.create'"
        " INNER JOIN event_json ON event_json.event_id = state.event_id"
        " WHERE rooms.creator = ?",
        (warden,),
    )
    rooms = {
        room_id: SignalementRoom(room_id)
        for room_id, event in txn.fetchall()
        if json.loads(event).get("content", {}).get(KIND) == "signalement"
    }
    for room in rooms.values():
        txn.execute("SELECT DISTINCT user_id FROM room_memberships WHERE room_id = ?", (room.room_id,))
        room.guests = [user_id for (user_id,) in txn.fetchall()]
    txn.execute(
        "SELECT state.room_id, state.state_key FROM current_state_events AS state INNER JOIN rooms USING (room_id)"
        " WHERE rooms.creator = ? AND state.type = 'm.space.child'",
        (warden,),
    )
    for space_id, room_id in txn.fetchall():
        if room_id in rooms:
            rooms[room_id].spaces.append(space_id)
    return list(rooms.values())


def _left_in(
    txn: LoggingTransaction, homeserver: Homeserver, table: str, columns: frozenset[str], wanted: frozenset[str]
) -> Counter[str]:
    found: Counter[str] = Counter()
    whole, mentions = places_of_names(txn, table, columns, homeserver.api.server_name)
    for name_of in whole:
        txn.execute(f'SELECT {name_of}, COUNT(*) FROM "{table}" GROUP BY 1')  # noqa: S608 (plain names)
        for name, count in txn.fetchall():
            if isinstance(name, str) and (name_hash := _hash(name)) in wanted:
                found[name_hash] += count
    for text_of in mentions:
        txn.execute(f'SELECT {text_of} FROM "{table}"')  # noqa: S608 (plain names)
        for (text,) in txn.fetchall():
            found.update(wanted & set(map(_hash, _names_in(text or ""))))
    return found


def _names_in(text: str) -> Iterable[str]:
    yield from set(_ROOM.findall(text))
    yield from set(_USER.findall(text))


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
