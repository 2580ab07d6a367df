"""What was erased is looked for again, later, so that the proof of its erasure does not rest on one day's count."""

import logging

from appservice.audit_port import AuditLog
from appservice.domain.audit.events import Recheck
from appservice.domain.ids import DeskId
from appservice.erasure_port import AlarmCode, Alarms, ErasureRecords, Inventory

_LOG = logging.getLogger(__name__)


class LookAgain:
    def __init__(
        self,
        records: ErasureRecords,
        inventory: Inventory,
        alarms: Alarms,
        audit: AuditLog,
        sample: int,
        told_to: DeskId,
    ) -> None:
        self._records = records
        self._inventory = inventory
        self._alarms = alarms
        self._audit = audit
        self._sample = sample
        self._told_to = told_to

    async def __call__(self) -> tuple[int, int]:
        """Returns how many erased signalements were looked for, and of how many something is left.

        Anything found is an alarm. Raises `HomeserverError`.
        """
        tombstones = await self._records.some_tombstones(self._sample)
        hashes = [name for tombstone in tombstones for name in (tombstone.room_hash, tombstone.guest_hash) if name]
        left = await self._inventory.left_of(hashes) if hashes else {}
        found = [one for one in tombstones if one.room_hash in left or one.guest_hash in left]
        await self._audit.append(Recheck(len(tombstones), len(found)))
        if found:
            tables = sorted({table for counts in left.values() for table in counts})
            _LOG.error("Something is left of %s of %s erased signalements, in %s", len(found), len(hashes), tables)
            await self._alarms.sound(AlarmCode.RESIDUE_FOUND, self._told_to)
        return len(tombstones), len(found)
