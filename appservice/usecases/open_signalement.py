"""A person presses *start*: a guest, a room, and not yet a word to the agents."""

from collections.abc import Sequence
from dataclasses import dataclass

from appservice.domain.desk_routing import DeskRouting
from appservice.domain.errors import VeilleuseError
from appservice.domain.ids import DeskId, SignalementId
from appservice.domain.postal_code import PostalCode
from appservice.domain.reference import draw_reference
from appservice.domain.signalement import Role, Signalement
from appservice.domain.territory import Commune
from appservice.ports import Clock, Desks, GuestAccount, Guests, Randomness, SignalementRooms, Stores


@dataclass(frozen=True, slots=True)
class Opening:
    """What the person said. The postal code is used here, once, and not kept: only its department is."""

    role: Role
    postal_code: PostalCode
    in_danger: bool
    commune: str | None = None
    """INSEE's code, or `UNKNOWN_COMMUNE`; None if it was not asked."""


UNKNOWN_COMMUNE = "unknown"


class CommuneNeeded(VeilleuseError):
    """The postal code covers communes of several desks: the person has to say which it is, or that it is not known."""

    def __init__(self, communes: Sequence[Commune]) -> None:
        super().__init__("the postal code covers communes of several desks")
        self.communes = communes


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
        routing: DeskRouting,
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
        """Registers the guest and makes its room.

        Raises `CommuneNeeded`, `InvalidInput` for a commune that is none of the code's, or `HomeserverError`; then
        nothing stays that is not swept.
        """
        desk_id, department = self._place(opening)
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
            department=department,
            role=opening.role,
            in_danger=opening.in_danger,
            opened_at=self._clock.now(),
        )
        async with self._stores.transaction():
            await self._stores.add(signalement)
            await self._stores.forget_opening(guest)
        return Opened(signalement, account)

    def _place(self, opening: Opening) -> tuple[DeskId, str | None]:
        """The desk, and the department as far as it is known."""
        department = self._routing.territory.department_of(opening.postal_code)
        if opening.commune == UNKNOWN_COMMUNE:
            route = self._routing.route_without_commune(opening.postal_code)
        else:
            route = self._routing.route(opening.postal_code, opening.commune)
        if route.desk_id is None:
            raise CommuneNeeded([served.commune for served in route.communes])
        named = [served.commune for served in route.communes if served.commune.insee == opening.commune]
        return route.desk_id, named[0].department if named else department
