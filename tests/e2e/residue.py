"""Looking for words where they must not be: files, databases, and the memory of processes."""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path


def files_with(directory: Path, words: Iterable[str]) -> dict[str, list[str]]:
    """For each of `words` that is found, the files below `directory` that hold it: raw bytes, as UTF-8 or as JSON."""
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
    """Rows that name the room, by table, in every text column of Synapse's SQLite database."""
    with contextlib.closing(sqlite3.connect(database.removeprefix("sqlite:///"), timeout=30)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {}
        for table in tables:
            columns = [column[1] for column in connection.execute(f'PRAGMA table_info("{table}")')]
            conditions = " OR ".join(f"""instr(CAST("{column}" AS TEXT), ?)""" for column in columns)
            query = f'SELECT COUNT(*) FROM "{table}" WHERE {conditions}'  # noqa: S608 names from the schema
            (count,) = connection.execute(query, [room] * len(columns)).fetchone()
            if count:
                counts[table] = count
    return counts


def ciphertexts_of(database: str, room: str) -> int:
    """Events of the room that still hold a ciphertext."""
    with contextlib.closing(sqlite3.connect(database.removeprefix("sqlite:///"), timeout=30)) as connection:
        query = "SELECT COUNT(*) FROM event_json WHERE room_id = ? AND instr(json, 'ciphertext')"
        (count,) = connection.execute(query, [room]).fetchone()
    return int(count)


def _forms(word: str) -> tuple[bytes, ...]:
    utf8 = word.encode()
    escaped = word.encode("unicode_escape").replace(b"\\x", b"\\u00")
    return (utf8,) if escaped == utf8 else (utf8, escaped)


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
