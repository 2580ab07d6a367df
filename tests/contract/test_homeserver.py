"""What the homeserver must do for the service: the same asked of the fake and of a real Synapse with the module."""

from datetime import timedelta

import pytest

from appservice.domain.errors import HomeserverError
from appservice.domain.ids import Reference, RoomId, UserId
from appservice.domain.signalement import Role
from appservice.ports import Moment
from appservice.world import SystemRandomness
from tests.contract.homeservers import Homeserver
from tests.waiting import until


async def a_guest(homeserver: Homeserver) -> UserId:
    guest = homeserver.guests.name(SystemRandomness().token())
    await homeserver.guests.register(guest, Role.WITNESS)
    return guest


async def a_desk(homeserver: Homeserver, *agents: UserId) -> RoomId:
    space = await homeserver.spaces.create_space("Desk")
    for agent in agents:
        await homeserver.spaces.seat(space, agent)
    return space


async def a_conversation(homeserver: Homeserver, agent: UserId) -> tuple[RoomId, UserId]:
    """A room with its guest, and an agent who may write."""
    guest = await a_guest(homeserver)
    room = await homeserver.rooms.create(Reference("K7QM-42"), guest, await a_desk(homeserver, agent))
    await homeserver.people.guest_takes_its_place(room, guest)
    assert await homeserver.people.joins(room, agent)
    await homeserver.rooms.let_write(room, allowed=True)
    return room, guest


async def test_a_registered_guest_has_an_account_and_revoking_it_can_be_repeated(homeserver: Homeserver) -> None:
    guest = homeserver.guests.name(SystemRandomness().token())
    account = await homeserver.guests.register(guest, Role.VICTIM)
    assert (account.user_id, bool(account.access_token), bool(account.device_id)) == (guest, True, True)
    for _ in range(2):
        await homeserver.guests.revoke(guest)


async def test_a_guest_that_was_never_registered_can_be_revoked(homeserver: Homeserver) -> None:
    await homeserver.guests.revoke(homeserver.guests.name(SystemRandomness().token()))


async def test_only_agents_of_the_desk_may_join_and_nobody_once_the_door_is_closed(homeserver: Homeserver) -> None:
    first, second, stranger = [await homeserver.people.agent() for _ in range(3)]
    space = await a_desk(homeserver, first, second)
    room = await homeserver.rooms.create(Reference("K7QM-42"), await a_guest(homeserver), space)
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
    assert not await homeserver.shells.is_gone(room)

    async def is_gone() -> bool:
        try:
            await homeserver.shells.purge(room)
        except HomeserverError:
            return False
        return await homeserver.shells.is_gone(room)

    async def is_swept() -> bool:
        try:
            await homeserver.shells.sweep(room, guest)
        except HomeserverError:
            return False
        return True

    await until(is_gone, timedelta(seconds=20))
    await homeserver.shells.purge(room)
    await until(is_swept)
    await homeserver.shells.sweep(room, guest)
    assert await homeserver.shells.residue(room, guest) == {}


async def test_members_are_seated_without_asking_their_clients_and_put_out(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    space = await a_desk(homeserver, agent)
    room = await homeserver.spaces.create_room("Desk room", space)
    for _ in range(2):
        await homeserver.spaces.seat(room, agent)
    assert await homeserver.spaces.members(room) == {agent}
    await homeserver.spaces.unseat(room, agent)
    assert await homeserver.spaces.members(room) == frozenset()


async def test_a_room_can_be_shown_in_the_space_and_taken_out(homeserver: Homeserver) -> None:
    agent = await homeserver.people.agent()
    space = await a_desk(homeserver, agent)
    room = await homeserver.rooms.create(Reference("K7QM-42"), await a_guest(homeserver), space)
    for change in (homeserver.rooms.link, homeserver.rooms.link, homeserver.rooms.unlink, homeserver.rooms.unlink):
        await change(room, space)


@pytest.mark.parametrize("agent", ["@agent:elsewhere", None])
async def test_the_claim_is_declared_and_withdrawn(homeserver: Homeserver, agent: UserId | None) -> None:
    someone = await homeserver.people.agent()
    room, _ = await a_conversation(homeserver, someone)
    await homeserver.rooms.declare_claim(room, agent)
