"""Seating agents in the rooms of their desk."""

from urllib.parse import quote

import pytest

from tests.synapse.clients import CLIENT
from tests.synapse.server import SERVER_NAME, Server, Signalement


async def members(server: Server, room: str) -> set[str]:
    return set((await server.warden.ask.ok("GET", f"{CLIENT}/rooms/{quote(room)}/joined_members"))["joined"])


@pytest.mark.parametrize("kind", [{}, {"creation_content": {"type": "m.space"}}])
async def test_an_agent_becomes_a_member_without_doing_anything(server: Server, kind: dict[str, object]) -> None:
    agent, room = await server.agent(), await server.warden.create_room(preset="private_chat", **kind)
    for _ in ("once", "and again"):
        assert (await server.room("POST", room, "seat", {"user_id": agent.user_id})).status == 200
    assert agent.user_id in await members(server, room)
    assert room in (await agent.sync())["rooms"]["join"]


async def test_an_agent_who_was_invited_or_had_left_is_seated_too(server: Server) -> None:
    agent = await server.agent()
    room = await server.warden.create_room(preset="private_chat", invite=[agent.user_id])
    assert (await server.room("POST", room, "seat", {"user_id": agent.user_id})).status == 200
    await agent.ask.ok("POST", f"{CLIENT}/rooms/{quote(room)}/leave")
    assert (await server.room("POST", room, "seat", {"user_id": agent.user_id})).status == 200
    assert agent.user_id in await members(server, room)


async def test_nobody_is_seated_where_a_guest_is_or_was(server: Server, signalement: Signalement) -> None:
    agent = await server.agent()
    for _ in ("with the guest", "after the guest"):
        answer = await server.room("POST", signalement.room, "seat", {"user_id": agent.user_id})
        assert (answer.status, answer.code) == (403, "M_FORBIDDEN")
        await signalement.guest.ask("POST", f"{CLIENT}/rooms/{quote(signalement.room)}/leave")
    assert agent.user_id not in await members(server, signalement.room)


async def test_who_is_invited_to_a_guest_s_room_is_seated_in_it(server: Server, signalement: Signalement) -> None:
    agent = await server.agent_of_a_desk()
    await server.warden.ask.ok("POST", f"{CLIENT}/rooms/{quote(signalement.room)}/invite", {"user_id": agent.user_id})
    for _ in range(2):
        answer = await server.room("POST", signalement.room, "seat", {"user_id": agent.user_id})
        assert answer.status == 200
    assert agent.user_id in await members(server, signalement.room)


async def test_only_ordinary_local_users_are_seated(server: Server) -> None:
    room = await server.warden.create_room(preset="private_chat")
    guest, bot = await server.guest(), await server.service_user("veilleuse_desk_lyon")
    gone = await server.agent()
    await gone.ask("POST", f"{CLIENT}/account/deactivate", {"auth": _password(gone.user_id)})
    for user, status in (
        (guest.user_id, 403),
        (bot.user_id, 403),
        (gone.user_id, 403),
        ("@somebody:elsewhere.example", 403),
        (f"@nobody:{SERVER_NAME}", 404),
    ):
        assert (await server.room("POST", room, "seat", {"user_id": user})).status == status, user
    assert await members(server, room) == {server.warden.user_id}


def _password(user_id: str) -> dict[str, object]:
    return {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user_id},
        "password": "correct horse battery staple",
    }
