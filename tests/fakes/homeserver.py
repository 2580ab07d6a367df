"""A homeserver in memory, as far as the service sees one: accounts, rooms, and what the module does to them.

It can be taken away (`unavailable`), and tells in `log` what was asked of it, in order.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from appservice.domain.desk_plan import Blueprint, Trait
from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable
from appservice.domain.ids import DeskId, EventId, ProposalId, Reference, RoomId, UserId
from appservice.domain.interlocutor import Interlocutor, Nobody
from appservice.domain.orientation import Orientation
from appservice.domain.place import Place
from appservice.domain.refusals import Refusal
from appservice.domain.signalement import Role, Signalement
from appservice.ports import GuestAccount, Moment, Staff, StaffRoom


@dataclass
class FakeRoom:
    joined: set[UserId] = field(default_factory=set)
    ever_joined: set[UserId] = field(default_factory=set)
    invited: set[UserId] = field(default_factory=set)
    open_to: RoomId | None = None
    claim: Interlocutor | Nobody = field(default_factory=Nobody)
    orientations: dict[ProposalId, Orientation | None] = field(default_factory=dict)
    closed: bool = False
    may_write: bool = False
    messages: list[str] = field(default_factory=list)
    redacted: int = 0
    originals: list[str] = field(default_factory=list)
    children: set[RoomId] = field(default_factory=set)
    blueprint: Blueprint | None = None
    spoiled: set[Trait] = field(default_factory=set)

    @property
    def invited_only(self) -> bool:
        return self.open_to is None

    @property
    def claimed_by(self) -> UserId | None:
        """Whom the guest's page is told to seal for."""
        return self.claim.agent.agent if isinstance(self.claim, Interlocutor) else None

    def join(self, user: UserId) -> None:
        self.invited.discard(user)
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
        self.said: list[str] = []
        self.places: list[dict[UserId, Place]] = []
        self.names: dict[UserId, str | None] = {}
        self.unknown_accounts: set[UserId] = set()
        self._numbers = count(1)

    def _note(self, what: str) -> None:
        self._look()
        self.log.append(what)

    def _look(self) -> None:
        if self.unavailable:
            raise HomeserverUnavailable("the homeserver did not answer")

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

    async def register(self, guest: UserId) -> GuestAccount:
        self._note("register")
        self.accounts[guest] = True
        return GuestAccount(guest, "DEVICE", f"token of {guest}")

    async def introduce(self, guest: UserId, role: Role) -> None:
        self._note("introduce")
        self.names[guest] = role

    async def revoke(self, guest: UserId) -> None:
        self._note("revoke")
        if guest in self.accounts:
            self.accounts[guest] = False

    # SignalementRooms

    async def create(self, reference: Reference, guest: UserId) -> RoomId:
        self._note("create")
        return self._new(FakeRoom(invited={guest}))

    async def link(self, room: RoomId, space: RoomId) -> None:
        self._note("link")
        self._room(space).children.add(room)

    async def unlink(self, room: RoomId, space: RoomId) -> None:
        self._note("unlink")
        self._room(space).children.discard(room)

    async def admit_only_invited(self, room: RoomId) -> None:
        self._note("admit_only_invited")
        self._room(room).open_to = None

    async def admit_members_of(self, room: RoomId, space: RoomId) -> None:
        self._note("admit_members_of")
        self._room(room).open_to = space

    async def open_to(self, room: RoomId) -> RoomId | None:
        return self._room(room).open_to

    async def declare_claim(self, room: RoomId, who: Interlocutor | Nobody) -> None:
        self._note("declare_claim")
        self._room(room).claim = who

    async def declared(self, room: RoomId) -> UserId | None:
        return self._room(room).claimed_by

    async def bring_in(self, room: RoomId, agent: UserId) -> None:
        self._note(f"bring_in {agent}")
        self._room(room).join(agent)

    async def show_orientation(self, room: RoomId, proposal: ProposalId, orientation: Orientation | None) -> None:
        self._note("show_orientation")
        self._room(room).orientations[proposal] = orientation

    async def declare_closed(self, room: RoomId) -> None:
        self._note("declare_closed")
        self._room(room).closed = True

    async def tell_places(self, places: Mapping[UserId, Place]) -> None:
        self._note("tell_places")
        self.places.append(dict(places))

    async def let_write(self, room: RoomId, *, allowed: bool) -> None:
        self._note("let_write" if allowed else "forbid_write")
        self._room(room).may_write = allowed

    async def agents_in(self, room: RoomId) -> frozenset[UserId]:
        return frozenset(user for user in self._room(room).joined if user not in self.accounts)

    async def agents_invited_to(self, room: RoomId) -> frozenset[UserId]:
        return frozenset(user for user in self._room(room).invited if user not in self.accounts)

    async def agents_of(self, room: RoomId) -> frozenset[UserId]:
        return frozenset(user for user in self._room(room).ever_joined if user not in self.accounts)

    async def kick(self, room: RoomId, user: UserId) -> None:
        self._note(f"kick {user}")
        self._room(room).joined.discard(user)
        self._room(room).invited.discard(user)

    async def probe(self, room: RoomId, agents: Collection[UserId], moment: Moment) -> None:
        self._note(f"probe {moment}")
        if moment is Moment.NUDGE:
            return
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

    async def purge(self, room: RoomId) -> bool:
        self._note("purge")
        self.rooms.pop(room, None)
        return True

    async def sweep(self, room: RoomId, guest: UserId) -> None:
        self._note("sweep")
        self.swept.add(room)

    async def residue(self, room: RoomId, guest: UserId) -> Mapping[str, int]:
        return {} if room in self.swept else {"device_inbox": 1}

    # DeskSpaces

    async def staff(self, accounts: Collection[UserId]) -> Staff:
        self._look()
        rooms = {
            room_id: StaffRoom(
                room.blueprint is None, frozenset(room.joined - self.accounts.keys()), frozenset(room.invited)
            )
            for room_id, room in self.rooms.items()
        }
        return Staff(rooms, {account: self.names.get(account) for account in accounts})

    async def make(self, blueprint: Blueprint) -> RoomId:
        self._note(f"make {blueprint.kind}")
        room = self._new(FakeRoom(blueprint=blueprint))
        if blueprint.parent is not None:
            self._room(blueprint.parent).children.add(room)
        return room

    async def faults(self, room: RoomId, blueprint: Blueprint) -> frozenset[Trait] | None:
        self._look()
        if room not in self.rooms:
            return None
        fake = self.rooms[room]
        assert fake.blueprint is not None, "not a desk's room"
        faults = set(fake.spoiled)
        if fake.blueprint.name != blueprint.name:
            faults.add(Trait.NAME)
        if fake.blueprint.speaker != blueprint.speaker:
            faults.add(Trait.POWERS)
        parent = blueprint.parent
        if parent is not None and (parent not in self.rooms or room not in self.rooms[parent].children):
            faults.add(Trait.LISTED)
        return frozenset(faults)

    async def mend(self, room: RoomId, blueprint: Blueprint, trait: Trait) -> None:
        self._note(f"mend {trait}")
        fake = self._room(room)
        assert fake.blueprint is not None, "not a desk's room"
        fake.spoiled.discard(trait)
        match trait:
            case Trait.NAME:
                fake.blueprint = replace(fake.blueprint, name=blueprint.name)
            case Trait.POWERS:
                fake.blueprint = replace(fake.blueprint, speaker=blueprint.speaker)
            case Trait.LISTED if blueprint.parent is not None:
                self._room(blueprint.parent).children.add(room)

    async def seat(self, room: RoomId, member: UserId) -> None:
        self._note(f"seat {member}")
        if member in self.unknown_accounts:
            raise HomeserverRefused("M_NOT_FOUND", "There is no such user")
        self._room(room).join(member)

    async def unseat(self, room: RoomId, member: UserId) -> None:
        self._note(f"unseat {member}")
        self._room(room).joined.discard(member)
        self._room(room).invited.discard(member)

    async def rename(self, account: UserId, name: str) -> None:
        self._note(f"rename {account}")
        if account in self.unknown_accounts:
            raise HomeserverRefused("M_NOT_FOUND", "There is no such user")
        self.names[account] = name

    # DeskVoice

    async def announce(self, signalement: Signalement) -> EventId:
        self._note("announce")
        event = EventId(f"${signalement.signalement_id}-{signalement.stay}")
        self.announcements.setdefault(event, "waiting")
        return event

    async def show_waiting(self, signalement: Signalement) -> None:
        self._note("show_waiting")
        self._show(signalement, "waiting")

    async def show_claimed(self, signalement: Signalement) -> None:
        self._note("show_claimed")
        self._show(signalement, "claimed")

    async def show_closed(self, signalement: Signalement) -> None:
        self._note("show_closed")
        self._show(signalement, "closed")

    async def tell_again(self, signalement: Signalement) -> None:
        self._say(f"again {signalement.reference} at {signalement.desk_id}")

    async def call(self, signalement: Signalement) -> None:
        self._say(f"call {signalement.agent_mxid} for {signalement.reference}")

    async def ask_for_sign(self, signalement: Signalement) -> None:
        self._say(f"ask {signalement.agent_mxid} about {signalement.reference}")

    async def tell_away(self, signalement: Signalement, agent: UserId) -> None:
        self._say(f"away {agent} from {signalement.reference}")

    async def explain(self, signalement: Signalement, agent: UserId, refusal: Refusal) -> None:
        self._say(f"{type(refusal).__name__} to {agent}")

    async def tell_answer(self, signalement: Signalement, orientation: Orientation) -> None:
        self._say(f"{orientation.state} {orientation.particulars.name} to {signalement.agent_mxid}")

    async def tell_oriented(self, signalement: Signalement, orientation: Orientation) -> None:
        self._say(f"oriented {signalement.reference} to {orientation.desk_id}")

    async def offer_pause(self, desk: DeskId, agent: UserId, until: datetime, *, must_rest: bool) -> None:
        self._say(f"{'rest' if must_rest else 'pause'} {agent} until {until}")

    async def withdraw(self, signalement: Signalement) -> None:
        self._note("withdraw")
        if signalement.announcement_id is not None:
            self.announcements.pop(signalement.announcement_id, None)

    def _say(self, what: str) -> None:
        self._note(what)
        self.said.append(what)

    def _show(self, signalement: Signalement, what: str) -> None:
        if signalement.announcement_id is not None:
            self.announcements[signalement.announcement_id] = what
