"""Brings the desks on Matrix to what the configuration says, or tells what that would change. Idempotent."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from appservice.domain.desk import Desk, DeskKind, DeskRooms, Force
from appservice.domain.desk_plan import (
    Change,
    DeskPlace,
    Found,
    Make,
    Mend,
    Name,
    PutOut,
    Seat,
    Trait,
    Wanted,
    difference,
    parent_of,
    put_out,
    rooms_of,
    wanted_of,
)
from appservice.domain.errors import HomeserverRefused, InvalidInput
from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.ports import DeskRegister, DeskSpaces

_AT_ONCE = 8

Result = TypeVar("Result")


class ConfiguredDesks:
    """Implements the port `Desks`. The configuration may change; who asks afterwards gets the new one."""

    def __init__(self, desks: Sequence[Desk], supervision: Desk | None = None) -> None:
        self._rooms: dict[DeskId, DeskRooms] = {}
        self.configure(desks, supervision)

    def configure(self, desks: Sequence[Desk], supervision: Desk | None = None) -> None:
        """`supervision` is the shift leaders', and none of `all()`: nothing is led there."""
        self._desks = {desk.desk_id: desk for desk in desks}
        self.supervision = supervision

    def all(self) -> Sequence[Desk]:
        return tuple(self._desks.values())

    def desk(self, desk: DeskId) -> Desk:
        """One that is no longer configured, but has rooms, is a desk without agents: conversations there go on."""
        if desk in self._desks:
            return self._desks[desk]
        if desk in self._rooms:
            return Desk(desk, desk, DeskKind.REGIONAL, Force.NONE, agents=())
        raise InvalidInput(f"There is no desk {desk!r}.")

    def rooms(self, desk: DeskId) -> DeskRooms:
        if desk not in self._rooms:
            raise InvalidInput(f"The desk {desk!r} has no rooms yet.")
        return self._rooms[desk]

    def settle(self, rooms: DeskRooms) -> None:
        self._rooms[rooms.desk_id] = rooms


@dataclass(frozen=True, slots=True)
class Applied:
    """What was changed, and what the homeserver refused to change, with its words. Both may be empty."""

    done: tuple[Change, ...]
    refused: tuple[tuple[Change, str], ...]


class ReconcileDesks:
    def __init__(self, spaces: DeskSpaces, register: DeskRegister, bot_of: Callable[[DeskId], UserId]) -> None:
        self._spaces = spaces
        self._register = register
        self._bot_of = bot_of

    async def plan(self, desks: Sequence[Desk], national_name: str) -> tuple[Change, ...]:
        """What `apply` would change; changes nothing."""
        wanted = await self._wanted(desks, national_name)
        return difference(wanted, await self._found(wanted))

    async def apply(
        self, desks: Sequence[Desk], national_name: str, bring_bots: Callable[[], Awaitable[None]] | None = None
    ) -> Applied:
        """Puts out who must not be where they are, before anything else is even looked at; then makes what is missing,
        puts right what differs, seats and names. What is refused is told, and keeps nothing else from being done.

        `bring_bots` is awaited in between: bots have to be there before they are seated, and who must go waits for none
        of them.
        """
        wanted = await self._wanted(desks, national_name)
        rooms = dict(await self._register.rooms())
        work = _Work(self._spaces, self._register, wanted, rooms)
        await work.all(put_out(wanted, await self._who_sits_where(wanted, rooms)))
        if bring_bots is not None:
            await bring_bots()
        found = await self._found(wanted)
        work.rooms = dict(found.rooms)
        tried = set(work.done) | {change for change, _ in work.refused}
        await work.all(change for change in difference(wanted, found) if change not in tried)
        return Applied(tuple(work.done), tuple(work.refused))

    async def settle(self, desks: ConfiguredDesks) -> None:
        """Tells `desks` where every desk is, former ones too."""
        rooms = await self._register.rooms()
        for desk_id in {place.desk_id for place in rooms if place.desk_id is not None}:
            of_desk = rooms_of(desk_id, rooms)
            if of_desk is not None:
                desks.settle(of_desk)

    async def _wanted(self, desks: Sequence[Desk], national_name: str) -> Wanted:
        kept = {place.desk_id for place in await self._register.rooms() if place.desk_id is not None}
        former = sorted(kept - {desk.desk_id for desk in desks})
        return wanted_of(desks, national_name, former, self._bot_of)

    async def _found(self, wanted: Wanted) -> Found:
        """All that is compared. A room that is gone from the homeserver is none."""
        rooms = dict(await self._register.rooms())
        faults: dict[DeskPlace, frozenset[Trait]] = {}

        async def look(place: DeskPlace) -> None:
            found = await self._spaces.faults(rooms[place], wanted.blueprint(place, rooms))
            if found is None:
                gone.append(place)
                return
            parent = parent_of(place)
            faults[place] = found if parent is None or parent in rooms else found | {Trait.LISTED}

        gone: list[DeskPlace] = []
        await _side_by_side(look(place) for place in wanted.room_names if place in rooms)
        for place in gone:
            del rooms[place]
        people = await self._who_sits_where(wanted, rooms)
        return Found(rooms, faults, people.seats, people.invited, people.signalements, people.names)

    async def _who_sits_where(self, wanted: Wanted, rooms: Mapping[DeskPlace, RoomId]) -> Found:
        staff = await self._spaces.staff(sorted(wanted.names))
        return Found(
            rooms,
            seats={room: of_room.joined for room, of_room in staff.rooms.items()},
            invited={room: of_room.invited for room, of_room in staff.rooms.items()},
            signalements=frozenset(room for room, of_room in staff.rooms.items() if of_room.is_signalement),
            names=staff.names,
        )


class _Work:
    """Carries changes out. Those of one kind go side by side, kind after kind, in the order of the plan."""

    def __init__(
        self, spaces: DeskSpaces, register: DeskRegister, wanted: Wanted, rooms: dict[DeskPlace, RoomId]
    ) -> None:
        self._spaces = spaces
        self._register = register
        self._wanted = wanted
        self.rooms = rooms
        self.done: list[Change] = []
        self.refused: list[tuple[Change, str]] = []

    async def all(self, changes: Iterable[Change]) -> None:
        """Raises `HomeserverUnavailable`."""
        kinds: dict[type[Change], list[Change]] = {}
        for change in changes:
            kinds.setdefault(type(change), []).append(change)
        for kind, of_kind in kinds.items():
            # A room's Space must be there before the room.
            at_once = 1 if kind is Make else _AT_ONCE
            refusals = await _side_by_side((self._try(change) for change in of_kind), at_once)
            self.done.extend(change for change, refusal in zip(of_kind, refusals, strict=True) if refusal is None)
            self.refused.extend((change, why) for change, why in zip(of_kind, refusals, strict=True) if why is not None)

    async def _try(self, change: Change) -> str | None:
        """None if it is done, the homeserver's words if it was refused."""
        try:
            await self._carry_out(change)
        except HomeserverRefused as refusal:
            return str(refusal)
        return None

    async def _carry_out(self, change: Change) -> None:
        match change:
            case PutOut(room, _, member):
                await self._spaces.unseat(room, member)
            case Make(place, _):
                self.rooms[place] = await self._spaces.make(self._wanted.blueprint(place, self.rooms))
                await self._register.keep(place, self.rooms[place])
            case Mend(room, place, trait):
                await self._spaces.mend(room, self._wanted.blueprint(place, self.rooms), trait)
            case Seat(place, member):
                if place not in self.rooms:
                    raise HomeserverRefused("M_NOT_FOUND", "the room could not be made")
                await self._spaces.seat(self.rooms[place], member)
            case Name(account, name):
                await self._spaces.rename(account, name)


async def _side_by_side(work: Iterable[Coroutine[Any, Any, Result]], at_once: int = _AT_ONCE) -> list[Result]:
    """A few at a time; what each returned, in order. Raises the first error, and then nothing of it goes on."""
    room_for = asyncio.Semaphore(at_once)

    async def one(coroutine: Coroutine[Any, Any, Result]) -> Result:
        async with room_for:
            return await coroutine

    tasks = [asyncio.create_task(one(coroutine)) for coroutine in work]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
