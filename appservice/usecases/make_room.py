"""A guest and its room, before anything is known of who comes: the same for whoever waits and for nobody yet."""

from dataclasses import dataclass

from appservice.ahead_port import AheadRecords, RoomAhead
from appservice.domain.ids import Reference
from appservice.domain.reference import draw_reference
from appservice.ports import Clock, GuestAccount, Guests, Randomness, SignalementRooms, Stores


@dataclass(frozen=True, slots=True)
class Made:
    room: RoomAhead
    account: GuestAccount


class MakeRoom:
    def __init__(
        self,
        guests: Guests,
        rooms: SignalementRooms,
        stores: Stores,
        records: AheadRecords,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._guests = guests
        self._rooms = rooms
        self._stores = stores
        self._records = records
        self._clock = clock
        self._randomness = randomness

    async def __call__(self) -> Made:
        """Whoever calls stores what becomes of it, and forgets the opening that is noted here in the same transaction.

        Killed at any line, or raising `HomeserverError`, it leaves what is swept.
        """
        guest = self._guests.name(self._randomness.token())
        await self._stores.note_opening(guest, self._clock.now())
        account = await self._guests.register(guest)
        reference = await self._free_reference()
        room = await self._rooms.create(reference, guest)
        return Made(RoomAhead(guest, room, reference, self._clock.now()), account)

    async def _free_reference(self) -> Reference:
        taken = {room.reference for room in await self._records.rooms()}
        while True:
            reference = draw_reference(self._randomness)
            if reference not in taken and await self._stores.by_reference(reference) is None:
                return reference
