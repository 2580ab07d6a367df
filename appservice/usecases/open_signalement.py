"""A person presses *start*: a guest, a room, and not yet a word to the agents."""

from dataclasses import dataclass

from appservice.ahead_port import AheadRecords, RoomAhead
from appservice.domain.audit import events
from appservice.domain.audit.acts import Act
from appservice.domain.audit.values import GUEST, Department
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import SignalementId
from appservice.domain.postal_code import PostalCode
from appservice.domain.signalement import Role, Signalement
from appservice.ports import Clock, GuestAccount, Guests, Randomness, Stores
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.find_desk import FindDesk, Place
from appservice.usecases.make_ahead import RoomPool
from appservice.usecases.make_room import Made, MakeRoom


@dataclass(frozen=True, slots=True)
class Opening:
    """What the person said. The postal code is used here, once, and not kept: only its department is."""

    role: Role
    postal_code: PostalCode
    in_danger: bool
    commune: str | None = None
    """INSEE's code, or `UNKNOWN_COMMUNE`; None if it was not asked."""


@dataclass(frozen=True, slots=True)
class Opened:
    signalement: Signalement
    account: GuestAccount


class OpenSignalement:
    def __init__(
        self,
        guests: Guests,
        make_room: MakeRoom,
        stores: Stores,
        pool: RoomPool,
        ahead: AheadRecords,
        find_desk: FindDesk,
        clock: Clock,
        randomness: Randomness,
        change: ChangeSignalement,
    ) -> None:
        self._guests = guests
        self._make_room = make_room
        self._stores = stores
        self._pool = pool
        self._ahead = ahead
        self._find_desk = find_desk
        self._clock = clock
        self._randomness = randomness
        self._change = change

    async def __call__(self, opening: Opening) -> Opened:
        """Registers the guest and makes its room, or takes those that were made ahead.

        Raises `CommuneNeeded`, `InvalidInput` for a commune that is none of the code's, or `HomeserverError`; then
        nothing stays that is not swept.
        """
        place = await self._find_desk(opening.postal_code, opening.commune)
        with self._pool.opening() as made:
            taken = None if made is None else await self._with(made, opening, place)
            return taken or await self._on_demand(opening, place)

    async def _with(self, made: Made, opening: Opening, place: Place) -> Opened | None:
        """None if it is nobody's to take any more: another process has discarded it, or has used its reference."""
        signalement = self._signalement(made.room, opening, place)
        try:
            async with self._stores.transaction():
                if not await self._ahead.take(signalement.guest_mxid):
                    return None
                await self._add(signalement)
        except InvalidInput:
            return None
        return await self._introduced(signalement, made.account)

    async def _on_demand(self, opening: Opening, place: Place) -> Opened:
        made = await self._make_room()
        signalement = self._signalement(made.room, opening, place)
        async with self._stores.transaction():
            await self._stores.forget_opening(signalement.guest_mxid)
            await self._add(signalement)
        return await self._introduced(signalement, made.account)

    async def _introduced(self, signalement: Signalement, account: GuestAccount) -> Opened:
        await self._guests.introduce(signalement.guest_mxid, signalement.role)
        return Opened(signalement, account)

    def _signalement(self, room: RoomAhead, opening: Opening, place: Place) -> Signalement:
        return Signalement(
            signalement_id=SignalementId(self._randomness.token()),
            reference=room.reference,
            room_id=room.room_id,
            guest_mxid=room.guest_mxid,
            desk_id=place.desk_id,
            department=place.department,
            role=opening.role,
            in_danger=opening.in_danger,
            opened_at=self._clock.now(),
            routed=place.routed,
        )

    async def _add(self, signalement: Signalement) -> None:
        await self._stores.add(signalement)
        await self._change.record(signalement, Act(GUEST, _told_of(signalement)))


def _told_of(signalement: Signalement) -> events.Opened:
    department = None if signalement.department is None else Department(signalement.department)
    return events.Opened(signalement.desk_id, department, signalement.role, signalement.in_danger)
