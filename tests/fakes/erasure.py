"""What erasures need beside the rooms: a fake homeserver's inventory, a list kept apart, alarms that were heard."""

from collections.abc import Collection, Mapping
from datetime import datetime

from appservice.domain.erasure import Erasure, Tombstone, guest_hash, room_hash
from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import DeskId, RoomId, SignalementId, UserId
from appservice.domain.retention import RetentionRule, Silence, since
from appservice.domain.signalement import Signalement, State
from appservice.erasure_port import AlarmCode, FoundRoom
from tests.fakes.homeserver import FakeHomeserver
from tests.fakes.stores import FakeStores


class FakeInventory:
    """Of the rooms of a fake homeserver, those in which there is or was a guest, or one is invited."""

    def __init__(self, homeserver: FakeHomeserver) -> None:
        self._homeserver = homeserver
        self.seen_at: dict[UserId, datetime] = {}
        self.left: dict[str, dict[str, int]] = {}
        """By hash, what a look finds although nothing should be there."""

    async def signalement_rooms(self) -> list[FoundRoom]:
        self._must_answer()
        guests = self._homeserver.accounts
        return [
            FoundRoom(
                room_id,
                tuple(sorted(user for user in room.ever_joined | room.invited if user in guests)),
                tuple(space for space, one in self._homeserver.rooms.items() if room_id in one.children),
            )
            for room_id, room in self._homeserver.rooms.items()
            if not (room.ever_joined | room.invited).isdisjoint(guests)
        ]

    async def exists(self, room: RoomId) -> bool:
        self._must_answer()
        return room in self._homeserver.rooms

    async def last_seen(self, guests: Collection[UserId]) -> Mapping[UserId, datetime]:
        self._must_answer()
        return {guest: self.seen_at[guest] for guest in guests if guest in self.seen_at}

    async def left_of(self, hashes: Collection[str]) -> Mapping[str, Mapping[str, int]]:
        self._must_answer()
        there = {room_hash(room): {"rooms": 1} for room in self._homeserver.rooms}
        there |= {guest_hash(guest): {"users": 1} for guest, active in self._homeserver.accounts.items() if active}
        return {name: counts for name, counts in (there | self.left).items() if name in hashes}

    def _must_answer(self) -> None:
        if self._homeserver.unavailable:
            raise HomeserverUnavailable("the homeserver did not answer")


class FakeErasedRooms:
    def __init__(self) -> None:
        self.noted: dict[str, bool] = {}

    async def note(self, room: RoomId, *, awaited: bool = False) -> None:
        self.noted[room_hash(room)] = awaited or self.noted.get(room_hash(room), False)

    async def was_awaited(self, room: RoomId) -> bool:
        return self.noted.get(room_hash(room), False)

    async def hashes(self) -> frozenset[str]:
        return frozenset(self.noted)


class FakeAlarms:
    def __init__(self) -> None:
        self.heard: list[tuple[AlarmCode, DeskId]] = []
        self.deaf = False

    async def sound(self, code: AlarmCode, desk: DeskId, signalement: Signalement | None = None) -> None:
        if self.deaf:
            raise HomeserverUnavailable("the homeserver did not answer")
        self.heard.append((code, desk))


class FakeErasureRecords:
    """Beside the rows of `FakeStores`, and part of its transactions."""

    def __init__(self, stores: FakeStores) -> None:
        self._stores = stores
        vars(stores).setdefault("_silences", {})

    @property
    def _kept(self) -> dict[SignalementId, Silence]:
        """Gone with their signalements."""
        kept: dict[SignalementId, Silence] = vars(self._stores)["_silences"]
        for signalement_id in kept.keys() - self._stores._signalements.keys():
            del kept[signalement_id]
        return kept

    async def with_guest(self) -> list[Signalement]:
        return [one for one in self._all() if one.state in (State.WAITING, State.CLAIMED, State.CLOSED)]

    async def alive(self) -> list[Signalement]:
        return [one for one in self._all() if one.state is not State.ERASING]

    async def erasure_of(self, signalement_id: SignalementId) -> Erasure | None:
        return self._stores._erasures.get(signalement_id)

    async def due(self, rule: RetentionRule, at: datetime) -> list[Signalement]:
        return [
            one
            for one in self._all()
            if one.state is rule.state and since(one) <= at - rule.retain_for and rule.outcome in (None, one.outcome)
        ]

    async def silences(self) -> list[Silence]:
        return list(self._kept.values())

    async def keep_silence(self, silence: Silence) -> None:
        if silence.signalement_id in self._stores._signalements:
            self._kept[silence.signalement_id] = silence

    async def forget_silence(self, signalement_id: SignalementId) -> None:
        self._kept.pop(signalement_id, None)

    async def tombstone_of(self, room_hash: str) -> Tombstone | None:
        return next((one for one in self._stores._tombstones if one.room_hash == room_hash), None)

    async def some_tombstones(self, limit: int) -> list[Tombstone]:
        return self._stores._tombstones[:limit]

    def _all(self) -> list[Signalement]:
        return sorted(self._stores._signalements.values(), key=lambda one: one.opened_at)
