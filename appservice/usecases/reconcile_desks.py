"""Brings the desks on Matrix to what the configuration says. Idempotent."""

from collections.abc import Mapping, Sequence

from appservice.domain.desk import Desk, DeskRooms
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.ports import DeskRegister, DeskSpaces


class ConfiguredDesks:
    """Implements the port `Desks`."""

    def __init__(self, desks: Sequence[Desk]) -> None:
        self._desks = {desk.desk_id: desk for desk in desks}
        self._rooms: dict[DeskId, DeskRooms] = {}

    def all(self) -> Sequence[Desk]:
        return tuple(self._desks.values())

    def desk(self, desk: DeskId) -> Desk:
        if desk not in self._desks:
            raise InvalidInput(f"There is no desk {desk!r}.")
        return self._desks[desk]

    def rooms(self, desk: DeskId) -> DeskRooms:
        if desk not in self._rooms:
            raise InvalidInput(f"The desk {desk!r} has no rooms yet.")
        return self._rooms[desk]

    def settle(self, rooms: DeskRooms) -> None:
        self._rooms[rooms.desk_id] = rooms


class ReconcileDesks:
    def __init__(
        self, spaces: DeskSpaces, register: DeskRegister, desks: ConfiguredDesks, bots: Mapping[DeskId, UserId]
    ) -> None:
        self._spaces = spaces
        self._register = register
        self._desks = desks
        self._bots = bots

    async def __call__(self) -> None:
        """Makes what is missing, seats who should be there, puts out who should not."""
        for desk in self._desks.all():
            rooms = await self._register.rooms_of(desk.desk_id)
            if rooms is None:
                rooms = await self._make(desk)
                await self._register.keep(rooms)
            agents = frozenset(desk.agents)
            await self._seat(rooms.space_id, agents)
            await self._seat(rooms.desk_room_id, agents | {self._bots[desk.desk_id]})
            await self._seat(rooms.team_room_id, agents)
            self._desks.settle(rooms)

    async def _make(self, desk: Desk) -> DeskRooms:
        space = await self._spaces.create_space(desk.name)
        return DeskRooms(
            desk.desk_id,
            space_id=space,
            desk_room_id=await self._spaces.create_room(f"{desk.name} · guichet", space),
            team_room_id=await self._spaces.create_room(f"{desk.name} · équipe", space),
        )

    async def _seat(self, room: RoomId, wanted: frozenset[UserId]) -> None:
        present = await self._spaces.members(room)
        for member in sorted(wanted - present):
            await self._spaces.seat(room, member)
        for member in sorted(present - wanted):
            await self._spaces.unseat(room, member)
