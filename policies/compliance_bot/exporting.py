"""Entries as files: CSV, or JSON lines of which each is what its hash covers, with the hash as its last key."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from appservice.domain.audit.chain import AuditEntry, StoredEntry

EXPORTED_AT_MOST = 100_000

PART = 8_000_000
"""Bytes of one file: homeservers take no more than some tens of megabytes at once."""

_MIMETYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}


def lines_of(entries: Iterable[AuditEntry], form: str) -> Iterator[str]:
    """`form` is one of `questions.FORMATS`."""
    for entry in entries:
        stored = entry.stored()
        yield _as_csv(stored) if form == "csv" else f"{stored.line}\n"


def files_of(lines: Sequence[str], form: str, name: str, part: int = PART) -> Iterator[tuple[str, str, bytes]]:
    """Name, media type and content of as many files as it takes, none longer than `part`; at least one, and in CSV
    each with a heading.
    """
    heading = _as_csv(StoredEntry._fields).encode() if form == "csv" else b""
    for number, content in enumerate(_parts(heading, lines, part), start=1):
        yield f"{name}{f'-{number}' if number > 1 else ''}.{form}", _MIMETYPES[form], content


def _parts(heading: bytes, lines: Sequence[str], longest: int) -> Iterator[bytes]:
    part = bytearray(heading)
    for line in lines:
        encoded = line.encode()
        if len(part) + len(encoded) > longest:
            yield bytes(part)
            part = bytearray(heading)
        part += encoded
    yield bytes(part)


def _as_csv(row: Sequence[object]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(row)
    return line.getvalue()
