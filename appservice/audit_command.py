"""What `audit verify`, `audit export` and `audit checkpoint` do. None needs the keys of the record.

Verifying only reads. What an operator takes out of the record, or signs for, is an entry of its own: see `note`.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TextIO

from appservice.audit_port import Selection
from appservice.domain.audit.chain import StoredEntry
from appservice.domain.audit.checkpoint import Checkpoint, Signer
from appservice.domain.audit.events import Event
from appservice.domain.audit.values import OPERATOR
from appservice.ports import Clock
from appservice.store.audit import append_entry, head, stored_entries
from appservice.store.audit_verification import Verified, verify_chain
from appservice.store.database import opened


async def verify_record(database_url: str, checkpoints: Sequence[Checkpoint] = ()) -> Verified:
    """Reads the whole record, in the memory of some thousand entries, and changes nothing: neither file nor schema."""
    async with opened(database_url, read_only=True) as database:
        return await verify_chain(database, checkpoints)


def verdict(verified: Verified) -> str:
    if verified.fault is not None:
        return f"{verified.fault} The {verified.entries} entries before it are in order."
    if not verified.checkpoints:
        return (
            f"{verified.entries} entries are in order. Whether the record was cut short or written anew, only a"
            " checkpoint tells that was kept elsewhere: none was given (--checkpoint FILE)."
        )
    return f"{verified.entries} entries are in order, and agree with {verified.checkpoints} checkpoints."


async def export_record(
    database_url: str, form: str, out: TextIO, since: datetime | None = None, until: datetime | None = None
) -> int:
    """Writes the entries from `since` on and before `until`, a line each, and returns how many; `form` is of `FORMS`.

    Does not verify them, but raises `InvalidInput` at one that `csv` cannot show. As `jsonl` an entry is the text that
    is hashed, with the hash as its last key; as `csv` its columns, under a heading, with the time in ISO 8601.
    """
    write = FORMS[form](out)
    count = 0
    async with opened(database_url, read_only=True) as database:
        async for entries in stored_entries(database, Selection(since, until)):
            write(entries)
            count += len(entries)
    return count


async def sign_checkpoint(database_url: str, signer: Signer, now: datetime) -> str:
    """A line that covers every entry there is now."""
    async with opened(database_url, read_only=True) as database:
        return signer.sign(await head(database), now)


async def note(database_url: str, event: Event, clock: Clock) -> None:
    """Writes down what an operator does at the command line. Raises `ConfigurationError` if there is no record."""
    async with opened(database_url, read_only=True):
        pass  # it is there: opened to be written to, it would be made
    async with opened(database_url) as database:
        await append_entry(database, clock.now, event, OPERATOR)


def _jsonl(out: TextIO) -> Callable[[Iterable[StoredEntry]], None]:
    return lambda entries: out.writelines(f"{entry.line}\n" for entry in entries)


def _csv(out: TextIO) -> Callable[[Iterable[StoredEntry]], None]:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(StoredEntry._fields)

    def row(entry: StoredEntry) -> tuple[object, ...]:
        return entry.sequence, entry.parsed().at.isoformat(timespec="milliseconds"), *entry[2:]

    return lambda entries: writer.writerows(map(row, entries))


FORMS = {"jsonl": _jsonl, "csv": _csv}
