"""What the desks on Matrix are to be, what they are, and the difference, which is what there is to do."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from appservice.domain.desk import Desk, DeskRooms
from appservice.domain.ids import DeskId, RoomId, UserId


class Kind(StrEnum):
    """A room that the service keeps for agents; a signalement's is none of these."""

    NATIONAL = "national Space"
    SPACE = "Space"
    DESK_ROOM = "desk room"
    TEAM_ROOM = "team room"
    AUDIT_ROOM = "auditors' room"


@dataclass(frozen=True, slots=True, order=True)
class DeskPlace:
    """One room of one desk, or the national Space, which is no desk's."""

    desk_id: DeskId | None
    kind: Kind

    def __str__(self) -> str:
        return str(self.kind) if self.desk_id is None else f"{self.desk_id}, {self.kind}"


NATIONAL = DeskPlace(None, Kind.NATIONAL)


def parent_of(place: DeskPlace) -> DeskPlace | None:
    """The national Space holds the desks' Spaces, a Space its desk's rooms."""
    match place.kind:
        case Kind.NATIONAL | Kind.AUDIT_ROOM:
            return None
        case Kind.SPACE:
            return NATIONAL
    return DeskPlace(place.desk_id, Kind.SPACE)


class Trait(StrEnum):
    """What of a room is compared and put right."""

    NAME = "name"
    JOIN_RULE = "join rule"
    HISTORY = "history visibility"
    GUEST_ACCESS = "guest access"
    ENCRYPTION = "encryption"
    POWERS = "powers"
    LISTED = "place in its Space"


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a room must be like. `speaker` is the bot that speaks in it, if one does."""

    kind: Kind
    name: str
    parent: RoomId | None = None
    speaker: UserId | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the configuration says. `seats` leaves no room out; `agents` are those who may be in a signalement.

    A desk that is no longer configured has seats (its bot's alone), but no name and nothing else that is put right.
    """

    room_names: Mapping[DeskPlace, str]
    seats: Mapping[DeskPlace, frozenset[UserId]]
    agents: frozenset[UserId]
    names: Mapping[UserId, str]
    speakers: Mapping[DeskPlace, UserId] = field(default_factory=dict)

    def blueprint(self, place: DeskPlace, rooms: Mapping[DeskPlace, RoomId]) -> Blueprint:
        """Of a place that has a name."""
        parent = parent_of(place)
        at = None if parent is None else rooms.get(parent)
        return Blueprint(place.kind, self.room_names[place], at, self.speakers.get(place))


@dataclass(frozen=True, slots=True)
class Found:
    """What Matrix says. `seats` are those who are in a room, `invited` those who may come into it; of signalements,
    agents alone. `names` are display names.
    """

    rooms: Mapping[DeskPlace, RoomId]
    faults: Mapping[DeskPlace, frozenset[Trait]] = field(default_factory=dict)
    seats: Mapping[RoomId, frozenset[UserId]] = field(default_factory=dict)
    invited: Mapping[RoomId, frozenset[UserId]] = field(default_factory=dict)
    signalements: frozenset[RoomId] = frozenset()
    names: Mapping[UserId, str | None] = field(default_factory=dict)

    def there(self, room: RoomId) -> frozenset[UserId]:
        """Who is in the room, or could be by accepting an invitation."""
        return self.seats.get(room, frozenset()) | self.invited.get(room, frozenset())


@dataclass(frozen=True, slots=True)
class PutOut:
    """`place` is None for the room of a signalement, whose guest then waits for another agent."""

    room: RoomId
    place: DeskPlace | None
    member: UserId

    def __str__(self) -> str:
        return f"- {self.member} leaves {self.place or 'a conversation'}"


@dataclass(frozen=True, slots=True)
class Make:
    place: DeskPlace
    name: str

    def __str__(self) -> str:
        return f"+ {self.place}: made, {self.name!r}"


@dataclass(frozen=True, slots=True)
class Mend:
    room: RoomId
    place: DeskPlace
    trait: Trait

    def __str__(self) -> str:
        return f"~ {self.place}: {self.trait}"


@dataclass(frozen=True, slots=True)
class Seat:
    place: DeskPlace
    member: UserId

    def __str__(self) -> str:
        return f"+ {self.member} joins {self.place}"


@dataclass(frozen=True, slots=True)
class Name:
    account: UserId
    name: str

    def __str__(self) -> str:
        return f"~ {self.account} is called {self.name!r}"


Change = PutOut | Make | Mend | Seat | Name


def difference(wanted: Wanted, found: Found) -> tuple[Change, ...]:
    """What is to be done so that Matrix is as wanted, in the order in which it is to be done: who must not be there
    goes first. Nothing where all is well.
    """
    return (
        *put_out(wanted, found),
        *(Make(place, name) for place, name in wanted.room_names.items() if place not in found.rooms),
        *_to_mend(wanted, found),
        *_to_seat(wanted, found),
        *(Name(account, name) for account, name in sorted(wanted.names.items()) if found.names.get(account) != name),
    )


def put_out(wanted: Wanted, found: Found) -> Iterator[PutOut]:
    """Who is where nobody wants them."""
    for place, room in found.rooms.items():
        for member in sorted(found.there(room) - wanted.seats.get(place, frozenset())):
            yield PutOut(room, place, member)
    for room in sorted(found.signalements):
        for member in sorted(found.there(room) - wanted.agents):
            yield PutOut(room, None, member)


def _to_mend(wanted: Wanted, found: Found) -> Iterator[Mend]:
    for place in wanted.room_names:
        faults = found.faults.get(place, frozenset())
        if place in found.rooms:
            yield from (Mend(found.rooms[place], place, trait) for trait in Trait if trait in faults)


def _to_seat(wanted: Wanted, found: Found) -> Iterator[Seat]:
    for place, members in wanted.seats.items():
        room = found.rooms.get(place)
        if room is None and place not in wanted.room_names:
            continue  # of a former desk that was never whole
        there = found.seats.get(room, frozenset()) if room is not None else frozenset()
        yield from (Seat(place, member) for member in sorted(members - there))


_ROOM_NAMES = {Kind.SPACE: "{}", Kind.DESK_ROOM: "{} · guichet", Kind.TEAM_ROOM: "{} · équipe"}


def wanted_of(
    desks: Sequence[Desk], national_name: str, former: Collection[DeskId], bot_of: Callable[[DeskId], UserId]
) -> Wanted:
    """What a configuration asks for. `former`: desks that have rooms, and are no longer configured.

    An agent of several desks has the name that a desk gives it, or else its number at the first.
    """
    room_names = {NATIONAL: national_name}
    seats: dict[DeskPlace, frozenset[UserId]] = {NATIONAL: frozenset()}
    speakers: dict[DeskPlace, UserId] = {}
    names: dict[UserId, str] = {}
    for desk in desks:
        bot, agents = bot_of(desk.desk_id), frozenset(desk.agents)
        for kind, form in _ROOM_NAMES.items():
            place = DeskPlace(desk.desk_id, kind)
            room_names[place] = form.format(desk.name)
            seats[place] = agents | {bot} if kind is Kind.DESK_ROOM else agents
        speakers[DeskPlace(desk.desk_id, Kind.DESK_ROOM)] = bot
        names[bot] = bot_name(desk)
        for agent in desk.agents:
            if agent in desk.names or agent not in names:
                names[agent] = desk.name_of(agent)
    for desk_id in former:
        seats |= {DeskPlace(desk_id, kind): frozenset() for kind in _ROOM_NAMES}
        seats[DeskPlace(desk_id, Kind.DESK_ROOM)] = frozenset({bot_of(desk_id)})
    everybody = frozenset(agent for desk in desks for agent in desk.agents)
    return Wanted(room_names, seats, everybody, names, speakers)


def bot_name(desk: Desk) -> str:
    return f"Guichet {desk.name}"


def rooms_of(desk: DeskId, rooms: Mapping[DeskPlace, RoomId]) -> DeskRooms | None:
    """None unless all of them are there."""
    there = [rooms.get(DeskPlace(desk, kind)) for kind in (Kind.SPACE, Kind.DESK_ROOM, Kind.TEAM_ROOM)]
    space, desk_room, team_room = there
    if space is None or desk_room is None or team_room is None:
        return None
    return DeskRooms(desk, space, desk_room, team_room)
