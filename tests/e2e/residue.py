"""Looking for words where they must not be: files, databases, and the memory of processes."""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg2


def files_with(directory: Path, words: Iterable[str]) -> dict[str, list[str]]:
    """For each of `words` that is found, the files below `directory` that hold it, as UTF-8, UTF-16 or JSON."""
    found: dict[str, list[str]] = {}
    for path in directory.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for word in words:
                if any(form in content for form in _forms(word)):
                    found.setdefault(word, []).append(str(path.relative_to(directory)))
    return found


def memory_has(pid: int, words: Iterable[str]) -> set[str]:
    """Those of `words` that are somewhere in the writable memory of a process."""
    wanted = {word: _forms(word) for word in words}
    found = set()
    for region in _regions(pid):
        found |= {word for word, forms in wanted.items() if any(form in region for form in forms)}
    return found


def rows_about(database: str, room: str) -> dict[str, int]:
    """Rows that name the room, by table, in every column of Synapse's database; `database` is its address."""
    with _connected(database) as query:
        if database.startswith("sqlite"):
            tables = query("SELECT name FROM sqlite_master WHERE type = 'table'")
        else:
            tables = query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        counts = {}
        for (table,) in tables:
            if database.startswith("sqlite"):
                columns = [column[1] for column in query(f'PRAGMA table_info("{table}")')]
                conditions = " OR ".join(f"""instr(CAST("{column}" AS TEXT), ?)""" for column in columns)
                rows = query(f'SELECT COUNT(*) FROM "{table}" WHERE {conditions}', *[room] * len(columns))  # noqa: S608
            else:
                rows = query(f'SELECT COUNT(*) FROM "{table}" AS entry WHERE strpos(entry::text, %s) > 0', room)  # noqa: S608
            if rows[0][0]:
                counts[table] = rows[0][0]
    return counts


def graves_of(database: str, room: str) -> list[str]:
    """Why the room was erased, in the service's database: as often as it was."""
    with _connected(database) as query:
        named = hashlib.sha256(room.encode()).hexdigest()
        return [cause for (cause,) in query(f"SELECT cause FROM tombstone WHERE room_hash = '{named}'")]  # noqa: S608


def all_graves(database: str) -> dict[str, list[dict[str, int]]]:
    """By the hash of each erased room, in the service's database, what was left; once for each time it was erased."""
    graves: dict[str, list[dict[str, int]]] = {}
    with _connected(database) as query:
        for name, residue in query("SELECT room_hash, residue FROM tombstone"):
            graves.setdefault(name, []).append(json.loads(residue) if isinstance(residue, str) else residue)
    return graves


def ciphertexts_of(database: str, room: str) -> int:
    """Events of the room that still hold a ciphertext."""
    with _connected(database) as query:
        jsons = query(f"SELECT json FROM event_json WHERE room_id = '{room}'")  # noqa: S608 a room's id
        return sum("ciphertext" in json for (json,) in jsons)


def spaces_that_show(database: str, room: str) -> list[str]:
    """The Spaces that have the room as a child."""
    with _connected(database) as query:
        children = f"SELECT room_id FROM current_state_events WHERE type = 'm.space.child' AND state_key = '{room}'"  # noqa: S608
        return [space for (space,) in query(children)]


@contextlib.contextmanager
def _connected(database: str) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """What runs a query on SQLite or PostgreSQL, and returns its rows."""
    connection = (
        sqlite3.connect(database.removeprefix("sqlite:///"), timeout=30)
        if database.startswith("sqlite")
        else psycopg2.connect(database)
    )

    def query(statement: str, *arguments: str) -> list[tuple[Any, ...]]:
        cursor = connection.cursor()
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())

    with contextlib.closing(connection):
        yield query


def _forms(word: str) -> tuple[bytes, ...]:
    utf8 = word.encode()
    escaped = word.encode("unicode_escape").replace(b"\\x", b"\\u00")
    return tuple(dict.fromkeys((utf8, word.encode("utf-16-le"), word.encode("utf-16-be"), escaped)))


def _regions(pid: int) -> Iterator[bytes]:
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            addresses, permissions, *_ = line.split()
            if "rw" not in permissions:
                continue
            start, end = (int(address, 16) for address in addresses.split("-"))
            with contextlib.suppress(OSError, OverflowError):  # a region that cannot be read, like [vvar]
                memory.seek(start)
                yield memory.read(end - start)
