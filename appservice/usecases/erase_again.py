"""What had been erased and is there again, because a backup was restored; and what one side alone knows of.

The homeserver's database can be restored, or ours, or both. The list of erased rooms is in neither.
"""

import logging

from appservice.audit_port import AuditLog
from appservice.domain.audit.events import RestoredBackupFound
from appservice.domain.erasure import room_hash
from appservice.domain.ids import DeskId, SignalementId
from appservice.domain.reference import draw_reference
from appservice.domain.signalement import Cause, Role, Signalement, State
from appservice.erasure_port import ErasedRooms, ErasureRecords, FoundRoom, Inventory
from appservice.ports import Clock, Desks, Guests, Randomness, Stores
from appservice.usecases.discard_ahead import DiscardAhead
from appservice.usecases.raise_emergency import RaiseEmergency

_LOG = logging.getLogger(__name__)


class EraseAgain:
    def __init__(
        self,
        stores: Stores,
        records: ErasureRecords,
        inventory: Inventory,
        erased: ErasedRooms,
        guests: Guests,
        desks: Desks,
        emergency: RaiseEmergency,
        discard_ahead: DiscardAhead,
        clock: Clock,
        randomness: Randomness,
        audit: AuditLog,
        last_resort: DeskId,
    ) -> None:
        self._stores = stores
        self._records = records
        self._inventory = inventory
        self._erased = erased
        self._guests = guests
        self._desks = desks
        self._emergency = emergency
        self._discard_ahead = discard_ahead
        self._clock = clock
        self._randomness = randomness
        self._audit = audit
        self._last_resort = last_resort

    async def __call__(self) -> int:
        """At the start, before anybody can open a conversation. Returns how many had been erased before.

        Raises `HomeserverError`: to be called again.
        """
        erased = await self._erased.hashes()
        rooms = {room.room_id: room for room in await self._inventory.signalement_rooms()}
        ahead = {room.room_id: room for room in await self._discard_ahead.rooms()}
        strays = [
            signalement
            for signalement in await self._records.alive()
            if signalement.room_id not in rooms or room_hash(signalement.room_id) in erased
        ]
        # One made ahead that no desk was told of is discarded when there is time: see `MakeAhead`.
        nobodys = [
            room
            for room in rooms.values()
            if await self._stores.by_room(room.room_id) is None and (room.room_id not in ahead or room.spaces)
        ]
        found = [stray.room_id for stray in strays] + [room.room_id for room in nobodys]
        back = sum(room_hash(room) in erased for room in found)
        if found:
            _LOG.warning("Erased at the start: %s conversations, of which %s had been erased before", len(found), back)
        if back:
            # Before anything is ordered: who is interrupted in between finds it once more, and notes it once more.
            await self._audit.append(RestoredBackupFound(back))
        for stray in strays:
            await self._emergency.order(stray, Cause.RESTORED)
        for room in nobodys:
            if (made := ahead.get(room.room_id)) is None:
                await self._adopt(room)
            else:
                # A desk was told of it: somebody was given it after the backup was made that takes it for nobody's.
                await self._discard_ahead(made, Cause.RESTORED, self._desk_of(room))
        return back

    async def _adopt(self, room: FoundRoom) -> None:
        """A row for a room without one, so that it can be erased like any other."""
        guest = room.guests[0] if room.guests else self._guests.name(self._randomness.token())
        adopted = Signalement(
            signalement_id=SignalementId(self._randomness.token()),
            reference=draw_reference(self._randomness),
            room_id=room.room_id,
            guest_mxid=guest,
            desk_id=self._desk_of(room),
            department=None,
            role=Role.VICTIM,
            in_danger=False,
            opened_at=self._clock.now(),
            state=State.WAITING,
        )
        async with self._stores.transaction():
            await self._stores.add(adopted)
            await self._emergency.order(adopted, Cause.RESTORED)

    def _desk_of(self, room: FoundRoom) -> DeskId:
        desks = {self._desks.rooms(desk.desk_id).space_id: desk.desk_id for desk in self._desks.all()}
        return next((desks[space] for space in room.spaces if space in desks), self._last_resort)
