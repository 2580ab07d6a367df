"""Who sits where, and under which name."""

import pytest

from tests.synapse.clients import CLIENT, Body
from tests.synapse.server import SERVER_NAME, WARDEN, Server, Signalement
from tests.waiting import until


async def seats(server: Server, room: str) -> dict[str, object] | None:
    rooms = (await server.module("POST", "/staff", {"user_ids": []})).body["rooms"]
    found: dict[str, object] | None = rooms.get(room)
    return found


async def test_of_a_desk_s_room_members_and_invitations_are_told(server: Server) -> None:
    inside, invited, left = [await server.agent() for _ in range(3)]
    room = await server.warden.create_room(
        preset="private_chat", invite=[person.user_id for person in (inside, invited, left)]
    )
    for person in (inside, left):
        await person.join(room)
    await server.kick(left, room)
    assert await seats(server, room) == {"kind": None, "joined": [inside.user_id], "invited": [invited.user_id]}


async def test_a_room_that_says_to_be_a_signalement_is_told_as_one_without_its_guest(
    server: Server, signalement: Signalement
) -> None:
    expected = {"kind": "signalement", "joined": [signalement.agent.user_id], "invited": []}
    assert await seats(server, signalement.room) == expected


async def test_rooms_of_others_are_not_told_even_if_the_warden_is_in_them(server: Server) -> None:
    owner = await server.agent()
    room = await owner.create_room(invite=[WARDEN])
    await server.warden.join(room)
    assert await seats(server, room) is None


async def test_an_agent_gets_its_name_and_others_in_the_room_see_it(server: Server) -> None:
    agent, colleague = await server.agent(), await server.agent()
    room = await server.warden.create_room(preset="private_chat", invite=[agent.user_id, colleague.user_id])
    for person in (agent, colleague):
        await person.join(room)
    answer = await server.module("POST", "/names", {"user_id": agent.user_id, "name": "Agent 27, police"})
    assert (answer.status, answer.body) == (200, {})
    asked = [agent.user_id, f"@nobody:{SERVER_NAME}"]
    names = (await server.module("POST", "/staff", {"user_ids": asked})).body["names"]
    assert names == {agent.user_id: "Agent 27, police"}

    async def is_seen() -> bool:
        path = f"{CLIENT}/rooms/{room}/state/m.room.member/{agent.user_id}"
        return bool((await colleague.ask.ok("GET", path))["displayname"] == "Agent 27, police")

    await until(is_seen)


async def test_nobody_else_is_named(server: Server, signalement: Signalement) -> None:
    stranger, bot = await server.agent(), await server.service_user("veilleuse_desk_lille")
    for user, status in (
        (stranger.user_id, 403),
        (signalement.guest.user_id, 403),
        (bot.user_id, 403),
        (WARDEN, 404),  # has no account on this homeserver, where nobody registered it; with one, it is a service's
        ("@somebody:elsewhere.example", 403),
        (f"@nobody:{SERVER_NAME}", 404),
    ):
        answer = await server.module("POST", "/names", {"user_id": user, "name": "Agent"})
        assert answer.status == status, user


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/staff", {}),
        ("/staff", {"user_ids": "@agent:veilleuse.test"}),
        ("/staff", {"user_ids": [1]}),
        ("/names", {"user_id": "@agent:veilleuse.test"}),
        ("/names", {"user_id": "@agent:veilleuse.test", "name": " "}),
        ("/names", {"user_id": "agent", "name": "Agent"}),
    ],
)
async def test_what_cannot_be_read_is_told(server: Server, path: str, body: Body) -> None:
    answer = await server.module("POST", path, body)
    assert (answer.status, answer.code) == (400, "M_INVALID_PARAM")
