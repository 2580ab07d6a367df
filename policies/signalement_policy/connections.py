"""Devices that sync rooms and to-device messages over connections of their own (sliding sync, MSC4186): Element X.

Such a device can take a probe off its queue while its list of rooms sleeps: an app that is woken by a notification
fetches keys, and nothing else. So the connections over which it was shown the room have to have been used twice since
the end of the room: once to be told of the end, once more to show that the answer arrived.

Synapse notes when a connection was last used, every five minutes at most, but at once if nothing is noted. So what is
noted is taken away here, and looked for again; the process that serves the syncs is told to forget that it has noted a
use.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from synapse.module_api import LoggingTransaction
from synapse.storage.database import make_in_list_sql_clause

from policies.signalement_policy.homeserver import Homeserver

_USES = 2


@dataclass(frozen=True, slots=True)
class Connection:
    key: int
    user_id: str
    device_id: str
    last_used_ms: int | None


class Connections:
    """Counts the uses in memory: after a restart of Synapse they have to be seen again."""

    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver
        self._uses: dict[str, dict[int, int]] = {}

    async def not_past(self, room_id: str, people: Collection[str]) -> list[Connection]:
        """The connections of these people that may not have heard of the room's end yet."""
        ended = await self._homeserver.transaction("veilleuse_ended", _ended_ms, room_id)
        connections = await self._homeserver.transaction("veilleuse_connections", _showing, room_id, people)
        uses = self._uses.setdefault(room_id, {})
        for connection in connections:
            if _used_since(connection, ended):
                uses[connection.key] = uses.get(connection.key, 0) + 1
        late = [connection for connection in connections if uses.get(connection.key, 0) < _USES]
        if late:
            keys = [connection.key for connection in late]
            positions = await self._homeserver.transaction("veilleuse_unnote", _unnote, keys)
            await self._homeserver.forget_connection_uses(positions)
        return late

    def forget(self, room_id: str) -> None:
        """The room is gone: nobody will ask again."""
        self._uses.pop(room_id, None)


def _used_since(connection: Connection, ended: Mapping[str, int]) -> bool:
    """Whether something is noted that is later than the user's leave; a user who has not left is never past it."""
    end = ended.get(connection.user_id)
    return end is not None and connection.last_used_ms is not None and connection.last_used_ms > end


def _ended_ms(txn: LoggingTransaction, room_id: str) -> dict[str, int]:
    """When each user who is out of the room left it or was put out for the last time: Unix milliseconds."""
    txn.execute(
        "SELECT current.user_id, events.received_ts FROM local_current_membership AS current"
        " INNER JOIN events USING (event_id) WHERE current.room_id = ? AND current.membership IN ('leave', 'ban')",
        (room_id,),
    )
    return dict(txn.fetchall())


def _showing(txn: LoggingTransaction, room_id: str, people: Collection[str]) -> list[Connection]:
    clause, users = make_in_list_sql_clause(txn.database_engine, "user_id", people)
    txn.execute(
        "SELECT connection_key, user_id, effective_device_id, last_used_ts FROM sliding_sync_connections"  # noqa: S608
        f" WHERE {clause} AND connection_key IN ("  # (placeholders only)
        "  SELECT connection_key FROM sliding_sync_connection_positions"
        "  INNER JOIN sliding_sync_connection_streams USING (connection_position)"
        "  WHERE room_id = ? AND stream = 'rooms')",
        [*users, room_id],
    )
    return [Connection(*row) for row in txn.fetchall()]


def _unnote(txn: LoggingTransaction, keys: Collection[int]) -> list[tuple[str, str, str, int]]:
    """Returns what Synapse remembers uses by: user, device, connection's name, position."""
    clause, values = make_in_list_sql_clause(txn.database_engine, "connection_key", keys)
    txn.execute(f"UPDATE sliding_sync_connections SET last_used_ts = NULL WHERE {clause}", values)  # noqa: S608 (placeholders)
    txn.execute(
        "SELECT user_id, effective_device_id, conn_id, connection_position FROM sliding_sync_connections"  # noqa: S608
        f" INNER JOIN sliding_sync_connection_positions USING (connection_key) WHERE {clause}",  # (placeholders only)
        values,
    )
    return list(txn.fetchall())
