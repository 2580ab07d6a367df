"""The record as it grows: each entry once, in order; and whether it is still the record that was read before.

What is found here, nobody has to ask for. What was changed long ago, the verification of the whole record finds.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from appservice.domain.audit.chain import START, AuditEntry, Head, StoredEntry
from appservice.domain.audit.verification import Fault, Flaw, fault_after
from appservice.domain.errors import InvalidInput, Unreadable
from policies.compliance_bot.record import Record

_REMEMBERED = 2_000
"""So many entries are looked at for the last one that is still as it was, where something is not."""


@dataclass(frozen=True, slots=True)
class News:
    """`entries`: those that can be understood. `read`: how many there were."""

    entries: Sequence[AuditEntry]
    faults: Sequence[Fault]
    read: int


class Following:
    def __init__(self, record: Record) -> None:
        self._record = record
        self._read: deque[Head] = deque([START], maxlen=_REMEMBERED)

    @property
    def last(self) -> Head:
        """The last entry that was read."""
        return self._read[-1]

    async def begin(self, since: datetime) -> None:
        """With the first entry of that time. What is before it is taken as it is."""
        before = await self._record.last_before(since)
        if before is not None:
            self._read.clear()
            self._read.append(before)

    async def was_changed(self, last: Head) -> Fault | None:
        """Whether an entry that was once the last one is not there any more as it was. Raises `Unreadable`."""
        head = await self._record.head()
        if head.sequence < last.sequence:
            return Fault(head.sequence + 1, Flaw.TRUNCATED, f"is missing, and {last.sequence} have been read")
        if last.sequence > 0 and await self._record.hashes(last.sequence, last.sequence) != {last.sequence: last.hash}:
            return Fault(last.sequence, Flaw.REWRITTEN, "is not the one that was read before")
        return None

    async def news(self, limit: int) -> News:
        """What was appended since. Raises `Unreadable` if there is no reading at all."""
        faults = []
        if (fault := await self.was_changed(self.last)) is not None:
            faults.append(fault)
            await self._go_back()
        entries, read = [], 0
        for each in await self._next(limit):
            if (fault := fault_after(self.last, each)) is not None:
                faults.append(fault)
            if type(each.sequence) is not int:
                break  # it sorts after all numbers, and stays where it is
            with suppress(InvalidInput):  # which is among the faults
                entries.append(each.parsed())
            self._read.append(Head(each.sequence, each.hash))
            read += 1
        return News(entries, faults, read)

    async def _next(self, limit: int) -> Sequence[StoredEntry]:
        try:
            return await self._record.stored_after(self.last.sequence, limit)
        except Unreadable:
            if limit > 1:
                return await self._next(1)
            # The row is there, and something in it is not text: nothing of it can be told.
            after = await self._record.head_after(self.last.sequence)
            return [StoredEntry(after.sequence, 0, "", "", None, "", "", after.hash)] if after is not None else []

    async def _go_back(self) -> None:
        """To the last entry that is still as it was; to the end of the record if none is that is remembered."""
        known = {START.sequence: START.hash} | await self._record.hashes(self._read[0].sequence, self.last.sequence)
        while self._read and known.get(self.last.sequence) != self.last.hash:
            self._read.pop()
        if not self._read:
            self._read.append(await self._record.head())
