"""Every change of a signalement goes into the audit record, in the transaction of the change."""

from appservice.audit_port import AuditLog
from appservice.domain.audit.acts import Act, entries_of
from appservice.domain.signalement import Signalement


class RecordChanges:
    """A hook of `ChangeSignalement`; the last one, for appending locks the record until the transaction ends."""

    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit

    async def __call__(self, before: Signalement, after: Signalement, act: Act) -> None:
        for event, actor in entries_of(before, after, act, self._audit.person):
            await self._audit.append(event, by=actor, of=after)
