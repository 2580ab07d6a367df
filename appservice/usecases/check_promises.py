"""What must never be so is looked for, again and again; where it is, that is an alarm, and its end is recorded too."""

from collections.abc import Collection
from datetime import timedelta

from appservice.audit_port import AuditLog, Promises
from appservice.domain.audit.events import Alarm, AlarmCleared
from appservice.domain.audit.values import Code
from appservice.domain.errors import HomeserverRefused
from appservice.domain.ids import DeskId
from appservice.erasure_port import AlarmCode, Alarms
from appservice.usecases.lasting import lasting

LOOKED_FOR = (
    AlarmCode.CLEAR_EVENTS,
    AlarmCode.ROBOTS_INSIDE,
    AlarmCode.ADMINISTRATORS,
    AlarmCode.MODULE_ABSENT,
)
_LOOK_EVERY = timedelta(minutes=5)


class CheckPromises:
    def __init__(self, promises: Promises, alarms: Alarms, audit: AuditLog, told_to: DeskId) -> None:
        self._promises = promises
        self._alarms = alarms
        self._audit = audit
        self._told_to = told_to
        self._sounded: set[AlarmCode] | None = None

    async def __call__(self) -> timedelta:
        """Returns when to look again. An alarm is sounded once as long as it lasts, also after a restart.

        Raises `HomeserverError` if the homeserver cannot be asked, or the alarm not told: to be called again.
        """
        broken = await self._broken()
        if self._sounded is None:
            self._sounded = await self._sounded_before()
        for code in LOOKED_FOR:
            if code in broken and code not in self._sounded:
                await self._alarms.sound(code, self._told_to)
                self._sounded.add(code)
            elif code not in broken and code in self._sounded:
                await self._audit.append(AlarmCleared(Code(code.value)))
                self._sounded.remove(code)
        return _LOOK_EVERY

    async def _broken(self) -> Collection[AlarmCode]:
        try:
            return {AlarmCode(name) for name in await self._promises.broken()}
        except HomeserverRefused:
            return {AlarmCode.MODULE_ABSENT}

    async def _sounded_before(self) -> set[AlarmCode]:
        sounded = await lasting(self._audit, Alarm, AlarmCleared, lambda alarm: alarm.code)
        return {code for code in LOOKED_FOR if code.value in sounded}
