"""An alarm that has been told is in the audit record; and so the auditors' bot tells the auditors too."""

from appservice.audit_port import AuditLog
from appservice.domain.audit.events import Alarm
from appservice.domain.audit.values import Code
from appservice.domain.ids import DeskId
from appservice.domain.signalement import Signalement
from appservice.erasure_port import AlarmCode, Alarms


class RecordedAlarms:
    """Implements the port `Alarms`, around another that tells."""

    def __init__(self, alarms: Alarms, audit: AuditLog) -> None:
        self._alarms = alarms
        self._audit = audit

    async def sound(self, code: AlarmCode, desk: DeskId, signalement: Signalement | None = None) -> None:
        """Recorded once it is told: an alarm that could not be told is sounded again."""
        await self._alarms.sound(code, desk, signalement)
        await self._audit.append(Alarm(Code(code.value)), of=signalement)
