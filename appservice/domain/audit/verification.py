"""Is the chain whole? Entry by entry, with the memory of one, however long the record is."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from appservice.domain.audit.chain import START, Head, StoredEntry
from appservice.domain.audit.checkpoint import Checkpoint
from appservice.domain.errors import InvalidInput


class Flaw(StrEnum):
    OUT_OF_SEQUENCE = "out_of_sequence"
    UNLINKED = "unlinked"
    ALTERED = "altered"
    MALFORMED = "malformed"
    REWRITTEN = "rewritten"
    TRUNCATED = "truncated"
    UNREADABLE = "unreadable"
    SURPLUS = "surplus"
    UNACCOUNTED = "unaccounted"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that is not what it must be. `sequence` is the place in which it stands, or should."""

    sequence: int
    flaw: Flaw
    explanation: str

    def __str__(self) -> str:
        return f"Entry {self.sequence}: {self.explanation} ({self.flaw})."


class Verifier:
    """Is fed the entries in order, as they are stored, from the first one on.

    `recorded` is the last entry by the record's own account, or was a moment before reading began. It shows a careless
    cut; somebody who can write to the database can make it say anything. A checkpoint kept elsewhere, nobody can.
    """

    def __init__(self, checkpoints: Iterable[Checkpoint] = (), recorded: Head | None = None) -> None:
        self._witnesses: dict[int, list[tuple[str, str]]] = {}
        for checkpoint in checkpoints:
            self._expect(checkpoint.head, f"the checkpoint of {checkpoint.at:%Y-%m-%dT%H:%M:%SZ}")
        if recorded is not None:
            self._expect(recorded, "the record's own account")
        self.head = START
        """The last entry found to be good."""
        self._fault = self._contradiction(START)

    def feed(self, entries: Iterable[StoredEntry]) -> Fault | None:
        """The first fault, in these or in what was fed before."""
        if self._fault is not None:
            return self._fault
        head = self.head
        for entry in entries:
            self._fault = fault_after(head, entry)
            if self._fault is None and entry.sequence in self._witnesses:
                self._fault = self._contradiction(Head(entry.sequence, entry.hash))
            if self._fault is not None:
                break
            head = Head(entry.sequence, entry.hash)
        self.head = head
        return self._fault

    def finish(self) -> Fault | None:
        """The first fault of all, now that there are no more entries."""
        last = max(self._witnesses, default=0)
        if self._fault is None and last > self.head.sequence:
            _, witness = self._witnesses[last][0]
            explanation = f"is missing, and {witness} tells of {last} entries"
            self._fault = Fault(self.head.sequence + 1, Flaw.TRUNCATED, explanation)
        return self._fault

    def _expect(self, head: Head, witness: str) -> None:
        self._witnesses.setdefault(head.sequence, []).append((head.hash, witness))

    def _contradiction(self, head: Head) -> Fault | None:
        for expected, witness in self._witnesses.get(head.sequence, ()):
            if expected != head.hash:
                explanation = f"is not the one that {witness} tells of: the chain was written anew"
                return Fault(head.sequence, Flaw.REWRITTEN, explanation)
        return None


def verify(
    entries: Iterable[StoredEntry], checkpoints: Iterable[Checkpoint] = (), recorded: Head | None = None
) -> Fault | None:
    """The first fault of a whole chain, or None."""
    verifier = Verifier(checkpoints, recorded)
    return verifier.feed(entries) or verifier.finish()


def fault_after(before: Head, entry: StoredEntry) -> Fault | None:
    """What is wrong with an entry, where it comes after `before`."""
    return _link_fault(before, entry) or _form_fault(entry)


def _link_fault(before: Head, entry: StoredEntry) -> Fault | None:
    expected = before.sequence + 1
    if entry.sequence != expected:
        return Fault(expected, Flaw.OUT_OF_SEQUENCE, "is missing, or stands elsewhere")
    if entry.previous != before.hash:
        return Fault(expected, Flaw.UNLINKED, "does not carry the hash of the entry before")
    if entry.hashed() != entry.hash:
        return Fault(expected, Flaw.ALTERED, "has another hash than the one it is stored with")
    return None


def _form_fault(entry: StoredEntry) -> Fault | None:
    """With a right hash: was it written by this program, or by somebody who knows how to compute one?"""
    try:
        entry.parsed()
    except InvalidInput as error:
        return Fault(entry.sequence, Flaw.MALFORMED, f"is none that this service writes: {error}")
    return None
