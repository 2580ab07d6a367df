"""What a guest's token can ask of the homeserver: every endpoint that the running Synapse has is tried."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from policies.signalement_policy.guest_requests import FOR_GUESTS, IN_A_GUESTS_NAME, Endpoint
from tests.ciphertext import megolm
from tests.synapse.clients import CLIENT, Answer, Client, Person
from tests.synapse.endpoint_paths import paths_of
from tests.synapse.server import AS_TOKEN, MODULE, ROUTE_LIST, WARDEN, Server, Signalement, signalement_room

AT_ONCE = 20


def written_out(endpoint: Endpoint, room: str, guest: str) -> tuple[str, str]:
    path = endpoint.path.replace("{room}", quote(room)).replace("{guest}", quote(guest)).replace("{any}", "x")
    return endpoint.method, CLIENT + path


async def routes(server: Server, signalement: Signalement) -> list[tuple[str, str]]:
    """Method and path of every endpoint of the running Synapse, about the guest's own room and the guest itself."""
    values = {
        "room_id": quote(signalement.room),
        "room_identifier": quote(signalement.room),
        "user_id": quote(signalement.guest.user_id),
        "target_user_id": quote(signalement.guest.user_id),
        "device_id": signalement.guest.device_id,
        "event_id": "x",
        "message_type": "m.room.encrypted",
        "txn_id": "x",
        "path": "pushrules/global/",
    }
    listed = (await server.client(None).ok("GET", ROUTE_LIST))["routes"]
    return sorted({(method, path) for method, pattern in listed for path in paths_of(pattern, values)})


async def test_every_endpoint_of_this_synapse_is_on_the_short_list_or_refused(
    server: Server, signalement: Signalement
) -> None:
    guest = signalement.guest
    allowed = {written_out(endpoint, signalement.room, guest.user_id) for endpoint in FOR_GUESTS}
    every = await routes(server, signalement)
    assert len(every) > 400, "the tree was walked"
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(method: str, path: str) -> tuple[str, str, int, str, str]:
        async with gate:
            answer = await guest.ask(method, path)
        return method, path, answer.status, answer.code, str(answer.body.get("org.veilleuse.rule"))

    refused = await asyncio.gather(*(ask(*route) for route in every if route not in allowed))
    assert [one for one in refused if one[2:] != (403, "M_FORBIDDEN", "guest_request")] == []


@pytest.mark.parametrize("path", ["/_matrix/client/v3/an_endpoint_of_tomorrow", "/_matrix/client/v1/sync/x"])
async def test_an_endpoint_that_nobody_knows_is_refused_too(server: Server, path: str) -> None:
    answer = await (await server.guest()).ask("POST", path)
    assert (answer.status, answer.code) == (403, "M_FORBIDDEN")


async def test_a_token_in_the_address_changes_nothing(server: Server) -> None:
    guest = await server.guest()
    token = guest.ask.token
    assert token is not None
    answer = await server.client(None)("GET", f"{CLIENT}/account/whoami", None, access_token=token)
    assert (answer.status, rule(answer)) == (403, "guest_request")
    assert (await server.client(None)("GET", f"{CLIENT}/sync", None, access_token=token, timeout="0")).status == 200


async def test_everything_on_the_list_is_answered(server: Server) -> None:
    guest, agent = await server.guest(), await server.agent_of_a_desk()
    room = await server.warden.create_room(**signalement_room(guest.user_id, agent.user_id))
    await agent.join(room)
    asked = set()

    async def ok(method: str, path: str, body: dict[str, Any] | None = None, **query: str) -> None:
        asked.add((method, path))
        await guest.ask.ok(method, path, body, **query)

    own = f"{CLIENT}/rooms/{quote(room)}"
    about: dict[str, Any] = {agent.user_id: {}, guest.user_id: {}}
    answer = {"proposal": "p1", "accepted": True, "wish": "morning"}
    await ok("POST", f"{own}/join")
    await ok("GET", f"{CLIENT}/sync", timeout="0")
    await ok("GET", f"{own}/joined_members")
    said = await guest.say(room, "x")
    await ok("PUT", f"{own}/send/m.room.encrypted/x", megolm("c"))
    await guest.ask.ok("PUT", f"{own}/redact/{quote(said)}/x")
    await ok("PUT", f"{own}/state/org.veilleuse.answer/{quote(guest.user_id)}", answer)
    await ok("PUT", f"{own}/typing/{quote(guest.user_id)}", {"typing": True, "timeout": 1000})
    await guest.upload_keys()
    await ok("POST", f"{CLIENT}/keys/query", {"device_keys": {user: [] for user in about}})
    await ok("POST", f"{CLIENT}/keys/claim", {"one_time_keys": about})
    await ok("POST", f"{CLIENT}/keys/signatures/upload", about)
    await ok("PUT", f"{CLIENT}/sendToDevice/m.room.encrypted/x", {"messages": about})
    await ok("PUT", f"{CLIENT}/sendToDevice/m.room_key.withheld/x", {"messages": about})
    await ok("POST", f"{own}/leave")
    listed = {written_out(endpoint, room, guest.user_id) for endpoint in FOR_GUESTS}
    asked.add(("PUT", f"{own}/redact/x/x"))
    uploads = {("POST", f"{CLIENT}/keys/upload"), ("POST", f"{CLIENT}/keys/device_signing/upload")}
    assert asked | uploads == listed, "what is on the list is needed, and was tried"


def rule(answer: Answer) -> str:
    """Which rule was broken."""
    return str(answer.body.get("org.veilleuse.rule"))


@pytest.mark.parametrize("endpoint", [one for one in FOR_GUESTS if "{room}" in one.path], ids=lambda one: one.path)
async def test_no_other_room_is_asked_about(server: Server, signalement: Signalement, endpoint: Endpoint) -> None:
    elsewhere = await signalement.agent.create_room(preset="public_chat")
    method, path = written_out(endpoint, elsewhere, signalement.guest.user_id)
    answer = await signalement.guest.ask(method, path)
    assert (answer.status, answer.code, rule(answer)) == (403, "M_FORBIDDEN", "guest_elsewhere")
    desk = await server.warden.create_room(preset="public_chat")
    assert rule(await signalement.guest.ask(*written_out(endpoint, desk, signalement.guest.user_id))) == (
        "guest_elsewhere"
    )


async def test_another_guests_conversation_is_closed(server: Server, signalement: Signalement) -> None:
    other = await server.guest()
    for endpoint in FOR_GUESTS:
        if "{room}" in endpoint.path and not endpoint.path.endswith("/leave"):
            answer = await other.ask(*written_out(endpoint, signalement.room, other.user_id))
            assert (answer.status, answer.code) == (403, "M_FORBIDDEN"), endpoint


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("POST", "/keys/query", "device_keys"),
        ("POST", "/keys/claim", "one_time_keys"),
        ("POST", "/keys/signatures/upload", None),
        ("PUT", "/sendToDevice/m.room.encrypted/x", "messages"),
        ("PUT", "/sendToDevice/m.room_key.withheld/x", "messages"),
    ],
)
async def test_nobody_outside_the_conversation_is_asked_about(
    server: Server, signalement: Signalement, method: str, path: str, key: str | None
) -> None:
    stranger = await server.agent()
    for user in (stranger.user_id, WARDEN[:-1], "@somebody:elsewhere.example"):
        people: dict[str, Any] = {signalement.agent.user_id: {}, user: {}}
        answer = await signalement.guest.ask(method, f"{CLIENT}{path}", people if key is None else {key: people})
        assert (answer.status, rule(answer)) == (403, "guest_asks_about_others")
    if key is not None:
        assert (await signalement.guest.ask(method, f"{CLIENT}{path}", {key: "everybody"})).status == 400


async def test_in_a_guests_name_the_service_introduces_and_erases_it_and_no_more(
    server: Server, signalement: Signalement
) -> None:
    guest = signalement.guest
    acting = server.client(AS_TOKEN, acting_as=guest.user_id)
    allowed = {written_out(endpoint, signalement.room, guest.user_id) for endpoint in IN_A_GUESTS_NAME}
    for endpoint in FOR_GUESTS:
        asked = written_out(endpoint, signalement.room, guest.user_id)
        if asked not in allowed:
            assert rule(await acting(*asked, megolm("c"))) == "guest_request", endpoint
    await server.introduce(guest)
    await server.erase(guest)


async def test_a_guest_has_one_device_and_one_token(server: Server) -> None:
    guest = await server.guest()
    login = {
        "type": "m.login.application_service",
        "identifier": {"type": "m.id.user", "user": guest.user_id},
    }
    for device in ({}, {"device_id": "SECOND"}, {"device_id": guest.device_id}):
        answer = await server.warden.ask("POST", f"{CLIENT}/login", {**login, **device})
        assert (answer.status, answer.code, rule(answer)) == (403, "M_FORBIDDEN", "second_device")


async def test_the_modules_own_endpoint_and_the_administrators_are_closed_to_guests(
    server: Server, signalement: Signalement
) -> None:
    assert (await signalement.guest.ask("GET", f"{MODULE}/status")).status == 401
    admin = await signalement.guest.ask("GET", f"/_synapse/admin/v1/rooms/{quote(signalement.room)}")
    assert (admin.status, rule(admin)) == (403, "guest_request")


async def test_ordinary_people_ask_what_they_like(server: Server) -> None:
    one, other = await server.agent(), await server.agent()
    room = await one.create_room(preset="public_chat", topic="anything")
    await other.join(room)
    await ordinary_uses(one, other, room)


async def ordinary_uses(one: Person, other: Person, room: str) -> None:
    ask: Client = one.ask
    profile = f"{CLIENT}/profile/{quote(one.user_id)}/displayname"
    await ask.ok("PUT", profile, {"displayname": "Somebody"})
    await ask.ok("GET", profile)
    await ask.ok("GET", f"{CLIENT}/versions".replace("/v3", ""))
    await ask.ok("POST", f"{CLIENT}/keys/query", {"device_keys": {other.user_id: []}})
    await ask.ok("GET", f"{CLIENT}/rooms/{quote(room)}/members")
    await ask.ok("POST", f"{CLIENT}/user/{quote(one.user_id)}/filter", {"room": {}})
    await ask.ok("PUT", f"{CLIENT}/user/{quote(one.user_id)}/account_data/org.example", {"a": 1})
    await ask.ok("GET", f"{CLIENT}/pushrules/")
    await one.upload_keys()
    await one.send_to(other, "a key")
