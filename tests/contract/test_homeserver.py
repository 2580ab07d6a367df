"""What the homeserver must do for the service: the same asked of the fake and of a real Synapse with the module."""

from dataclasses import replace

import pytest

from appservice.domain.desk_plan import Blueprint, Kind, Trait
from appservice.domain.erasure import guest_hash, room_hash
from appservice.domain.errors import HomeserverError
from appservice.domain.ids import ProposalId, Reference, RoomId, SignalementId, UserId
from appservice.domain.interlocutor import Interlocutor, Named, Nobody
from appservice.domain.orientation import Orientation, OrientationKind, Particulars
from appservice.domain.place import Place
from appservice.domain.signalement import Interruption, Role
from appservice.erasure_port import FoundRoom
from appservice.ports import Moment, StaffRoom
from appservice.world import SystemRandomness
from tests.contract.homeservers import Homeserver
from tests.fakes.world import START
from tests.waiting import until


async def a_guest(homeserver: Homeserver) -> UserId:
    guest = homeserver.guests.name(SystemRandomness().token())
    await homeserver.guests.register(guest)
    await homeserver.guests.introduce(guest, Role.WITNESS)
    return guest


async def a_room(homeserver: Homeserver, guest: UserId, space: RoomId) -> RoomId:
    """As it is once the desk is told."""
    room = await homeserver.rooms.create(Reference("K7QM-42"), guest)
    await homeserver.rooms.admit_members_of(room, space)
    return room


async def a_desk(homeserver: Homeserver, *agents: UserId) -> RoomId:
    space = await homeserver.spaces.make(Blueprint(Kind.SPACE, "Desk"))
    for agent in agents:
        await homeserver.spaces.seat(space, agent)
    return space


async def a_conversation(homeserver: Homeserver, agent: UserId) -> tuple[RoomId, UserId]:
    """A room with its guest, and an agent who may write."""
    guest = await a_guest(homeserver)
    room = await a_room(homeserver, guest, await a_desk(homeserver, agent))
    await homeserver.people.guest_takes_its_place(room, guest)
    assert await homeserver.people.joins(room, agent)
    await homeserver.rooms.let_write(room, allowed=True)
    return room, guest


async def test_a_registered_guest_has_an_account_and_revoking_it_can_be_repeated(homeserver: Homeserver) -> None:
    guest = homeserver.guests.name(SystemRandomness().token())
    account = await homeserver.guests.register(guest)
    assert (account.user_id, bool(account.access_token), bool(account.device_id)) == (guest, True, True)
    for _ in range(2):
        await homeserver.guests.revoke(guest)


async def test_a_guest_that_was_never_registered_can_be_revoked(homeserver: Homeserver) -> None:
    await homeserver.guests.revoke(homeserver.guests.name(SystemRandomness().token()))


async def test_a_new_room_is_its_guest_s_alone(homeserver: Homeserver) -> None:
    agent, guest = await homeserver.people.agent(), await a_guest(homeserver)
    await a_desk(homeserver, agent)
    room = await homeserver.rooms.create(Reference("K7QM-42"), guest)
    assert await homeserver.rooms.open_to(room) is None
    assert not await homeserver.people.joins(room, agent)
    await homeserver.people.guest_takes_its_place(room, guest)


async def test_only_agents_of_the_desk_may_join_and_nobody_once_the_door_is_closed(homeserver: Homeserver) -> None:
    first, second, stranger = [await homeserver.people.agent() for _ in range(3)]
    space = await a_desk(homeserver, first, second)
    room = await a_room(homeserver, await a_guest(homeserver), space)
    assert not await homeserver.people.joins(room, stranger)
    assert await homeserver.people.joins(room, first)
    await homeserver.rooms.admit_only_invited(room)
    assert not await homeserver.people.joins(room, second)
    await homeserver.rooms.admit_members_of(room, space)
    assert await homeserver.people.joins(room, second)


async def test_nobody_writes_before_it_is_allowed_and_no_longer_once_it_is_forbidden(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    room, _ = await a_conversation(homeserver, agent)
    await homeserver.rooms.let_write(room, allowed=False)
    assert not await homeserver.people.says(room, agent)
    await homeserver.rooms.let_write(room, allowed=True)
    assert await homeserver.people.says(room, agent)


async def test_who_was_put_out_is_known_still_and_may_be_put_out_again(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    room, _ = await a_conversation(homeserver, agent)
    assert await homeserver.rooms.agents_in(room) == {agent}
    for _ in range(2):
        await homeserver.rooms.kick(room, agent)
    assert await homeserver.rooms.agents_in(room) == frozenset()
    assert await homeserver.rooms.agents_of(room) == {agent}


async def test_every_message_is_redacted_once(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    room, _ = await a_conversation(homeserver, agent)
    for _ in range(3):
        await homeserver.people.says(room, agent)
    assert await homeserver.shells.redact_messages(room) == 3
    assert await homeserver.shells.redact_messages(room) == 0
    for _ in range(2):
        await homeserver.shells.destroy_originals(room)


async def test_a_device_is_awaited_until_it_has_synced_past_the_kick(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    room, _ = await a_conversation(homeserver, agent)
    await homeserver.people.syncs(agent)
    await homeserver.rooms.kick(room, agent)
    await homeserver.rooms.probe(room, [agent], Moment.KICK)
    assert await homeserver.shells.devices_awaited(room) == 1
    await homeserver.people.syncs(agent)
    assert await homeserver.shells.devices_awaited(room) == 0
    await homeserver.rooms.probe(room, [agent], Moment.NUDGE)
    assert await homeserver.shells.devices_awaited(room) == 0


async def test_a_device_that_has_not_synced_since_the_join_is_not_awaited(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    room, _ = await a_conversation(homeserver, agent)
    await homeserver.rooms.probe(room, [agent], Moment.JOIN)
    await homeserver.rooms.kick(room, agent)
    await homeserver.rooms.probe(room, [agent], Moment.KICK)
    assert await homeserver.shells.devices_awaited(room) == 0


async def test_a_purged_room_is_gone_and_swept_and_both_can_be_repeated(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    room, guest = await a_conversation(homeserver, agent)
    await homeserver.people.says(room, agent)
    await homeserver.guests.revoke(guest)
    await homeserver.rooms.kick(room, agent)

    async def is_gone() -> bool:
        try:
            return await homeserver.shells.purge(room)
        except HomeserverError:
            return False

    async def is_swept() -> bool:
        try:
            await homeserver.shells.sweep(room, guest)
        except HomeserverError:
            return False
        return True

    names = [room_hash(room), guest_hash(guest)]
    assert room_hash(room) in await homeserver.inventory.left_of(names)
    await until(is_gone)
    await homeserver.shells.purge(room)
    await until(is_swept)
    await homeserver.shells.sweep(room, guest)
    assert await homeserver.shells.residue(room, guest) == {}
    assert await homeserver.inventory.left_of(names) == {}


async def test_a_signalement_is_in_the_inventory_with_its_guest_and_the_space_that_shows_it(
    homeserver: Homeserver,
) -> None:
    agent = await homeserver.people.agent()
    room, guest = await a_conversation(homeserver, agent)
    space = await a_desk(homeserver, agent)
    await homeserver.rooms.link(room, space)
    assert FoundRoom(room, (guest,), (space,)) in await homeserver.inventory.signalement_rooms()
    assert space not in {found.room_id for found in await homeserver.inventory.signalement_rooms()}
    assert await homeserver.inventory.exists(room)
    assert not await homeserver.inventory.exists(RoomId("!" + "never" * 8 + "-is"))
    assert set(await homeserver.inventory.last_seen([guest])) <= {guest}


async def a_desk_room(homeserver: Homeserver, speaker: UserId | None = None) -> tuple[RoomId, Blueprint]:
    """In a Space of its own."""
    space = await homeserver.spaces.make(Blueprint(Kind.SPACE, "Desk"))
    blueprint = Blueprint(Kind.DESK_ROOM, "Desk room", space, speaker)
    return await homeserver.spaces.make(blueprint), blueprint


async def test_members_are_seated_without_asking_their_clients_and_put_out(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    room, _ = await a_desk_room(homeserver)
    for _ in range(2):
        await homeserver.spaces.seat(room, agent)
    assert (await homeserver.spaces.staff([])).rooms[room] == StaffRoom(False, frozenset({agent}))
    for _ in range(2):
        await homeserver.spaces.unseat(room, agent)
    assert room not in await seats_of(homeserver, agent)


async def test_agents_in_a_signalement_are_told_from_those_in_a_desk_s_room_and_guests_are_not_counted(
    homeserver: Homeserver,
) -> None:
    agent = await homeserver.people.agent()
    room, _ = await a_conversation(homeserver, agent)
    assert (await homeserver.spaces.staff([])).rooms[room] == StaffRoom(True, frozenset({agent}))
    await homeserver.spaces.unseat(room, agent)
    assert await homeserver.rooms.agents_in(room) == frozenset()


@pytest.mark.parametrize("kind", list(Kind))
async def test_what_is_made_is_as_it_must_be(homeserver: Homeserver, kind: Kind) -> None:
    parent = await homeserver.spaces.make(Blueprint(Kind.NATIONAL, "Parent"))
    blueprint = Blueprint(kind, "Commissariat « d’ici »", None if kind is Kind.NATIONAL else parent)
    room = await homeserver.spaces.make(blueprint)
    assert await homeserver.spaces.faults(room, blueprint) == frozenset()
    assert await homeserver.spaces.faults(room, replace(blueprint, name="Another")) == frozenset({Trait.NAME})


@pytest.mark.parametrize("trait", list(Trait))
async def test_what_a_hand_has_changed_is_seen_and_put_right(homeserver: Homeserver, trait: Trait) -> None:
    room, blueprint = await a_desk_room(homeserver)
    await homeserver.people.spoils(room, blueprint, trait)
    assert await homeserver.spaces.faults(room, blueprint) == frozenset({trait})
    for _ in range(2):
        await homeserver.spaces.mend(room, blueprint, trait)
    assert await homeserver.spaces.faults(room, blueprint) == frozenset()


async def test_who_speaks_in_a_room_has_the_power_to_call_everybody_and_another_bot_takes_it_over(
    homeserver: Homeserver,
) -> None:
    room, blueprint = await a_desk_room(homeserver)
    with_bot = replace(blueprint, speaker=UserId("@veilleuse_desk_a:veilleuse.localhost"))
    assert await homeserver.spaces.faults(room, with_bot) == frozenset({Trait.POWERS})
    await homeserver.spaces.mend(room, with_bot, Trait.POWERS)
    assert await homeserver.spaces.faults(room, with_bot) == frozenset()


async def test_a_room_that_is_gone_is_told_to_be_gone(homeserver: Homeserver) -> None:
    assert await homeserver.spaces.faults(RoomId("!" + "A" * 43), Blueprint(Kind.TEAM_ROOM, "Team")) is None


async def test_an_agent_is_called_by_the_name_it_is_given(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    room, _ = await a_desk_room(homeserver)
    await homeserver.spaces.seat(room, agent)
    for name in ("Agent 27, police", "Agent 27, police", "Agent 28"):
        await homeserver.spaces.rename(agent, name)
        assert (await homeserver.spaces.staff([agent])).names == {agent: name}


async def seats_of(homeserver: Homeserver, agent: UserId) -> set[RoomId]:
    return {room for room, who in (await homeserver.spaces.staff([])).rooms.items() if agent in who.joined}


async def test_a_room_can_be_shown_in_the_space_and_taken_out(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    space = await a_desk(homeserver, agent)
    room = await a_room(homeserver, await a_guest(homeserver), space)
    for change in (homeserver.rooms.link, homeserver.rooms.link, homeserver.rooms.unlink, homeserver.rooms.unlink):
        await change(room, space)


@pytest.mark.parametrize(
    "who",
    [
        Interlocutor(Named(UserId("@agent:elsewhere"), "Agent 1"), (Named(UserId("@other:elsewhere"), "Agent 2"),)),
        Nobody(),
        Nobody(Interruption.HANDED_OVER, "Desk"),
    ],
)
async def test_the_claim_is_declared_and_withdrawn(homeserver: Homeserver, who: Interlocutor | Nobody) -> None:
    someone = await homeserver.people.agent()
    room, _ = await a_conversation(homeserver, someone)
    assert await homeserver.rooms.declared(room) is None
    await homeserver.rooms.declare_claim(room, who)
    assert await homeserver.rooms.declared(room) == (who.agent.agent if isinstance(who, Interlocutor) else None)


async def test_who_is_brought_in_is_there_though_the_door_is_closed_and_may_be_brought_in_again(
    homeserver: Homeserver,
) -> None:
    first, second = await homeserver.people.agent(), await homeserver.people.agent()
    room, _ = await a_conversation(homeserver, first)
    await a_desk(homeserver, second)
    await homeserver.rooms.admit_only_invited(room)
    for _ in range(2):
        await homeserver.rooms.bring_in(room, second)
    assert await homeserver.rooms.agents_in(room) == {first, second}
    assert await homeserver.rooms.agents_invited_to(room) == frozenset()


async def test_the_door_tells_whose_it_is(homeserver: Homeserver) -> None:
    space, other = await a_desk(homeserver), await a_desk(homeserver)
    room = await a_room(homeserver, await a_guest(homeserver), space)
    assert await homeserver.rooms.open_to(room) == space
    await homeserver.rooms.admit_only_invited(room)
    assert await homeserver.rooms.open_to(room) is None
    await homeserver.rooms.admit_members_of(room, other)
    assert await homeserver.rooms.open_to(room) == other


async def test_a_proposal_is_shown_and_taken_back_and_the_end_declared(homeserver: Homeserver) -> None:
    room, _ = await a_conversation(homeserver, await homeserver.people.agent())
    particulars = Particulars(
        "Brigade",
        "1 rue du Lavoir",
        "+33299000000",
        ("lun 8:00-12:00",),
        call_first=True,
        source="DILA",
        as_of=START.date(),
    )
    proposed = Orientation(
        ProposalId("p1"), SignalementId("s1"), OrientationKind.COMPLAINT, particulars, None, proposed_at=START
    )
    for shown in (proposed, proposed, None):
        await homeserver.rooms.show_orientation(room, proposed.proposal_id, shown)
    for _ in range(2):
        await homeserver.rooms.declare_closed(room)


async def test_guests_are_told_their_places_also_those_that_are_gone(homeserver: Homeserver) -> None:
    there, gone = await a_guest(homeserver), await a_guest(homeserver)
    await homeserver.guests.revoke(gone)
    await homeserver.rooms.tell_places({there: Place(1, None), gone: Place(2, 10)})
