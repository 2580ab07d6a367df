"""Is the record in the database whole? Read as it lies there, whatever somebody has done to the tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from appservice.audit_port import BATCH
from appservice.domain.audit.chain import START, Head, StoredEntry
from appservice.domain.audit.checkpoint import Checkpoint
from appservice.domain.audit.verification import Fault, Flaw, Verifier
from appservice.domain.errors import Unreadable
from appservice.store.audit import entries_where
from appservice.store.database import Database


@dataclass(frozen=True, slots=True)
class Verified:
    """`entries`: how many were found good, one after the other from the first on."""

    entries: int
    checkpoints: int
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class _Account:
    """What the tables say of themselves: how many rows there are, and the last entry, or None if they tell none."""

    rows: int
    head: Head | None


async def verify_chain(database: Database, checkpoints: Sequence[Checkpoint] = (), batch: int = BATCH) -> Verified:
    """Of a database that is opened to be read only. In the memory of `batch` entries, while others append.

    There is no row beside the entries, and the record's own account is of the last of them.
    """
    account = await _account(database)
    verifier = Verifier(checkpoints, account.head if account else None)
    while True:
        fault = await _feed(database, verifier, batch)
        # What was appended after the account was taken has been fed, or is by the next turn.
        if fault is not None or account is None or verifier.head.sequence <= account.rows:
            break
        account = await _account(database)
    fault = fault or verifier.finish() or _misaccounted(account, verifier.head)
    return Verified(verifier.head.sequence, len(checkpoints), fault)


async def _account(database: Database) -> _Account | None:
    """None if there is no such table."""
    try:
        row = await database.row("SELECT COUNT(*) AS entries FROM audit_entry")
        heads = [Head(head["sequence"], head["hash"]) for head in await database.rows("SELECT * FROM audit_head")]
    except (Unreadable, IndexError, KeyError):
        return None
    is_one = len(heads) == 1 and type(heads[0].sequence) is int and type(heads[0].hash) is str
    return _Account(int(row["entries"]) if row else 0, heads[0] if is_one else None)


async def _feed(database: Database, verifier: Verifier, batch: int) -> Fault | None:
    """From where the verifier is to the end, or the first fault."""
    while True:
        try:
            entries = await _after(database, verifier.head, batch)
        except Unreadable as error:
            if batch > 1:
                batch = 1  # to find out which one it is
                continue
            return Fault(verifier.head.sequence + 1, Flaw.UNREADABLE, f"cannot be read. {error}")
        fault = verifier.feed(entries)
        if fault is not None or not entries:
            return fault


async def _after(database: Database, head: Head, limit: int) -> Sequence[StoredEntry]:
    """From the beginning on, also what has no number or one that is less than the first."""
    if head is START:
        return await entries_where(database, "TRUE ORDER BY sequence LIMIT $1", limit)
    return await entries_where(database, "sequence > $1 ORDER BY sequence LIMIT $2", head.sequence, limit)


def _misaccounted(account: _Account | None, last: Head) -> Fault | None:
    after = last.sequence + 1
    if account is None or account.head is None:
        return Fault(after, Flaw.UNACCOUNTED, "may be missing: the record's own account, audit_head, is gone")
    if account.rows > last.sequence:
        explanation = f"is none of the chain: there are {account.rows} rows, of which {last.sequence} are its entries"
        return Fault(after, Flaw.SURPLUS, explanation)
    if account.head.sequence < last.sequence:
        return Fault(account.head.sequence + 1, Flaw.UNACCOUNTED, "is beyond the end, by the record's own account")
    return None
