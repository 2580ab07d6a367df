"""What the homeserver's module refused goes into the audit record, counted by rule and by kind of actor."""

from datetime import timedelta

from appservice.audit_port import AuditLog, PolicyRefusals, ViolationsRead
from appservice.domain.audit.events import PolicyViolation
from appservice.ports import Stores

_LOOK_EVERY = timedelta(seconds=10)


class RecordViolations:
    def __init__(self, refusals: PolicyRefusals, read: ViolationsRead, stores: Stores, audit: AuditLog) -> None:
        self._refusals = refusals
        self._read = read
        self._stores = stores
        self._audit = audit

    async def __call__(self) -> timedelta:
        """Each once, whatever crashes. Returns when to look again. Raises `HomeserverError`: to be called again."""
        for refused in await self._refusals.since(await self._read.last()):
            async with self._stores.transaction():
                await self._read.keep(refused.number)
                await self._audit.append(PolicyViolation(refused.rule, refused.actor, refused.count))
        return _LOOK_EVERY
