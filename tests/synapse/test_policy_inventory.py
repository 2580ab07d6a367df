"""What the homeserver has of signalements, told to the service: by name, and, of what is gone, by hash."""

import hashlib
from typing import Any
from urllib.parse import quote

from tests.synapse.clients import CLIENT
from tests.synapse.server import Server, Signalement
from tests.waiting import until

KIND = {"org.veilleuse.kind": "signalement"}


def of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


async def left(server: Server, *names: str) -> dict[str, Any]:
    answer = await server.module("POST", "/left", {"hashes": [of(name) for name in names]})
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body["left"]
    return found


async def test_signalements_are_listed_with_their_guests_and_the_spaces_that_show_them(server: Server) -> None:
    signalement = await server.signalement()
    room, guest, agent = signalement.room, signalement.guest, signalement.agent
    space = await server.warden.create_room(creation_content={"type": "m.space"})
    child = f"{CLIENT}/rooms/{quote(space)}/state/m.space.child/{quote(room)}"
    await server.warden.ask.ok("PUT", child, {"via": ["veilleuse.test"]})
    others = await agent.create_room(creation_content=KIND)

    listed = {one["room_id"]: one for one in (await server.module("GET", "/rooms")).body["rooms"]}

    assert listed[room] == {"room_id": room, "guests": [guest.user_id], "spaces": [space]}
    assert others not in listed, "made by somebody else"
    assert space not in listed, "no signalement"
    assert (await server.room("GET", room, "exists")).body == {"exists": True}
    assert (await server.room("GET", "!" + "g" * 43, "exists")).body == {"exists": False}


async def test_what_is_left_is_found_by_hash_and_once_it_is_erased_nothing_is(
    server: Server, signalement: Signalement
) -> None:
    room, guest = signalement.room, signalement.guest
    await signalement.guest.say(room, "ciphertext")
    await signalement.guest.send_to(signalement.agent, "room key")
    found = await left(server, room, guest.user_id, "!never")
    assert {"events", "rooms", "room_memberships"} <= found[of(room)].keys()
    assert {"users", "devices", "room_memberships", "device_inbox"} <= found[of(guest.user_id)].keys()
    assert found.keys() == {of(room), of(guest.user_id)}

    await guest.ask.ok("POST", f"{CLIENT}/rooms/{quote(room)}/leave")
    await server.erase(guest)
    await server.kick(signalement.agent, room)
    assert (await server.room("POST", room, "destroy_originals")).status == 200
    assert (await server.room("POST", room, "purge")).body == {"gone": True}
    assert (await server.room("POST", room, "sweep", {"user_id": guest.user_id})).status == 200

    assert await left(server, room, guest.user_id) == {}


async def test_when_a_guest_was_last_seen_is_told_and_of_nobody_else(server: Server, signalement: Signalement) -> None:
    guest, agent = signalement.guest.user_id, signalement.agent.user_id
    await signalement.guest.sync()

    async def seen() -> bool:
        answer = await server.module("POST", "/last_seen", {"users": [guest]})
        return answer.status == 200 and guest in answer.body["last_seen"]

    await until(seen)
    assert (await server.module("POST", "/last_seen", {"users": [guest, agent]})).status == 403
    assert (await server.module("POST", "/last_seen", {"users": []})).body == {"last_seen": {}}
    assert (await server.module("POST", "/left", {"hashes": "all"})).status == 400


async def test_nobody_but_the_service_is_told(server: Server, signalement: Signalement) -> None:
    for method, path in (("GET", "/rooms"), ("POST", "/left"), ("POST", "/last_seen")):
        answer = await signalement.agent.ask(method, f"/_synapse/client/veilleuse/v1{path}", {})
        assert answer.status == 401
