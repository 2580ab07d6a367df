"""Pages that vanish without a word: lost contact. Where danger was told, the shift leader hears of it first."""

import logging
from collections.abc import Mapping
from datetime import datetime

from appservice.domain.ids import SignalementId
from appservice.domain.retention import Retention, Silence, portal_seems_away
from appservice.domain.signalement import Cause, Signalement
from appservice.erasure_port import AlarmCode, Alarms, ErasureRecords, Inventory
from appservice.ports import Clock
from appservice.usecases.raise_emergency import RaiseEmergency

_LOG = logging.getLogger(__name__)


class NoticeSilence:
    """To be called about once a minute.

    While the homeserver could not be asked, nobody could give a sign: time counts from the first look that succeeded.
    """

    def __init__(
        self,
        records: ErasureRecords,
        inventory: Inventory,
        emergency: RaiseEmergency,
        alarms: Alarms,
        clock: Clock,
        retention: Retention,
    ) -> None:
        self._records = records
        self._inventory = inventory
        self._emergency = emergency
        self._alarms = alarms
        self._clock = clock
        self._retention = retention
        self._watching_since: datetime | None = None
        self._portal_away = False

    async def __call__(self) -> int:
        """Returns how many erasures were ordered. Raises `HomeserverError`."""
        watched = await self._records.with_guest()
        try:
            seen = await self._inventory.last_seen([signalement.guest_mxid for signalement in watched])
        except BaseException:
            self._watching_since = None
            raise
        now = self._clock.now()
        self._watching_since = self._watching_since or now
        silences = {silence.signalement_id: silence for silence in await self._records.silences()}
        for one in watched:
            silence, seen_at = silences.get(one.signalement_id), seen.get(one.guest_mxid)
            if silence is not None and seen_at is not None and seen_at > silence.noticed_at:
                await self._records.forget_silence(one.signalement_id)
                del silences[one.signalement_id]
        silent = [one for one in watched if self._is_silent(one, seen.get(one.guest_mxid), now)]
        if portal_seems_away(silent, watched):
            await self._tell_of_portal(silent[0])
            return 0
        self._portal_away = False
        return sum([await self._act(one, silences, now) for one in silent])

    def _is_silent(self, signalement: Signalement, seen_at: datetime | None, now: datetime) -> bool:
        assert self._watching_since is not None  # noqa: S101 set by the caller
        last = max(seen_at or signalement.opened_at, self._watching_since)
        return now - last >= self._retention.lost_contact_after

    async def _act(self, signalement: Signalement, silences: Mapping[SignalementId, Silence], now: datetime) -> int:
        """1 if the erasure is ordered, 0 if its time has not come."""
        if signalement.in_danger:
            silence = silences.get(signalement.signalement_id) or Silence(signalement.signalement_id, noticed_at=now)
            if silence.alarmed_at is None:
                await self._alarms.sound(AlarmCode.DANGER_AND_SILENCE, signalement.desk_id, signalement)
                await self._records.keep_silence(Silence(silence.signalement_id, silence.noticed_at, alarmed_at=now))
                return 0
            if now - silence.alarmed_at < self._retention.danger_kept_for:
                return 0
        return int(await self._emergency.order(signalement, Cause.LOST_CONTACT))

    async def _tell_of_portal(self, one: Signalement) -> None:
        if not self._portal_away:
            _LOG.error("No guest gives a sign: is the portal away? Nothing is erased for it")
            await self._alarms.sound(AlarmCode.PORTAL_SILENT, one.desk_id)
        self._portal_away = True
