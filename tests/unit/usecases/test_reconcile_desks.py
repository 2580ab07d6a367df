from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from appservice.domain.desk import Desk
from appservice.domain.desk_plan import NATIONAL, Change, DeskPlace, Kind, Make, Name, PutOut, Seat, Trait
from appservice.domain.errors import HomeserverUnavailable, InvalidInput
from appservice.domain.ids import DeskId, Reference, RoomId, UserId
from appservice.usecases.reconcile_desks import Applied, ConfiguredDesks, ReconcileDesks
from tests.fakes.homeserver import FakeHomeserver, FakeRoom
from tests.fakes.stores import FakeDeskRegister
from tests.unit.factories import a_desk

DESK, RENNES = DeskId("guyancourt"), DeskId("rennes")
A, B = UserId("@a:fake"), UserId("@b:fake")
EVERYWHERE = (Kind.SPACE, Kind.DESK_ROOM, Kind.TEAM_ROOM)


def bot_of(desk: DeskId) -> UserId:
    return UserId(f"@veilleuse_desk_{desk}:fake")


@dataclass
class Office:
    """A homeserver, and what is kept of the desks' rooms; the configuration comes with each call."""

    homeserver: FakeHomeserver = field(default_factory=FakeHomeserver)
    register: FakeDeskRegister = field(default_factory=FakeDeskRegister)

    def __post_init__(self) -> None:
        self.reconcile = ReconcileDesks(self.homeserver, self.register, bot_of)

    async def plan(self, *desks: Desk, national: str = "Veilleuse") -> tuple[Change, ...]:
        return await self.reconcile.plan(desks, national)

    async def apply(self, *desks: Desk, national: str = "Veilleuse") -> Applied:
        return await self.reconcile.apply(desks, national)

    async def room(self, kind: Kind, desk: DeskId = DESK) -> FakeRoom:
        place = NATIONAL if kind is Kind.NATIONAL else DeskPlace(desk, kind)
        return self.homeserver.rooms[(await self.register.rooms())[place]]

    async def members(self, desk: DeskId = DESK) -> list[set[UserId]]:
        return [(await self.room(kind, desk)).joined for kind in EVERYWHERE]

    async def a_signalement(self, *agents: UserId) -> FakeRoom:
        guest = self.homeserver.name(f"{len(self.homeserver.rooms)}")
        self.homeserver.accounts[guest] = True
        room = self.homeserver.rooms[await self.homeserver.create(Reference("K7QM-42"), guest)]
        for member in (guest, *agents):
            room.join(member)
        return room


@pytest.fixture
def office() -> Office:
    return Office()


def guyancourt(*agents: str) -> Desk:
    return a_desk("guyancourt", agents)


async def test_a_desk_gets_its_rooms_and_its_agents_and_the_bot_is_in_the_desk_room_alone(office: Office) -> None:
    await office.apply(guyancourt(A, B))
    assert await office.members() == [{A, B}, {A, B, bot_of(DESK)}, {A, B}]


async def test_the_national_space_holds_every_desk_s_space_and_nobody_is_in_it(office: Office) -> None:
    await office.apply(guyancourt(A), a_desk("rennes", (B,)))
    rooms = await office.register.rooms()
    national = await office.room(Kind.NATIONAL)
    assert national.children == {rooms[DeskPlace(DESK, Kind.SPACE)], rooms[DeskPlace(RENNES, Kind.SPACE)]}
    assert (national.joined, national.blueprint and national.blueprint.name) == (set(), "Veilleuse")
    space = await office.room(Kind.SPACE)
    assert space.children == {rooms[DeskPlace(DESK, Kind.DESK_ROOM)], rooms[DeskPlace(DESK, Kind.TEAM_ROOM)]}


async def test_a_plan_of_something_new_names_all_of_it_and_makes_nothing(office: Office) -> None:
    changes = await office.plan(guyancourt(A))
    assert [type(change) for change in changes] == [Make] * 4 + [Seat] * 4 + [Name] * 2
    assert office.homeserver.log == []
    assert "guyancourt, team room: made, 'Desk guyancourt · équipe'" in "\n".join(map(str, changes))


async def test_a_second_time_changes_nothing_and_a_plan_says_so(office: Office) -> None:
    first = await office.apply(guyancourt(A, B))
    done = list(office.homeserver.log)
    assert first.done
    assert await office.plan(guyancourt(A, B)) == ()
    assert await office.apply(guyancourt(A, B)) == Applied((), ())
    assert office.homeserver.log == done


async def test_a_plan_is_what_apply_does(office: Office) -> None:
    await office.apply(guyancourt(A), a_desk("rennes", (B,)))
    office.homeserver.names[B] = "Jean Dupont"
    (await office.room(Kind.TEAM_ROOM)).spoiled.add(Trait.HISTORY)
    after = (replace(guyancourt(B), name="Guyancourt"), a_desk("brest", (A,)))
    planned = await office.plan(*after)
    assert set((await office.apply(*after)).done) == set(planned)
    assert await office.plan(*after) == ()


async def test_an_agent_taken_out_of_the_configuration_is_out_of_every_room_and_conversation(office: Office) -> None:
    await office.apply(guyancourt(A, B))
    theirs, others = await office.a_signalement(A), await office.a_signalement(B)
    before = len(office.homeserver.log)
    applied = await office.apply(guyancourt(B))
    assert all(A not in members for members in await office.members())
    assert A not in theirs.joined
    assert B in others.joined
    assert {change.member for change in applied.done if isinstance(change, PutOut)} == {A}
    assert all(said.startswith("unseat") for said in office.homeserver.log[before : before + 4]), "before all else"


async def test_an_agent_of_another_desk_keeps_the_conversation_it_has(office: Office) -> None:
    await office.apply(guyancourt(A, B), a_desk("rennes", (A,)))
    conversation = await office.a_signalement(A)
    await office.apply(guyancourt(B), a_desk("rennes", (A,)))
    assert A in conversation.joined
    assert await office.members(RENNES) == [{A}, {A, bot_of(RENNES)}, {A}]


async def test_an_invitation_by_hand_is_taken_back_and_one_to_an_agent_becomes_a_seat(office: Office) -> None:
    await office.apply(guyancourt(A))
    team_room = await office.room(Kind.TEAM_ROOM)
    team_room.joined.clear()
    team_room.invited = {A, UserId("@stranger:fake")}
    await office.apply(guyancourt(A))
    assert (team_room.joined, team_room.invited) == ({A}, set())


async def test_a_desk_that_is_no_longer_configured_is_emptied_and_kept_for_the_conversations_there(
    office: Office,
) -> None:
    await office.apply(guyancourt(A), a_desk("rennes", (B,)))
    desks = ConfiguredDesks([guyancourt(A)])
    applied = await office.apply(guyancourt(A))
    await office.reconcile.settle(desks)
    assert await office.members(RENNES) == [set(), {bot_of(RENNES)}, set()]
    assert all(isinstance(change, PutOut) for change in applied.done)
    assert desks.rooms(RENNES).desk_id == RENNES
    assert desks.desk(RENNES).agents == ()
    assert [desk.desk_id for desk in desks.all()] == [DESK]
    assert await office.plan(guyancourt(A)) == ()


async def test_a_desk_that_comes_back_has_its_rooms_again(office: Office) -> None:
    await office.apply(guyancourt(A), a_desk("rennes", (B,)))
    rooms = await office.register.rooms()
    await office.apply(guyancourt(A))
    await office.apply(guyancourt(A), a_desk("rennes", (B,)))
    assert await office.register.rooms() == rooms
    assert await office.members(RENNES) == [{B}, {B, bot_of(RENNES)}, {B}]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.AUDIT_ROOM])
async def test_what_a_hand_has_changed_is_told_and_put_right(office: Office, kind: Kind) -> None:
    await office.apply(guyancourt(A))
    room = await office.room(kind)
    room.spoiled = {Trait.JOIN_RULE, Trait.POWERS}
    changes = await office.plan(guyancourt(A))
    assert [str(change).partition(": ")[2] for change in changes] == ["join rule", "powers"]
    assert (await office.apply(guyancourt(A))).done == changes
    assert room.spoiled == set()


async def test_a_new_name_of_the_desk_goes_to_its_space_its_rooms_and_its_bot(office: Office) -> None:
    await office.apply(guyancourt(A))
    await office.apply(replace(guyancourt(A), name="Élancourt"), national="France")
    names = [room.blueprint.name for room in office.homeserver.rooms.values() if room.blueprint]
    assert names == ["France", "Élancourt", "Élancourt · guichet", "Élancourt · équipe"]
    assert office.homeserver.names[bot_of(DESK)] == "Guichet Élancourt"


async def test_agents_are_called_by_their_pseudonym_or_their_number_never_as_they_call_themselves(
    office: Office,
) -> None:
    office.homeserver.names = {A: "Jean Dupont", B: "jean.dupont@police.example"}
    await office.apply(replace(guyancourt(A, B), names={B: "Agent 27, police"}))
    assert (office.homeserver.names[A], office.homeserver.names[B]) == ("Agent 1", "Agent 27, police")


async def test_the_pseudonym_that_one_desk_gives_holds_at_all_of_them(office: Office) -> None:
    await office.apply(guyancourt(B, A), replace(a_desk("rennes", (A,)), names={A: "Agent 9"}))
    assert office.homeserver.names[A] == "Agent 9"
    assert await office.plan(guyancourt(B, A), replace(a_desk("rennes", (A,)), names={A: "Agent 9"})) == ()


async def test_an_account_that_does_not_exist_is_told_and_hinders_nobody_else(office: Office) -> None:
    office.homeserver.unknown_accounts.add(A)
    applied = await office.apply(guyancourt(A, B))
    assert {str(change) for change, _ in applied.refused} == {
        f"+ {A} joins guyancourt, {kind}" for kind in EVERYWHERE
    } | {f"~ {A} is called 'Agent 1'"}
    assert await office.members() == [{B}, {B, bot_of(DESK)}, {B}]


async def test_a_room_that_is_gone_is_made_again_with_who_belongs_there(office: Office) -> None:
    await office.apply(guyancourt(A))
    for kind in (Kind.NATIONAL, Kind.SPACE):
        place = NATIONAL if kind is Kind.NATIONAL else DeskPlace(DESK, kind)
        del office.homeserver.rooms[(await office.register.rooms())[place]]
        await office.apply(guyancourt(A))
        assert await office.plan(guyancourt(A)) == ()
    assert await office.members() == [{A}, {A, bot_of(DESK)}, {A}]


async def test_what_an_outage_has_interrupted_is_completed_by_the_next_run(office: Office) -> None:
    make, left = office.homeserver.make, [2]

    async def make_twice(blueprint: object) -> RoomId:
        if not left[0]:
            raise HomeserverUnavailable("it went away")
        left[0] -= 1
        return await make(blueprint)  # type: ignore[arg-type] # passed through as it came

    office.homeserver.make = make_twice  # type: ignore[method-assign] # a homeserver that goes away half way
    with pytest.raises(HomeserverUnavailable):
        await office.apply(guyancourt(A))
    left[0] = 9
    await office.apply(guyancourt(A))
    assert len(office.homeserver.rooms) == 4, "nothing was made twice"
    assert await office.plan(guyancourt(A)) == ()


def test_a_desk_that_never_was_is_none() -> None:
    desks = ConfiguredDesks([guyancourt(A)])
    for ask in (desks.desk, desks.rooms):
        with pytest.raises(InvalidInput):
            ask(RENNES)


def test_the_desks_are_those_configured_last() -> None:
    desks = ConfiguredDesks([guyancourt(A)])
    desks.configure(_two())
    assert [desk.desk_id for desk in desks.all()] == [DESK, RENNES]


def _two() -> Sequence[Desk]:
    return [guyancourt(A), a_desk("rennes", (B,))]


async def test_who_must_go_is_out_before_the_bots_of_new_desks_are_brought(office: Office) -> None:
    await office.apply(guyancourt(A, B))
    seen: list[list[set[UserId]]] = []

    async def bring_bots() -> None:
        seen.append(await office.members())

    await office.reconcile.apply([guyancourt(B), a_desk("rennes", (A,))], "Veilleuse", bring_bots)
    assert seen == [[{B}, {B, bot_of(DESK)}, {B}]]
    assert await office.members(RENNES) == [{A}, {A, bot_of(RENNES)}, {A}]
