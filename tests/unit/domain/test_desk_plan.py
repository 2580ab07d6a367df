"""The difference between what is wanted and what is found, over all that can be found."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.desk import Desk
from appservice.domain.desk_plan import (
    NATIONAL,
    Change,
    DeskPlace,
    Found,
    Kind,
    Make,
    Mend,
    Name,
    PutOut,
    Seat,
    Trait,
    difference,
    wanted_of,
)
from appservice.domain.ids import DeskId, RoomId, UserId
from tests.unit.factories import a_desk

PEOPLE = [UserId(f"@{name}:fake") for name in "abcd"]
DESKS = [DeskId("guyancourt"), DeskId("rennes"), DeskId("brest")]
PLACES = [
    NATIONAL,
    *(DeskPlace(desk, kind) for desk in DESKS for kind in Kind if kind not in (Kind.NATIONAL, Kind.AUDIT_ROOM)),
]
SIGNALEMENTS = [RoomId("!signalement1"), RoomId("!signalement2")]


def bot_of(desk: DeskId) -> UserId:
    return UserId(f"@veilleuse_desk_{desk}:fake")


EVERYBODY = [*PEOPLE, *map(bot_of, DESKS)]
crowds = st.frozensets(st.sampled_from(EVERYBODY))


@st.composite
def configurations(draw: st.DrawFn) -> list[Desk]:
    desks = draw(st.lists(st.sampled_from(DESKS), unique=True))
    return [a_desk(desk, tuple(draw(st.lists(st.sampled_from(PEOPLE), unique=True)))) for desk in desks]


@st.composite
def founds(draw: st.DrawFn) -> Found:
    rooms = {place: RoomId(f"!{place}") for place in draw(st.sets(st.sampled_from(PLACES)))}
    everywhere = [*rooms.values(), *SIGNALEMENTS]
    return Found(
        rooms,
        faults={place: draw(st.frozensets(st.sampled_from(Trait))) for place in rooms},
        seats={room: draw(crowds) for room in everywhere},
        invited={room: draw(crowds) for room in everywhere},
        signalements=frozenset(SIGNALEMENTS),
        names={account: draw(st.sampled_from([None, "Jean", "Agent 1"])) for account in EVERYBODY},
    )


def carried_out(found: Found, changes: tuple[Change, ...]) -> Found:
    """What Matrix says when all of it is done."""
    rooms, faults, names = dict(found.rooms), dict(found.faults), dict(found.names)
    seats, invited = dict(found.seats), dict(found.invited)
    for change in changes:
        match change:
            case PutOut(room, _, member):
                seats[room] -= {member}
                invited[room] -= {member}
            case Make(place, _):
                rooms[place] = RoomId(f"!{place}")
                seats[rooms[place]], invited[rooms[place]] = frozenset(), frozenset()
            case Mend(_, place, trait):
                faults[place] -= {trait}
            case Seat(place, member):
                seats[rooms[place]] |= {member}
                invited[rooms[place]] -= {member}
            case Name(account, name):
                names[account] = name
    return replace(found, rooms=rooms, faults=faults, seats=seats, invited=invited, names=names)


@given(configurations(), founds())
def test_once_the_difference_is_made_up_there_is_none(desks: list[Desk], found: Found) -> None:
    former = {place.desk_id for place in found.rooms if place.desk_id} - {desk.desk_id for desk in desks}
    wanted = wanted_of(desks, "Veilleuse", former, bot_of)
    after = carried_out(found, difference(wanted, found))
    assert difference(wanted, after) == ()
    for place, members in wanted.seats.items():
        if place in after.rooms:
            assert after.there(after.rooms[place]) == members
    for room in SIGNALEMENTS:
        assert after.there(room) == found.there(room) & wanted.agents


@given(configurations(), founds())
def test_nobody_is_put_out_who_belongs_there_and_who_must_go_goes_first(desks: list[Desk], found: Found) -> None:
    wanted = wanted_of(desks, "Veilleuse", (), bot_of)
    changes = difference(wanted, found)
    put_out = [change for change in changes if isinstance(change, PutOut)]
    assert list(changes[: len(put_out)]) == put_out
    for change in put_out:
        assert change.member not in (wanted.seats.get(change.place, ()) if change.place else wanted.agents)
