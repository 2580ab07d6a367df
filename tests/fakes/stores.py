"""The service's database, in memory."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from copy import copy
from datetime import datetime
from itertools import count

from appservice.domain.desk import DeskRooms
from appservice.domain.erasure import Erasure, Tombstone
from appservice.domain.errors import InvalidInput, InvalidTransition
from appservice.domain.ids import DeskId, EventId, RoomId, SignalementId, UserId
from appservice.domain.signalement import Signalement, State
from appservice.ports import MembershipChange, Received


class FakeStores:
    def __init__(self) -> None:
        self._openings: dict[UserId, datetime] = {}
        self._signalements: dict[SignalementId, Signalement] = {}
        self._erasures: dict[SignalementId, Erasure] = {}
        self._tombstones: list[Tombstone] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        before = {name: copy(value) for name, value in vars(self).items()}
        try:
            yield
        except (Exception, asyncio.CancelledError):
            vars(self).update(before)
            raise

    async def note_opening(self, guest: UserId, at: datetime) -> None:
        self._openings[guest] = at

    async def openings_before(self, moment: datetime) -> list[UserId]:
        return [guest for guest, at in self._openings.items() if at < moment]

    async def forget_opening(self, guest: UserId) -> None:
        self._openings.pop(guest, None)

    async def add(self, signalement: Signalement) -> None:
        if any(one.reference == signalement.reference for one in self._signalements.values()):
            raise InvalidInput(f"The reference {signalement.reference} is in use.")
        self._signalements[signalement.signalement_id] = signalement

    async def by_id(self, signalement_id: SignalementId) -> Signalement | None:
        return self._signalements.get(signalement_id)

    async def by_room(self, room: RoomId) -> Signalement | None:
        return next((one for one in self._signalements.values() if one.room_id == room), None)

    async def replace(self, before: Signalement, after: Signalement) -> None:
        stored = self._signalements.get(before.signalement_id)
        if stored is None or stored.state is not before.state:
            raise InvalidTransition(f"signalement {before.reference} is no longer {before.state}")
        self._signalements[before.signalement_id] = after

    async def opened_before(self, moment: datetime) -> list[Signalement]:
        return [one for one in self._signalements.values() if one.state is State.OPENED and one.opened_at < moment]

    async def add_erasure(self, erasure: Erasure) -> None:
        self._erasures[erasure.signalement_id] = erasure

    async def save_erasure(self, erasure: Erasure) -> None:
        if erasure.signalement_id in self._erasures:
            self._erasures[erasure.signalement_id] = erasure

    async def soonest_erasures(self, limit: int) -> list[Erasure]:
        return sorted(self._erasures.values(), key=lambda erasure: erasure.next_attempt_at)[:limit]

    async def bury(self, signalement_id: SignalementId, tombstone: Tombstone) -> None:
        self._erasures.pop(signalement_id, None)
        self._signalements.pop(signalement_id, None)
        if all(one.room_hash != tombstone.room_hash for one in self._tombstones):
            self._tombstones.append(tombstone)

    async def tombstones(self) -> list[Tombstone]:
        return sorted(self._tombstones, key=lambda tombstone: tombstone.purged_at)


class FakeInbox:
    def __init__(self) -> None:
        self._known: set[EventId] = set()
        self._pending: dict[int, MembershipChange] = {}
        self._positions = count(1)

    async def receive(self, changes: Collection[MembershipChange]) -> None:
        for change in changes:
            if change.event_id not in self._known:
                self._known.add(change.event_id)
                self._pending[next(self._positions)] = change

    async def pending(self, limit: int) -> list[Received]:
        return [Received(position, change) for position, change in sorted(self._pending.items())][:limit]

    async def done(self, position: int) -> None:
        self._pending.pop(position, None)


class FakeDeskRegister:
    def __init__(self) -> None:
        self._rooms: dict[DeskId, DeskRooms] = {}

    async def rooms_of(self, desk: DeskId) -> DeskRooms | None:
        return self._rooms.get(desk)

    async def keep(self, rooms: DeskRooms) -> None:
        self._rooms[rooms.desk_id] = rooms
