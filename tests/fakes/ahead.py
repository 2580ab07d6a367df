"""Rooms made ahead of need, in memory."""

from typing import Any

from appservice.ahead_port import RoomAhead
from appservice.domain.ids import UserId
from tests.fakes.stores import FakeStores


class FakeAheadRecords:
    def __init__(self, stores: FakeStores) -> None:
        # Among the stores' own rows: a transaction of theirs that fails takes these back.
        self._rows: dict[str, Any] = vars(stores)
        self._rows.setdefault("rooms_ahead", {})

    async def keep(self, room: RoomAhead) -> None:
        self._rows["rooms_ahead"][room.guest_mxid] = room

    async def rooms(self) -> list[RoomAhead]:
        return sorted(self._rows["rooms_ahead"].values(), key=lambda room: room.made_at)

    async def take(self, guest: UserId) -> bool:
        return self._rows["rooms_ahead"].pop(guest, None) is not None
