"""A homeserver in memory, as far as the service sees one: accounts, rooms, and what the module does to them.

It can be taken away (`unavailable`), and tells in `log` what was asked of it, in order.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import count

from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable
from appservice.domain.ids import EventId, Reference, RoomId, UserId
from appservice.domain.signalement import Role, Signalement
from appservice.ports import GuestAccount, Moment


@dataclass
class FakeRoom:
    space: RoomId | None = None
    joined: set[UserId] = field(default_factory=set)
    ever_joined: set[UserId] = field(default_factory=set)
    invited_only: bool = False
    claimed_by: UserId | None = None
    may_write: bool = False
    messages: list[str] = field(default_factory=list)
    redacted: int = 0
    originals: list[str] = field(default_factory=list)
    children: set[RoomId] = field(default_factory=set)

    def join(self, user: UserId) -> None:
        self.joined.add(user)
        self.ever_joined.add(user)

    def say(self, ciphertext: str) -> None:
        self.messages.append(ciphertext)
        self.originals.append(ciphertext)


class FakeHomeserver:
    """Implements `Guests`, `SignalementRooms`, `Shells`, `DeskSpaces` and `DeskVoice`."""

    def __init__(self) -> None:
        self.unavailable = False
        self.agents_are_online = False
        self.log: list[str] = []
        self.accounts: dict[UserId, bool] = {}
        self.rooms: dict[RoomId, FakeRoom] = {}
        self.awaited_devices: dict[RoomId, set[UserId]] = {}
        self.absent_devices: dict[RoomId, set[UserId]] = {}
        self.swept: set[RoomId] = set()
        self.announcements: dict[EventId, str] = {}
        self._numbers = count(1)

    def _note(self, what: str) -> None:
        if self.unavailable:
            raise HomeserverUnavailable("the homeserver did not answer")
        self.log.append(what)

    def _room(self, room: RoomId) -> FakeRoom:
        if room not in self.rooms:
            raise HomeserverRefused("M_NOT_FOUND", "no such room")
        return self.rooms[room]

    def _new(self, room: FakeRoom) -> RoomId:
        room_id = RoomId(f"!room{next(self._numbers)}")
        self.rooms[room_id] = room
        return room_id

    # Guests

    def name(self, token: str) -> UserId:
        return UserId(f"@veilleuse_guest_{token}:fake")

    async def register(self, guest: UserId, role: Role) -> GuestAccount:
        self._note("register")
        self.accounts[guest] = True
        return GuestAccount(guest, "DEVICE", f"token of {guest}")

    async def revoke(self, guest: UserId) -> None:
        self._note("revoke")
        if guest in self.accounts:
            self.accounts[guest] = False

    # SignalementRooms

    async def create(self, reference: Reference, guest: UserId, space: RoomId) -> RoomId:
        self._note("create")
        return self._new(FakeRoom(space=space))

    async def link(self, room: RoomId, space: RoomId) -> None:
        self._note("link")
        self._room(space).children.add(room)

    async def unlink(self, room: RoomId, space: RoomId) -> None:
        self._note("unlink")
        self._room(space).children.discard(room)

    async def admit_only_invited(self, room: RoomId) -> None:
        self._note("admit_only_invited")
        self._room(room).invited_only = True

    async def admit_members_of(self, room: RoomId, space: RoomId) -> None:
        self._note("admit_members_of")
        self._room(room).invited_only = False

    async def declare_claim(self, room: RoomId, agent: UserId | None) -> None:
        self._note("declare_claim")
        self._room(room).claimed_by = agent

    async def let_write(self, room: RoomId, *, allowed: bool) -> None:
        self._note("let_write" if allowed else "forbid_write")
        self._room(room).may_write = allowed

    async def agents_in(self, room: RoomId) -> frozenset[UserId]:
        return frozenset(user for user in self._room(room).joined if user not in self.accounts)

    async def agents_of(self, room: RoomId) -> frozenset[UserId]:
        return frozenset(user for user in self._room(room).ever_joined if user not in self.accounts)

    async def kick(self, room: RoomId, user: UserId) -> None:
        self._note(f"kick {user}")
        self._room(room).joined.discard(user)

    async def probe(self, room: RoomId, agents: Collection[UserId], moment: Moment) -> None:
        self._note(f"probe {moment}")
        unsynced = self.awaited_devices if moment is Moment.KICK else self.absent_devices
        unsynced[room] = set() if self.agents_are_online else set(agents)

    # Shells

    async def redact_messages(self, room: RoomId) -> int:
        self._note("redact_messages")
        fake = self._room(room)
        redacted, fake.messages = len(fake.messages), []
        fake.redacted += redacted
        return redacted

    async def destroy_originals(self, room: RoomId) -> None:
        self._note("destroy_originals")
        self._room(room).originals.clear()

    async def devices_awaited(self, room: RoomId) -> int:
        self._note("devices_awaited")
        return len(self.awaited_devices.get(room, set()) - self.absent_devices.get(room, set()))

    async def purge(self, room: RoomId) -> None:
        self._note("purge")
        self.rooms.pop(room, None)

    async def is_gone(self, room: RoomId) -> bool:
        return room not in self.rooms

    async def sweep(self, room: RoomId, guest: UserId) -> None:
        self._note("sweep")
        self.swept.add(room)

    async def residue(self, room: RoomId, guest: UserId) -> Mapping[str, int]:
        return {} if room in self.swept else {"device_inbox": 1}

    # DeskSpaces

    async def create_space(self, name: str) -> RoomId:
        self._note("create_space")
        return self._new(FakeRoom())

    async def create_room(self, name: str, space: RoomId) -> RoomId:
        self._note("create_room")
        room = self._new(FakeRoom(space=space))
        self._room(space).children.add(room)
        return room

    async def members(self, room: RoomId) -> frozenset[UserId]:
        return frozenset(self._room(room).joined)

    async def seat(self, room: RoomId, member: UserId) -> None:
        self._note(f"seat {member}")
        self._room(room).join(member)

    async def unseat(self, room: RoomId, member: UserId) -> None:
        self._note(f"unseat {member}")
        self._room(room).joined.discard(member)

    # DeskVoice

    async def announce(self, signalement: Signalement) -> EventId:
        self._note("announce")
        event = EventId(f"${signalement.signalement_id}")
        self.announcements[event] = "waiting"
        return event

    async def show_waiting(self, signalement: Signalement) -> None:
        self._note("show_waiting")
        self._show(signalement, "waiting")

    async def show_claimed(self, signalement: Signalement) -> None:
        self._note("show_claimed")
        self._show(signalement, "claimed")

    async def withdraw(self, signalement: Signalement) -> None:
        self._note("withdraw")
        if signalement.announcement_id is not None:
            self.announcements.pop(signalement.announcement_id, None)

    def _show(self, signalement: Signalement, what: str) -> None:
        if signalement.announcement_id is not None:
            self.announcements[signalement.announcement_id] = what
