"""An agent's client that keeps what it has on disk, as Element does: it is closed, and comes back where it was.

Events of a room are kept as they come. A redaction takes away what an event said; a gap in the timeline makes the
client drop what was before it; a room that it was put out of is dropped whole: so does matrix-js-sdk's
`SyncAccumulator`, whose store Element reads when it starts.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.ciphertext import opened
from tests.synapse.clients import CLIENT, Person

_TABLES = """
CREATE TABLE IF NOT EXISTS position (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), since TEXT);
CREATE TABLE IF NOT EXISTS event (room_id TEXT, event_id TEXT PRIMARY KEY, content TEXT);
CREATE TABLE IF NOT EXISTS room (room_id TEXT PRIMARY KEY);
"""


class StoredClient:
    """Nothing is held in memory: a new object on the same file is the same client, started again."""

    def __init__(self, person: Person, file: Path) -> None:
        self._person = person
        self._file = file
        with closing(sqlite3.connect(file)) as store:
            store.executescript(_TABLES)

    async def syncs(self, times: int = 2) -> None:
        """Each sync acknowledges the one before."""
        for _ in range(times):
            with closing(sqlite3.connect(self._file)) as store, store:
                row = store.execute("SELECT since FROM position").fetchone()
                query = {"timeout": "0"} | ({"since": row[0]} if row else {})
                synced = await self._person.ask.ok("GET", f"{CLIENT}/sync", None, **query)
                self._keep(store, synced)

    def texts(self, room: str) -> list[str]:
        """What can be read on its screen."""
        with closing(sqlite3.connect(self._file)) as store:
            rows = store.execute("SELECT content FROM event WHERE room_id = ?", [room]).fetchall()
        contents = [json.loads(content) for (content,) in rows]
        return [opened(content["ciphertext"]) for content in contents if "ciphertext" in content]

    def rooms(self) -> set[str]:
        with closing(sqlite3.connect(self._file)) as store:
            return {room for (room,) in store.execute("SELECT room_id FROM room")}

    def _keep(self, store: sqlite3.Connection, synced: dict[str, Any]) -> None:
        rooms = synced.get("rooms", {})
        for room_id, room in rooms.get("join", {}).items():
            store.execute("INSERT OR IGNORE INTO room VALUES (?)", [room_id])
            if room["timeline"].get("limited"):
                store.execute("DELETE FROM event WHERE room_id = ?", [room_id])
            for event in room["timeline"]["events"]:
                self._keep_event(store, room_id, event)
        for room_id in rooms.get("leave", {}):
            store.execute("DELETE FROM event WHERE room_id = ?", [room_id])
            store.execute("DELETE FROM room WHERE room_id = ?", [room_id])
        store.execute("INSERT OR REPLACE INTO position VALUES (1, ?)", [synced["next_batch"]])

    def _keep_event(self, store: sqlite3.Connection, room_id: str, event: dict[str, Any]) -> None:
        if event["type"] == "m.room.redaction":
            store.execute("UPDATE event SET content = '{}' WHERE event_id = ?", [event["content"]["redacts"]])
        elif event["type"] == "m.room.encrypted":
            values = [room_id, event["event_id"], json.dumps(event["content"])]
            store.execute("INSERT OR IGNORE INTO event VALUES (?, ?, ?)", values)
