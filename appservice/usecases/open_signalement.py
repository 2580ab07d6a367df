"""A person presses *start*: a guest, a room, and not yet a word to the agents."""

from dataclasses import dataclass

from appservice.domain.ids import SignalementId
from appservice.domain.reference import draw_reference
from appservice.domain.routing import PostalCode, Routing
from appservice.domain.signalement import Role, Signalement
from appservice.ports import Clock, Desks, GuestAccount, Guests, Randomness, SignalementRooms, Stores


@dataclass(frozen=True, slots=True)
class Opening:
    """What the person said. The postal code is used here, once, and not kept: only its department is."""

    role: Role
    postal_code: PostalCode
    in_danger: bool


@dataclass(frozen=True, slots=True)
class Opened:
    signalement: Signalement
    account: GuestAccount


class OpenSignalement:
    def __init__(
        self,
        guests: Guests,
        rooms: SignalementRooms,
        stores: Stores,
        desks: Desks,
        routing: Routing,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._guests = guests
        self._rooms = rooms
        self._stores = stores
        self._desks = desks
        self._routing = routing
        self._clock = clock
        self._randomness = randomness

    async def __call__(self, opening: Opening) -> Opened:
        """Registers the guest and makes its room. Raises `HomeserverError`; then nothing stays that is not swept."""
        desk_id = self._routing.desk_for(opening.postal_code)
        guest = self._guests.name(self._randomness.token())
        await self._stores.note_opening(guest, self._clock.now())
        account = await self._guests.register(guest, opening.role)
        reference = draw_reference(self._randomness)
        room = await self._rooms.create(reference, guest, self._desks.rooms(desk_id).space_id)
        signalement = Signalement(
            signalement_id=SignalementId(self._randomness.token()),
            reference=reference,
            room_id=room,
            guest_mxid=guest,
            desk_id=desk_id,
            department=opening.postal_code.department,
            role=opening.role,
            in_danger=opening.in_danger,
            opened_at=self._clock.now(),
        )
        async with self._stores.transaction():
            await self._stores.add(signalement)
            await self._stores.forget_opening(guest)
        return Opened(signalement, account)
