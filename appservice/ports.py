"""What the use cases need of the world. Each port has one adapter and one stateful fake, and shared contract tests.

Every coroutine that asks the homeserver raises `HomeserverUnavailable` when another try may succeed, and
`HomeserverRefused` when it will not; both are `HomeserverError`.
"""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from appservice.domain.desk import Desk, DeskRooms
from appservice.domain.erasure import Erasure, Tombstone
from appservice.domain.ids import DeskId, EventId, Reference, RoomId, SignalementId, UserId
from appservice.domain.signalement import Role, Signalement


class Clock(Protocol):
    def now(self) -> datetime:
        """An aware datetime in UTC."""


class Randomness(Protocol):
    """From the operating system's generator: nothing it gives may be guessable."""

    def choice(self, alphabet: str) -> str:
        """One character of `alphabet`, each as likely as any other."""

    def token(self) -> str:
        """26 characters of lower-case base32: 130 bits."""


@dataclass(frozen=True, slots=True)
class GuestAccount:
    """What registering a guest yields. The token goes to the portal, and is kept nowhere here."""

    user_id: UserId
    device_id: str
    access_token: str


class Guests(Protocol):
    """The guests' accounts on the homeserver."""

    def name(self, token: str) -> UserId:
        """The Matrix id of the guest drawn as `token`, whether registered or not."""

    async def register(self, guest: UserId, role: Role) -> GuestAccount:
        """Makes the account, with a display name that tells the role, and one device."""

    async def revoke(self, guest: UserId) -> None:
        """Deactivates and erases the account: its token is dead when this returns. Nothing happens if it is gone."""


class Moment(StrEnum):
    """What a probe proves that a device has seen; see `policies.signalement_policy.rules.Moment`."""

    JOIN = "join"
    KICK = "kick"


class SignalementRooms(Protocol):
    """Rooms that the warden owns and cannot read."""

    async def create(self, reference: Reference, guest: UserId, space: RoomId) -> RoomId:
        """An encrypted room that members of `space` may join; the guest is invited and may not write yet."""

    async def link(self, room: RoomId, space: RoomId) -> None:
        """Shows the room in the desk's Space."""

    async def unlink(self, room: RoomId, space: RoomId) -> None:
        """Takes it out again."""

    async def admit_only_invited(self, room: RoomId) -> None:
        """From now on nobody joins without the warden's invitation."""

    async def admit_members_of(self, room: RoomId, space: RoomId) -> None:
        """Members of the desk's Space may join."""

    async def declare_claim(self, room: RoomId, agent: UserId | None) -> None:
        """Tells the guest's page who its interlocutor is, or that there is none: keys go to that agent alone."""

    async def let_write(self, room: RoomId, *, allowed: bool) -> None:
        """Gives or takes the power to send encrypted events."""

    async def agents_in(self, room: RoomId) -> frozenset[UserId]:
        """Who is joined, the warden and guests aside."""

    async def agents_of(self, room: RoomId) -> frozenset[UserId]:
        """Who is or ever was joined, the warden and guests aside."""

    async def kick(self, room: RoomId, user: UserId) -> None:
        """Puts somebody out, without a reason, and without forgetting: their client learns of it. Repeatable."""

    async def probe(self, room: RoomId, agents: Collection[UserId], moment: Moment) -> None:
        """Queues a to-device message that each agent's device takes off once it has synced past the moment."""


class Shells(Protocol):
    """What only the homeserver's own module can do: see `policies.signalement_policy`."""

    async def redact_messages(self, room: RoomId) -> int:
        """Takes every message off the screens of those in the room. Returns how many there were left to redact."""

    async def destroy_originals(self, room: RoomId) -> None:
        """Overwrites the content of every message in the database. Repeatable."""

    async def devices_awaited(self, room: RoomId) -> int:
        """How many agents' devices that synced since the join have not yet synced past the kick."""

    async def purge(self, room: RoomId) -> None:
        """Starts the deletion of the room. Repeatable, also when the room is gone."""

    async def is_gone(self, room: RoomId) -> bool:
        """Whether the homeserver no longer has the room."""

    async def sweep(self, room: RoomId, guest: UserId) -> None:
        """Erases what the homeserver's purge leaves."""

    async def residue(self, room: RoomId, guest: UserId) -> Mapping[str, int]:
        """Rows that still name the room or the guest, by table; only tables that have some."""


class DeskSpaces(Protocol):
    """Spaces and rooms of the desks."""

    async def create_space(self, name: str) -> RoomId:
        """A private Space owned by the warden."""

    async def create_room(self, name: str, space: RoomId) -> RoomId:
        """A private encrypted room owned by the warden, shown in `space`."""

    async def members(self, room: RoomId) -> frozenset[UserId]:
        """Who is joined, the warden aside."""

    async def seat(self, room: RoomId, member: UserId) -> None:
        """Makes a local account a member, without asking its client. Repeatable."""

    async def unseat(self, room: RoomId, member: UserId) -> None:
        """Puts a member out. Repeatable."""


class DeskVoice(Protocol):
    """The desk bot's voice in the desk room."""

    async def announce(self, signalement: Signalement) -> EventId:
        """Tells the agents. Saying it again after a crash says it once."""

    async def show_waiting(self, signalement: Signalement) -> None:
        """Edits the announcement: the guest waits again."""

    async def show_claimed(self, signalement: Signalement) -> None:
        """Edits the announcement: an agent has taken it."""

    async def withdraw(self, signalement: Signalement) -> None:
        """Redacts the announcement. Repeatable."""


class Membership(StrEnum):
    INVITE = "invite"
    JOIN = "join"
    LEAVE = "leave"
    BAN = "ban"
    KNOCK = "knock"


@dataclass(frozen=True, slots=True)
class MembershipChange:
    """The one kind of event the service acts on. Of all others not even the id is kept."""

    event_id: EventId
    room_id: RoomId
    user_id: UserId
    membership: Membership


@dataclass(frozen=True, slots=True)
class Received:
    """A change in the inbox, in the order of arrival."""

    position: int
    change: MembershipChange


class Inbox(Protocol):
    async def receive(self, changes: Collection[MembershipChange]) -> None:
        """Keeps all of them, in one database transaction, or none. A change that came lately, done or not, is not
        kept again: the homeserver repeats what it has no answer to."""

    async def pending(self, limit: int) -> list[Received]:
        """The oldest changes not done yet, in order."""

    async def done(self, position: int) -> None:
        """Forgets a change."""


class Stores(Protocol):
    """The service's own database. What is called within `transaction()` takes place together or not at all."""

    def transaction(self) -> AbstractAsyncContextManager[None]: ...

    async def note_opening(self, guest: UserId, at: datetime) -> None:
        """A guest is about to be registered; if the process dies before `add`, the guest is found by this note."""

    async def openings_before(self, moment: datetime) -> list[UserId]: ...

    async def forget_opening(self, guest: UserId) -> None: ...

    async def add(self, signalement: Signalement) -> None:
        """Raises `InvalidInput` if the reference is in use."""

    async def by_id(self, signalement_id: SignalementId) -> Signalement | None: ...

    async def by_room(self, room: RoomId) -> Signalement | None: ...

    async def replace(self, before: Signalement, after: Signalement) -> None:
        """Raises `InvalidTransition` if the stored state is no longer that of `before`."""

    async def opened_before(self, moment: datetime) -> list[Signalement]:
        """Signalements still in state `opened`."""

    async def add_erasure(self, erasure: Erasure) -> None: ...

    async def save_erasure(self, erasure: Erasure) -> None: ...

    async def soonest_erasures(self, limit: int) -> list[Erasure]:
        """Not done, due or not, by `next_attempt_at`."""

    async def bury(self, signalement_id: SignalementId, tombstone: Tombstone) -> None:
        """Removes every row of the signalement, and adds the tombstone, in one transaction."""

    async def tombstones(self) -> list[Tombstone]: ...


class DeskRegister(Protocol):
    """Where each desk is on Matrix."""

    async def rooms_of(self, desk: DeskId) -> DeskRooms | None: ...

    async def keep(self, rooms: DeskRooms) -> None: ...


class Desks(Protocol):
    """The desks as configured, each with its rooms: complete once the service has started."""

    def desk(self, desk: DeskId) -> Desk: ...

    def rooms(self, desk: DeskId) -> DeskRooms: ...
