"""Who may ask the policy module, and about which rooms."""

import pytest

from policies.signalement_policy import VERSION
from tests.synapse.clients import Client
from tests.synapse.server import MODULE, OTHER_AS_TOKEN, WARDEN, Server, Signalement

ROUTES = [
    ("GET", "/status"),
    ("GET", "/violations"),
    ("GET", "/violations?since=1"),
    ("GET", "/rooms"),
    ("GET", "/promises"),
    ("POST", "/left"),
    ("POST", "/last_seen"),
    ("POST", "/staff"),
    ("POST", "/names"),
    ("POST", "/rooms/!room/seat"),
    ("POST", "/rooms/!room/redact_messages"),
    ("POST", "/rooms/!room/take_back"),
    ("POST", "/rooms/!room/unlink"),
    ("POST", "/rooms/!room/destroy_originals"),
    ("GET", "/rooms/!room/exists"),
    ("GET", "/rooms/!room/unacknowledged"),
    ("POST", "/rooms/!room/purge"),
    ("GET", "/rooms/!room/residue"),
    ("POST", "/rooms/!room/sweep"),
    ("GET", "/no/such/route"),
]
OF_A_LIVING_ROOM = [
    ("POST", "seat"),
    ("POST", "redact_messages"),
    ("POST", "take_back"),
    ("POST", "unlink"),
    ("POST", "destroy_originals"),
    ("GET", "exists"),
    ("GET", "unacknowledged"),
    ("POST", "purge"),
    ("GET", "residue"),
    ("POST", "sweep"),
]


async def test_the_application_service_learns_whom_the_module_serves(server: Server) -> None:
    answer = await server.module("GET", "/status")
    assert (answer.status, answer.body) == (200, {"version": 4, "release": VERSION, "warden": WARDEN})


@pytest.fixture(scope="module")
async def others(server: Server) -> Signalement:
    """Some guest and some agent, with tokens of their own."""
    return await server.signalement()


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_no_route_answers_without_the_application_services_token(
    server: Server, others: Signalement, method: str, path: str
) -> None:
    body = {"user_id": others.guest.user_id} if method == "POST" else None

    async def refusal(client: Client) -> tuple[int, str]:
        answer = await client(method, MODULE + path, body)
        return answer.status, answer.code

    assert await refusal(server.client(None)) == (401, "M_UNKNOWN_TOKEN")
    assert await refusal(server.client("")) == (401, "M_UNKNOWN_TOKEN")
    assert await refusal(server.client("no-such-token")) == (401, "M_UNKNOWN_TOKEN")
    assert await refusal(others.guest.ask) == (401, "M_UNKNOWN_TOKEN")
    assert await refusal(others.agent.ask) == (401, "M_UNKNOWN_TOKEN")
    assert await refusal(server.client(OTHER_AS_TOKEN)) == (403, "M_FORBIDDEN")


async def test_a_token_in_the_address_is_no_token(server: Server) -> None:
    answer = await server.client(None)("GET", f"{MODULE}/status", access_token="token-of-the-application-service")
    assert answer.status == 401


@pytest.mark.parametrize(("method", "action"), OF_A_LIVING_ROOM)
async def test_a_room_that_the_warden_did_not_create_is_left_alone(server: Server, method: str, action: str) -> None:
    owner, guest = await server.agent(), await server.guest()
    room = await owner.create_room(invite=[WARDEN])
    await server.warden.join(room)
    said = await owner.say(room, "nobody else's business")

    answer = await server.room(method, room, action, {"user_id": guest.user_id} if method == "POST" else None)

    assert (answer.status, answer.code) == (403, "M_FORBIDDEN")
    assert [event["event_id"] for event in await owner.messages(room) if event["content"]] == [said]


@pytest.mark.parametrize(
    ("method", "action"), [route for route in OF_A_LIVING_ROOM if route[1] not in ("exists", "residue", "sweep")]
)
async def test_an_unknown_room_is_not_found(server: Server, method: str, action: str) -> None:
    body = {"user_id": (await server.agent()).user_id} if method == "POST" else None
    answer = await server.room(method, "!" + "A" * 43, action, body)
    assert (answer.status, answer.code) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "action"),
    [("POST", "redact_messages"), ("POST", "destroy_originals"), ("GET", "unacknowledged"), ("POST", "purge")],
)
async def test_of_the_wardens_rooms_only_signalements_are_emptied_and_deleted(
    server: Server, method: str, action: str
) -> None:
    agent = await server.agent()
    for kind in ({}, {"creation_content": {"type": "m.space"}}):
        room = await server.warden.create_room(preset="private_chat", invite=[agent.user_id], **kind)
        await agent.join(room)
        said = await agent.say(room, "a desk's business")
        answer = await server.room(method, room, action)
        assert (answer.status, answer.code) == (403, "M_FORBIDDEN")
        assert [event["event_id"] for event in await agent.messages(room) if event["content"]] == [said]


@pytest.mark.parametrize("name", ["", "room", "!", "!%", "!room", "!ro\0om:veilleuse.test", "!" + "%" * 43])
async def test_what_is_no_rooms_name_is_not_found(server: Server, name: str) -> None:
    for method, action in OF_A_LIVING_ROOM:
        body = {"user_id": f"@veilleuse_guest_{'a' * 26}:veilleuse.test"} if method == "POST" else None
        answer = await server.room(method, name, action, body)
        assert (answer.status, answer.code) in ((404, "M_NOT_FOUND"), (404, "M_UNRECOGNIZED"))


@pytest.mark.parametrize("number", ["99999999999999999999", "9223372036854775807", "0"])
async def test_violations_are_told_since_any_number(server: Server, number: str) -> None:
    assert (await server.module("GET", "/violations", None, since=number)).status == 200


async def test_the_wrong_verb_and_unknown_actions_are_not_found(server: Server, signalement: Signalement) -> None:
    for method, action in (("GET", "purge"), ("POST", "residue"), ("PUT", "seat"), ("POST", "explode")):
        assert (await server.room(method, signalement.room, action)).status == 404
    assert not await server.is_gone(signalement.room)


@pytest.mark.parametrize("user", [None, 1, "", "agent", ["@a:b"]])
async def test_a_malformed_user_id_is_refused(server: Server, signalement: Signalement, user: object) -> None:
    for action in ("seat", "sweep"):
        answer = await server.room("POST", signalement.room, action, {"user_id": user})
        assert (answer.status, answer.code) == (400, "M_INVALID_PARAM")
