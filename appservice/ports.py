"""What the use cases need of the world. Each port has one adapter and one stateful fake, and shared contract tests.

Every coroutine that asks the homeserver raises `HomeserverUnavailable` when another try may succeed, and
`HomeserverRefused` when it will not; both are `HomeserverError`.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from appservice.domain.availability import AgentStatus
from appservice.domain.board import DeskLoad
from appservice.domain.desk import Desk, DeskRooms
from appservice.domain.desk_plan import Blueprint, DeskPlace, Trait
from appservice.domain.erasure import Erasure, Tombstone
from appservice.domain.feedback import Helped
from appservice.domain.ids import DeskId, EventId, ProposalId, Reference, RoomId, SignalementId, UserId
from appservice.domain.interlocutor import Interlocutor, Nobody
from appservice.domain.orientation import Orientation, Wish
from appservice.domain.place import Place
from appservice.domain.refusals import Refusal
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

    async def register(self, guest: UserId) -> GuestAccount:
        """Makes the account, with one device."""

    async def introduce(self, guest: UserId, role: Role) -> None:
        """Gives it a display name that tells the role: before it joins its room."""

    async def revoke(self, guest: UserId) -> None:
        """Deactivates and erases the account: its token is dead when this returns. Nothing happens if it is gone."""


class Moment(StrEnum):
    """What a probe proves that a device has seen; see `policies.signalement_policy.rules.Moment`."""

    JOIN = "join"
    KICK = "kick"

    NUDGE = "nudge"
    """Of no moment itself: a client that is online asks again for it, and so acknowledges what came before."""


class SignalementRooms(Protocol):
    """Rooms that the warden owns and cannot read."""

    async def create(self, reference: Reference, guest: UserId) -> RoomId:
        """An encrypted room; the guest, alone, is invited, and may not write yet."""

    async def link(self, room: RoomId, space: RoomId) -> None:
        """Shows the room in the desk's Space."""

    async def unlink(self, room: RoomId, space: RoomId) -> None:
        """Takes it out again: the agents' clients show it no more. The sweep then destroys the trace of both."""

    async def admit_only_invited(self, room: RoomId) -> None:
        """From now on nobody joins without the warden's invitation."""

    async def admit_members_of(self, room: RoomId, space: RoomId) -> None:
        """Members of the desk's Space may join."""

    async def open_to(self, room: RoomId) -> RoomId | None:
        """The Space whose members may join; None if the room is for the invited only."""

    async def declare_claim(self, room: RoomId, who: Interlocutor | Nobody) -> None:
        """Tells the guest's page who its interlocutor is, or that there is none: keys go to whom it names alone."""

    async def declared(self, room: RoomId) -> UserId | None:
        """The interlocutor that the page was told of last."""

    async def bring_in(self, room: RoomId, agent: UserId) -> None:
        """Invites an agent, and accepts for it: its client shows the room. Repeatable."""

    async def show_orientation(self, room: RoomId, proposal: ProposalId, orientation: Orientation | None) -> None:
        """Puts a proposal before the guest, or takes it back."""

    async def declare_closed(self, room: RoomId) -> None:
        """Tells the guest's page that the agent has ended the conversation."""

    async def tell_places(self, places: Mapping[UserId, Place]) -> None:
        """Tells waiting guests their places, by messages that nothing keeps. Guests that are gone are passed over."""

    async def let_write(self, room: RoomId, *, allowed: bool) -> None:
        """Gives or takes the power to send encrypted events."""

    async def agents_in(self, room: RoomId) -> frozenset[UserId]:
        """Who is joined, the warden and guests aside."""

    async def agents_invited_to(self, room: RoomId) -> frozenset[UserId]:
        """Who is invited and has not joined, guests aside."""

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

    async def purge(self, room: RoomId) -> bool:
        """Deletes the room. False if that goes on still after a while: ask again. Repeatable when it is gone."""

    async def sweep(self, room: RoomId, guest: UserId) -> None:
        """Erases what the homeserver's purge leaves."""

    async def residue(self, room: RoomId, guest: UserId) -> Mapping[str, int]:
        """Rows that still name the room or the guest, by table; only tables that have some."""


@dataclass(frozen=True, slots=True)
class StaffRoom:
    """A room of the service's with somebody in it; the warden and guests are not counted."""

    is_signalement: bool
    joined: frozenset[UserId]
    invited: frozenset[UserId] = frozenset()


@dataclass(frozen=True, slots=True)
class Staff:
    """`names` are the display names of the accounts that were asked about; who does not exist is missing."""

    rooms: Mapping[RoomId, StaffRoom]
    names: Mapping[UserId, str | None]


class DeskSpaces(Protocol):
    """Spaces and rooms of the desks, and the accounts of those who sit in them."""

    async def staff(self, accounts: Collection[UserId]) -> Staff:
        """Everybody who sits in a room that the warden owns, and how `accounts` are called."""

    async def make(self, blueprint: Blueprint) -> RoomId:
        """A private room, or Space, owned by the warden, shown in its parent."""

    async def faults(self, room: RoomId, blueprint: Blueprint) -> frozenset[Trait] | None:
        """What of the room is not as it must be; None if there is no such room any more."""

    async def mend(self, room: RoomId, blueprint: Blueprint, trait: Trait) -> None:
        """Puts one trait right. Repeatable."""

    async def seat(self, room: RoomId, member: UserId) -> None:
        """Makes a local account a member, without asking its client. Repeatable."""

    async def unseat(self, room: RoomId, member: UserId) -> None:
        """Puts a member out, or takes an invitation back. Repeatable."""

    async def rename(self, account: UserId, name: str) -> None:
        """Gives an account that sits in a room its display name. Repeatable."""


class DeskVoice(Protocol):
    """The desk bot's voice in the desk room."""

    async def announce(self, signalement: Signalement) -> EventId:
        """Tells the agents. Saying it again after a crash says it once."""

    async def show_waiting(self, signalement: Signalement) -> None:
        """Edits the announcement: the guest waits again."""

    async def show_claimed(self, signalement: Signalement) -> None:
        """Edits the announcement: an agent has taken it."""

    async def show_closed(self, signalement: Signalement) -> None:
        """Edits the announcement: the conversation has ended."""

    async def withdraw(self, signalement: Signalement) -> None:
        """Redacts the announcement. Repeatable."""

    async def tell_again(self, signalement: Signalement) -> None:
        """Says, with a mention of everybody in the desk's room, that somebody waits still. Once for each `told_at`."""

    async def call(self, signalement: Signalement) -> None:
        """Tells the agent, with a mention, that it was given this conversation. Once for each `claimed_at`."""

    async def ask_for_sign(self, signalement: Signalement) -> None:
        """Asks the agent, with a mention, whether it is still there: the guest waits for an answer."""

    async def tell_away(self, signalement: Signalement, agent: UserId) -> None:
        """Tells the desk that the agent gave no sign, and that the guest waits again."""

    async def explain(self, signalement: Signalement, agent: UserId, refusal: Refusal) -> None:
        """Tells an agent who joined the room why it was put out again."""

    async def tell_answer(self, signalement: Signalement, orientation: Orientation) -> None:
        """Tells the agent what the guest answered; while nobody has the conversation, its desk."""

    async def tell_oriented(self, signalement: Signalement, orientation: Orientation) -> None:
        """Tells the desk that the guest has accepted to be put in touch with it, without a word about the guest."""

    async def offer_pause(self, desk: DeskId, agent: UserId, until: datetime, *, must_rest: bool) -> None:
        """Offers an agent a pause after a hard conversation, or tells of it who must rest. Once for each `until`."""


class Membership(StrEnum):
    INVITE = "invite"
    JOIN = "join"
    LEAVE = "leave"
    BAN = "ban"
    KNOCK = "knock"


@dataclass(frozen=True, slots=True)
class MembershipChange:
    """With answers to proposals, all that the service acts on. Of other events not even the id is kept."""

    event_id: EventId
    room_id: RoomId
    user_id: UserId
    membership: Membership


@dataclass(frozen=True, slots=True)
class GuestAnswered:
    """Somebody, the guest it may be hoped, has answered a proposal. Nothing else of the event is kept."""

    event_id: EventId
    room_id: RoomId
    user_id: UserId
    proposal: ProposalId
    accepted: bool
    wish: Wish | None


Change = MembershipChange | GuestAnswered


@dataclass(frozen=True, slots=True)
class Received:
    """A change in the inbox, in the order of arrival."""

    position: int
    change: Change


class Inbox(Protocol):
    async def receive(self, changes: Collection[Change]) -> None:
        """Keeps all of them, in one database transaction, or none. A change that came lately, done or not, is not
        kept again: the homeserver repeats what it has no answer to."""

    async def pending(self, limit: int) -> list[Received]:
        """The oldest changes not done yet, in order."""

    async def done(self, position: int) -> None:
        """Forgets a change."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A desk that a signalement has left, with what announced it there. `stay` tells one departure from another."""

    stay: int
    desk_id: DeskId
    announcement_id: EventId | None


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

    async def by_reference(self, reference: Reference) -> Signalement | None: ...

    async def by_announcement(self, announcement: EventId) -> Signalement | None: ...

    async def replace(self, before: Signalement, after: Signalement) -> None:
        """Raises `Superseded` if the stored revision is no longer that of `before`."""

    async def active(self) -> list[Signalement]:
        """Everything that waits or is claimed, the most urgent first."""

    async def waiting_at(self, desk: DeskId) -> list[Signalement]:
        """The queue of a desk, the most urgent first."""

    async def with_agent(self, agent: UserId) -> list[Signalement]:
        """The conversations that an agent has, the oldest first."""

    async def loads(self) -> Mapping[DeskId, DeskLoad]:
        """What each desk has to do; a desk with nothing to do may be missing. One query."""

    async def unsettled(self, limit: int) -> list[Signalement]:
        """Those that agents know of, or have closed, and whose rooms do not say what is stored here yet."""

    async def mark_settled(self, signalement: Signalement) -> bool:
        """The room says what `signalement` says. Returns False if it has changed meanwhile."""

    async def note_departure(self, signalement: Signalement) -> None:
        """It leaves its desk: what tells of it there is to be taken away."""

    async def departures(self, signalement_id: SignalementId) -> list[Departure]:
        """What is still to be taken away, the oldest first."""

    async def forget_departure(self, signalement_id: SignalementId, departure: Departure) -> None: ...

    async def opened_before(self, moment: datetime) -> list[Signalement]:
        """Signalements still in state `opened`."""

    async def conversations_of(self, agents: Collection[UserId]) -> Mapping[UserId, int]:
        """How many signalements each of them has claimed and not ended; who has none may be missing."""

    async def add_erasure(self, erasure: Erasure) -> None: ...

    async def save_erasure(self, erasure: Erasure) -> None: ...

    async def due_erasures(self, at: datetime, limit: int) -> list[Erasure]:
        """Not done, and due: by the stretch of their next step, then by `next_attempt_at`."""

    async def soonest_erasures(self, limit: int) -> list[Erasure]:
        """Not done, due or not, by `next_attempt_at`."""

    async def bury(self, signalement_id: SignalementId, tombstone: Tombstone) -> None:
        """Removes every row of the signalement, and adds the tombstone, in one transaction."""

    async def leave_no_trace(self) -> None:
        """Lets nothing stay, in files, of rows that are gone. Not within a transaction, and when there is time."""

    async def tombstones(self) -> list[Tombstone]: ...


class AgentStatuses(Protocol):
    """What agents say of themselves: there, in a pause, or gone. In the same database as `Stores`, and part of its
    transactions.
    """

    async def statuses_of(self, agents: Collection[UserId]) -> Mapping[UserId, AgentStatus]:
        """Who never said anything is missing."""

    async def set_status(self, agent: UserId, status: AgentStatus) -> None: ...


class FeedbackCounts(Protocol):
    """How often which answer was given to the question after a conversation, by week."""

    async def add(self, monday: date, answer: Helped) -> None:
        """One more, in the week that begins then."""

    async def between(self, first: date, last: date) -> Mapping[tuple[date, Helped], int]:
        """By the week's Monday and the answer, of the weeks that begin from `first` to `last`; zeros are missing."""


class DeskRegister(Protocol):
    """Where each desk is on Matrix."""

    async def rooms(self) -> Mapping[DeskPlace, RoomId]:
        """Every room that was ever kept, those of former desks included."""

    async def rooms_of(self, desk: DeskId) -> DeskRooms | None:
        """None unless all of them are there."""

    async def keep(self, place: DeskPlace, room: RoomId) -> None:
        """Instead of another one, if there was one."""


class Desks(Protocol):
    """The desks as configured, each with its rooms: complete once the service has started."""

    @property
    def supervision(self) -> Desk | None:
        """The shift leaders, who are none of `all()`; None if there are none."""

    def all(self) -> Sequence[Desk]: ...

    def desk(self, desk: DeskId) -> Desk: ...

    def rooms(self, desk: DeskId) -> DeskRooms: ...
