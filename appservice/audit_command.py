"""What `audit verify`, `audit export` and `audit checkpoint` do. None writes to the record, or needs its keys."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from appservice.audit_port import Selection
from appservice.domain.audit.chain import StoredEntry
from appservice.domain.audit.checkpoint import Checkpoint, Signer
from appservice.domain.audit.verification import Fault, Verifier
from appservice.store.audit import head, stored_entries
from appservice.store.database import opened


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries`: how many were found good, one after the other from the first on."""

    entries: int
    checkpoints: int
    fault: Fault | None

    def __str__(self) -> str:
        if self.fault is not None:
            return f"{self.fault} The {self.entries} entries before it are in order."
        return f"{self.entries} entries are in order, and agree with {self.checkpoints} checkpoints."


async def verify_record(database_url: str, checkpoints: Sequence[Checkpoint] = ()) -> Verdict:
    """Reads the whole record, in the memory of some thousand entries."""
    async with opened(database_url) as database:
        verifier = Verifier(checkpoints, await head(database))
        fault = None
        async for entries in stored_entries(database):
            fault = verifier.feed(entries)
            if fault is not None:
                break
    return Verdict(verifier.head.sequence, len(checkpoints), fault or verifier.finish())


async def export_record(
    database_url: str, form: str, out: TextIO, since: datetime | None = None, until: datetime | None = None
) -> int:
    """Writes the entries from `since` on and before `until`, a line each, and returns how many; `form` is of `FORMS`.

    Does not verify them, but raises `InvalidInput` at one that `csv` cannot show. As `jsonl` an entry is the text that
    is hashed, with the hash as its last key; as `csv` its columns, under a heading, with the time in ISO 8601.
    """
    write = FORMS[form](out)
    count = 0
    async with opened(database_url) as database:
        async for entries in stored_entries(database, Selection(since, until)):
            write(entries)
            count += len(entries)
    return count


async def sign_checkpoint(database_url: str, signer: Signer, now: datetime) -> str:
    """A line that covers every entry there is now."""
    async with opened(database_url) as database:
        return signer.sign(await head(database), now)


def _jsonl(out: TextIO) -> Callable[[Iterable[StoredEntry]], None]:
    return lambda entries: out.writelines(f"{entry.line}\n" for entry in entries)


def _csv(out: TextIO) -> Callable[[Iterable[StoredEntry]], None]:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(StoredEntry._fields)

    def row(entry: StoredEntry) -> tuple[object, ...]:
        return entry.sequence, entry.parsed().at.isoformat(timespec="milliseconds"), *entry[2:]

    return lambda entries: writer.writerows(map(row, entries))


FORMS = {"jsonl": _jsonl, "csv": _csv}
