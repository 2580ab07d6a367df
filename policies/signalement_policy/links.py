"""Takes rooms out of Spaces, and destroys the state there that names one which is gone: that it was shown there, and
that it no longer is.

Matrix has no way to forget a state key, and an event's id is a hash of it, so that it cannot be overwritten: the events
themselves are taken out of the database. Nothing else rests on them, for nobody's rights depend on what a Space shows.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass

from synapse.module_api import JsonDict, LoggingTransaction
from synapse.storage.database import make_in_list_sql_clause

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.together import Together

_CHILD = "m.space.child"
_EVERYWHERE = "every Space"
_NOTHING: JsonDict = {"type": "org.matrix.dummy_event", "content": {}}
"""What Synapse itself puts at the end of a room's history when it needs one more event; no client is ever sent it."""

# By event; `events` last, which others refer to.
_BY_EVENT = (
    ("current_state_events", "event_id"),
    ("event_auth", "event_id"),
    ("event_auth_chain_to_calculate", "event_id"),
    ("event_auth_chains", "event_id"),
    ("event_edges", "event_id"),
    ("event_edges", "prev_event_id"),
    ("event_json", "event_id"),
    ("event_push_actions", "event_id"),
    ("event_push_actions_staging", "event_id"),
    ("event_relations", "event_id"),
    ("event_to_state_groups", "event_id"),
    ("state_events", "event_id"),
    ("stream_ordering_to_exterm", "event_id"),
    ("events", "event_id"),
)


@dataclass(frozen=True, slots=True)
class _Named:
    """The events of one Space that name rooms which are gone."""

    space_id: str
    events: tuple[str, ...]
    rooms: tuple[str, ...]


class Links:
    """Those of several rooms together where they are asked for together: nobody can write to the Space meanwhile."""

    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver
        self._remove_together = Together("veilleuse_unlinks", homeserver.clock, self._remove)
        self._forget_together = Together("veilleuse_links", homeserver.clock, self._forget)

    async def remove(self, space_id: str, room_id: str) -> None:
        """The Space no longer shows the room."""
        await self._remove_together(space_id, room_id)

    async def forget(self, room_id: str) -> None:
        """Destroys every event that shows the room, or no longer does. The room must be gone, or unlinked.

        A client that has not yet heard that the room is no longer shown keeps its id until the Space changes for it.
        """
        await self._forget_together(_EVERYWHERE, room_id)

    async def _remove(self, space_id: str, rooms: Collection[str]) -> None:
        shown = await self._homeserver.transaction("veilleuse_shown", _shown, space_id, rooms)
        nothing = [{"type": _CHILD, "state_key": room, "content": {}} for room in shown]
        await self._homeserver.send_as_warden(space_id, nothing)

    async def _forget(self, _: str, rooms: Collection[str]) -> None:
        for named in await self._homeserver.transaction("veilleuse_links", _naming, self._homeserver.warden, rooms):
            while not await self._forget_in(named):
                # The next event of the Space has to follow on one that stays: on this one, which follows on those.
                await self._homeserver.api.create_and_send_event_into_room(
                    {**_NOTHING, "room_id": named.space_id, "sender": self._homeserver.warden}
                )

    async def _forget_in(self, named: _Named) -> bool:
        """False if the Space's history ends with one of the events: nothing is done then."""
        # An event that is being made while they go would still count them among the Space's state.
        async with self._homeserver.nobody_writes_to(named.space_id):
            if await self._homeserver.transaction("veilleuse_ends", _ends_with, named):
                return False
            await self._homeserver.transaction(
                "veilleuse_forget_links", _destroy, homeserver=self._homeserver, named=named
            )
        return True


def _shown(txn: LoggingTransaction, space_id: str, rooms: Collection[str]) -> list[str]:
    """Those of the rooms which the Space shows: whose event there, the last one, has a `via`."""
    clause, keys = make_in_list_sql_clause(txn.database_engine, "state_key", rooms)
    txn.execute(
        "SELECT state_key, json FROM current_state_events INNER JOIN event_json USING (event_id)"  # noqa: S608 (placeholders)
        f" WHERE current_state_events.room_id = ? AND type = ? AND {clause}",
        [space_id, _CHILD, *keys],
    )
    return [room_id for room_id, event in txn.fetchall() if json.loads(event)["content"].get("via")]


def _naming(txn: LoggingTransaction, warden: str, rooms: Collection[str]) -> list[_Named]:
    """In the Spaces of the warden: of other people's rooms nothing is taken."""
    clause, keys = make_in_list_sql_clause(txn.database_engine, "state_events.state_key", rooms)
    txn.execute(
        "SELECT rooms.room_id, event_id, state_events.state_key FROM state_events"  # noqa: S608 (placeholders only)
        " INNER JOIN rooms ON rooms.room_id = state_events.room_id"
        f" WHERE rooms.creator = ? AND state_events.type = ? AND {clause}",
        [warden, _CHILD, *keys],
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for space_id, event_id, room_id in txn.fetchall():
        found.setdefault(space_id, []).append((event_id, room_id))
    return [
        _Named(space_id, tuple(event for event, _ in events), tuple({room for _, room in events}))
        for space_id, events in found.items()
    ]


def _ends_with(txn: LoggingTransaction, named: _Named) -> bool:
    """Whether the Space's history ends with one of the events."""
    txn.execute("SELECT event_id FROM event_forward_extremities WHERE room_id = ?", (named.space_id,))
    ends = {event_id for (event_id,) in txn.fetchall()}
    txn.execute(
        "SELECT event_id FROM events WHERE room_id = ? ORDER BY stream_ordering DESC LIMIT 1", (named.space_id,)
    )
    ends.update(event_id for (event_id,) in txn.fetchall())
    return not ends.isdisjoint(named.events)


def _destroy(txn: LoggingTransaction, *, homeserver: Homeserver, named: _Named) -> None:
    first = _first_group(txn, named.events)
    clause, rooms = make_in_list_sql_clause(txn.database_engine, "state_key", named.rooms)
    txn.execute(
        f"DELETE FROM state_groups_state WHERE type = ? AND {clause}"  # noqa: S608 (placeholders only)
        " AND state_group IN (SELECT id FROM state_groups WHERE room_id = ? AND id >= ?)",
        [_CHILD, *rooms, named.space_id, first],
    )
    txn.execute(
        f"DELETE FROM current_state_delta_stream WHERE room_id = ? AND type = ? AND {clause}",  # noqa: S608 (placeholders)
        [named.space_id, _CHILD, *rooms],
    )
    _delete_chain_links(txn, named.events)
    for table, column in _BY_EVENT:
        _delete(txn, table, column, named.events)
    homeserver.forget_cached_room(txn, named.space_id)
    txn.execute("SELECT id FROM state_groups WHERE room_id = ? AND id >= ?", (named.space_id, first))
    homeserver.forget_cached_state(txn, {group for (group,) in txn.fetchall()})


def _first_group(txn: LoggingTransaction, events: Collection[str]) -> int:
    """The first of the Space's state groups that may name the room: those before were made before the events."""
    clause, placed = make_in_list_sql_clause(txn.database_engine, "event_id", events)
    txn.execute(f"SELECT MIN(state_group) FROM event_to_state_groups WHERE {clause}", placed)  # noqa: S608 (placeholders)
    (first,) = txn.fetchone() or (None,)
    return int(first or 0)


def _delete_chain_links(txn: LoggingTransaction, events: Collection[str]) -> None:
    clause, values = make_in_list_sql_clause(txn.database_engine, "event_id", events)
    txn.execute(f"SELECT chain_id, sequence_number FROM event_auth_chains WHERE {clause}", values)  # noqa: S608 (placeholders)
    txn.execute_batch(
        "DELETE FROM event_auth_chain_links WHERE origin_chain_id = ? AND origin_sequence_number = ?", txn.fetchall()
    )


def _delete(txn: LoggingTransaction, table: str, column: str, events: Collection[str]) -> None:
    clause, placed = make_in_list_sql_clause(txn.database_engine, column, events)
    txn.execute(f"DELETE FROM {table} WHERE {clause}", placed)  # noqa: S608 (our own list)
