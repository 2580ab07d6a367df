"""Rooms made ahead of need: what of them is durable. Whose token belongs to one is not: see `usecases.make_ahead`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appservice.domain.ids import Reference, RoomId, UserId


@dataclass(frozen=True, slots=True)
class RoomAhead:
    """A guest's account and its room, as at an opening, with nobody behind it yet."""

    guest_mxid: UserId
    room_id: RoomId
    reference: Reference
    made_at: datetime


class AheadRecords(Protocol):
    """In the same database as `Stores`, and part of its transactions."""

    async def keep(self, room: RoomAhead) -> None: ...

    async def rooms(self) -> list[RoomAhead]:
        """All there are, the oldest first."""

    async def take(self, guest: UserId) -> bool:
        """It is the caller's, and nobody else's, if this returns True and the transaction is kept."""
