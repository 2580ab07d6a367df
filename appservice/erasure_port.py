"""What erasures need beside the conversations: records of silence, an inventory, a list kept apart, alarms."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from appservice.domain.erasure import Erasure, Tombstone
from appservice.domain.ids import DeskId, RoomId, SignalementId, UserId
from appservice.domain.retention import RetentionRule, Silence
from appservice.domain.signalement import Signalement


class ErasedRooms(Protocol):
    """A list of what was erased, kept outside of every database, and of every backup that is ever restored."""

    async def note(self, room: RoomId, *, awaited: bool = False) -> None:
        """The room's hash is on the disk when this returns; `awaited`: and every device is past its end. Repeatable."""

    async def was_awaited(self, room: RoomId) -> bool: ...

    async def hashes(self) -> frozenset[str]:
        """All of them, as `appservice.domain.erasure.room_hash` makes them."""


@dataclass(frozen=True, slots=True)
class FoundRoom:
    """A signalement's room that the homeserver has. `spaces`: those of the desks that show it."""

    room_id: RoomId
    guests: tuple[UserId, ...]
    spaces: tuple[RoomId, ...]


class Inventory(Protocol):
    """What the homeserver has, asked of its module."""

    async def signalement_rooms(self) -> list[FoundRoom]:
        """All there are."""

    async def exists(self, room: RoomId) -> bool:
        """Whether the homeserver has this room of ours."""

    async def last_seen(self, guests: Collection[UserId]) -> Mapping[UserId, datetime]:
        """When each guest's page last asked something, two minutes late at most; without those never seen."""

    async def left_of(self, hashes: Collection[str]) -> Mapping[str, Mapping[str, int]]:
        """Rows that name a room or a user with such a hash, by hash and table; empty if nothing is left of any."""


class ErasureRecords(Protocol):
    """In the same database as `Stores`, and part of its transactions."""

    async def with_guest(self) -> list[Signalement]:
        """Everything in which a guest may still be there: waiting, claimed, closed."""

    async def alive(self) -> list[Signalement]:
        """Everything of which no erasure has been ordered."""

    async def erasure_of(self, signalement_id: SignalementId) -> Erasure | None: ...

    async def due(self, rule: RetentionRule, at: datetime) -> list[Signalement]:
        """Whose time is over at that moment, by this rule; there may be a more precise one for some of them."""

    async def silences(self) -> list[Silence]: ...

    async def keep_silence(self, silence: Silence) -> None:
        """Added, or laid over what was kept; nothing happens if the signalement is gone."""

    async def forget_silence(self, signalement_id: SignalementId) -> None: ...

    async def tombstone_of(self, room_hash: str) -> Tombstone | None: ...

    async def some_tombstones(self, limit: int) -> list[Tombstone]:
        """So many at the most, drawn at random."""


class AlarmCode(StrEnum):
    """A name of the alarm, as the audit record keeps it."""

    DANGER_AND_SILENCE = "danger_and_silence"
    """A guest who told of danger gives no sign, and did not press the exit."""

    PORTAL_SILENT = "portal_silent"
    """No guest at all gives a sign: rather the portal is away than everybody."""

    RESIDUE_FOUND = "residue_found"
    """Something is left of what was erased."""

    BACKUP_RESTORED = "backup_restored"
    """What had been erased was there again, and is erased once more."""

    CLEAR_EVENTS = "clear_events"
    """Something in a signalement is not encrypted."""

    ROBOTS_INSIDE = "robots_inside"
    """A bot is in a signalement."""

    ADMINISTRATORS = "administrators"
    """An account of the service is an administrator of the homeserver."""

    MODULE_ABSENT = "module_absent"
    """The homeserver has its module no longer, or one that does not fit."""


class Alarms(Protocol):
    """Who has to know at once, and where."""

    async def sound(self, code: AlarmCode, desk: DeskId, signalement: Signalement | None = None) -> None:
        """Tells the shift leader of the desk. Raises `HomeserverError` if it could not be told."""
