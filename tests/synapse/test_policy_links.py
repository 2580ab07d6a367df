"""What a Space knows of a room that is gone: nothing, and the Space is none the worse for it."""

import asyncio
from typing import Any
from urllib.parse import quote

from tests.synapse.clients import CLIENT, Person
from tests.synapse.server import Server, Signalement


async def a_space(server: Server, *members: Person) -> str:
    space = await server.warden.create_room(
        preset="private_chat", creation_content={"type": "m.space"}, invite=[member.user_id for member in members]
    )
    for member in members:
        await member.join(space)
    return space


async def show(server: Server, space: str, room: str, *, shown: bool = True) -> None:
    if shown:
        path = f"{CLIENT}/rooms/{quote(space)}/state/m.space.child/{quote(room)}"
        await server.warden.ask.ok("PUT", path, {"via": ["veilleuse.test"]})
    else:
        assert (await server.room("POST", space, "unlink", {"room_id": room})).status == 200


async def erase(server: Server, signalement: Signalement) -> None:
    """Guest and agent are out, the room is purged and swept."""
    await signalement.guest.ask.ok("POST", f"{CLIENT}/rooms/{quote(signalement.room)}/leave")
    await server.erase(signalement.guest)
    await server.kick(signalement.agent, signalement.room)
    assert (await server.room("POST", signalement.room, "purge")).body == {"gone": True}
    assert (await server.room("POST", signalement.room, "sweep", {"user_id": signalement.guest.user_id})).status == 200


async def children(person: Person, space: str) -> set[str]:
    """What the Space shows, by its state as the person is given it."""
    answer: Any = (await person.ask("GET", f"{CLIENT}/rooms/{quote(space)}/state")).body
    return {event["state_key"] for event in answer if event["type"] == "m.space.child" and event["content"]}


async def test_of_a_purged_room_no_table_and_no_file_has_the_id_and_the_space_goes_on(
    server: Server, signalement: Signalement
) -> None:
    agent, other = signalement.agent, await server.signalement()
    space = await a_space(server, agent)
    for room in (signalement.room, other.room):
        await show(server, space, room)
    since = (await agent.sync())["next_batch"]
    await show(server, space, signalement.room, shown=False)
    counted = await server.residue(signalement.room)
    assert {"state_events", "current_state_events", "state_groups_state"} <= counted.keys()

    await erase(server, signalement)

    await server.database.forgets(signalement.room)
    assert await children(agent, space) == {other.room}
    assert (await agent.sync(since))["next_batch"]
    third = await server.signalement()
    await show(server, space, third.room)
    assert await children(agent, space) == {other.room, third.room}
    await show(server, space, other.room, shown=False)
    assert await children(agent, space) == {third.room}
    await server.database.forgets(signalement.room)


async def test_rooms_that_come_and_go_at_once_leave_nothing_and_the_space_shows_what_is_left(server: Server) -> None:
    agent = await server.agent()
    space = await a_space(server, agent)
    going = await asyncio.gather(*(server.signalement() for _ in range(4)))
    staying = await asyncio.gather(*(server.signalement() for _ in range(2)))
    await asyncio.gather(*(show(server, space, one.room) for one in going))

    async def comes(signalement: Signalement) -> None:
        await show(server, space, signalement.room)

    async def goes(signalement: Signalement) -> None:
        await show(server, space, signalement.room, shown=False)
        await erase(server, signalement)

    await asyncio.gather(*map(goes, going), *map(comes, staying))

    assert await children(agent, space) == {one.room for one in staying}
    for one in going:
        await server.database.forgets(one.room)
    await server.process.restart()
    assert await children(agent, space) == {one.room for one in staying}
    await show(server, space, staying[0].room, shown=False)
    assert await children(agent, space) == {staying[1].room}
    for one in going:
        await server.database.forgets(one.room)


async def test_a_device_that_was_away_all_along_syncs_on(server: Server, signalement: Signalement) -> None:
    agent = signalement.agent
    space = await a_space(server, agent)
    since = (await agent.sync())["next_batch"]
    await show(server, space, signalement.room)
    await show(server, space, signalement.room, shown=False)
    await erase(server, signalement)
    synced = await agent.sync(since)
    assert signalement.room not in str(synced.get("rooms", {}).get("join", {}).get(space, {}))
    again = await agent.sync(synced["next_batch"])
    assert again["next_batch"]


async def test_what_others_show_in_their_own_spaces_is_theirs(server: Server, signalement: Signalement) -> None:
    agent = signalement.agent
    space = await agent.create_room(creation_content={"type": "m.space"})
    await agent.ask.ok(
        "PUT", f"{CLIENT}/rooms/{quote(space)}/state/m.space.child/{quote(signalement.room)}", {"via": ["x"]}
    )
    await erase(server, signalement)
    assert await children(agent, space) == {signalement.room}
    assert (await server.residue(signalement.room))["state_events"] == 1, (
        "and it is counted, so that somebody hears of it"
    )
