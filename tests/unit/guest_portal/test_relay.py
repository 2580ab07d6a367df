import asyncio
import json
from urllib.parse import quote

import pytest

from guest_portal.relay import KEYS_LIMIT_BYTES, SEND_LIMIT_BYTES
from tests.unit.guest_portal.conftest import AGENT, GUEST, ROOM, Portal
from tests.waiting import until

CLIENT = "/_matrix/client/v3"
SEND = f"{CLIENT}/rooms/{quote(ROOM, safe='')}/send/m.room.encrypted/t1"
EVENT = {
    "algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA", "session_id": "s", "device_id": "D", "sender_key": "k",
}  # fmt: skip


async def test_an_encrypted_event_goes_to_the_homeserver_with_the_guest_s_own_token(portal: Portal) -> None:
    await portal.open()
    answer = await portal.ask("PUT", SEND, json=EVENT)
    (asked,) = portal.homeserver.asked
    assert answer.status == 200
    assert (asked.method, asked.path, json.loads(asked.body)) == ("PUT", SEND, EVENT)
    assert asked.headers["Authorization"] == "Bearer guest-token"


async def test_nothing_of_the_visitor_goes_to_the_homeserver(portal: Portal) -> None:
    await portal.open()
    visitor = {
        "User-Agent": "TellTale/1.0", "X-Forwarded-For": "203.0.113.9", "Accept-Language": "xx", "Cookie": "a=b",
        "Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9", "Referer": "http://tell.tale/",
    }  # fmt: skip
    await portal.ask("PUT", SEND, json=EVENT, headers=visitor)
    (asked,) = portal.homeserver.asked
    seen = json.dumps(asked.headers)
    assert asked.headers["User-Agent"] == "veilleuse"
    assert not any(value in seen for value in ("TellTale", "203.0.113.9", "xx", "a=b", "tell.tale"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/account/whoami"),
        ("GET", "/joined_rooms"),
        ("GET", "/devices"),
        ("GET", "/publicRooms"),
        ("GET", "/profile/@agent:x"),
        ("POST", "/logout"),
        ("POST", "/createRoom"),
        ("POST", "/user_directory/search"),
        ("GET", "/rooms/{room}/members"),
        ("GET", "/rooms/{room}/messages"),
        ("GET", "/rooms/{room}/state"),
        ("PUT", "/rooms/{room}/state/m.room.name"),
        ("POST", "/rooms/{room}/invite"),
        ("POST", "/rooms/{room}/join"),
        ("POST", "/rooms/{room}/receipt/m.read/e"),
        ("PUT", "/rooms/{room}/state/org.veilleuse.answer"),
        ("PUT", "/rooms/{room}/state/org.veilleuse.claim/@veilleuse_guest_a:x"),
        ("PUT", "/rooms/{room}/send/m.room.message/t1"),
        ("PUT", "/rooms/{room}/send/m.room.encrypted%2f..%2fm.room.message/t1"),
        ("PUT", "/sendToDevice/m.room.message/t1"),
    ],
)
async def test_every_other_endpoint_is_not_there(portal: Portal, method: str, path: str) -> None:
    await portal.open()
    answer = await portal.ask(method, CLIENT + path.replace("{room}", quote(ROOM, safe="")), json={})
    assert answer.status == 404
    assert portal.homeserver.asked == []


ANSWER = f"{CLIENT}/rooms/{quote(ROOM, safe='')}/state/org.veilleuse.answer/{quote(GUEST)}"


@pytest.mark.parametrize("wish", [None, "as_soon_as_possible", "morning", "afternoon", "evening"])
async def test_an_answer_to_a_proposal_is_a_choice_from_a_list(portal: Portal, wish: str | None) -> None:
    await portal.open()
    body = {"proposal": "p-1", "accepted": True, "wish": wish}
    assert (await portal.ask("PUT", ANSWER, json=body)).status == 200
    (asked,) = portal.homeserver.asked
    assert (asked.path.split("/")[-2:], json.loads(asked.body)) == (
        ["org.veilleuse.answer", quote(GUEST, safe="")],
        body,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"wish": "tonight at nine"},
        {"wish": "Evening"},
        {"accepted": "yes"},
        {"accepted": 1},
        {"proposal": ""},
        {"proposal": "my name is"},
        {"proposal": "p" * 129},
        {"note": "words"},
        {"wish": {"words": "words"}},
    ],
)
async def test_an_answer_that_could_hold_words_is_refused(portal: Portal, change: dict[str, object]) -> None:
    await portal.open()
    body = {"proposal": "p-1", "accepted": True, "wish": None} | change
    assert (await portal.ask("PUT", ANSWER, json=body)).status == 400
    assert portal.homeserver.asked == []


async def test_an_answer_is_whole_small_and_one_s_own(portal: Portal) -> None:
    await portal.open()
    body = {"proposal": "p-1", "accepted": True, "wish": None}
    for missing in body:
        assert (await portal.ask("PUT", ANSWER, json={k: v for k, v in body.items() if k != missing})).status == 400
    assert (await portal.ask("PUT", ANSWER, data=b" " * 2000)).status == 413
    assert (await portal.ask("PUT", ANSWER.replace(quote(GUEST), quote(AGENT)), json=body)).status == 403
    assert portal.homeserver.asked == []


async def test_a_message_is_taken_back_without_a_word(portal: Portal) -> None:
    await portal.open()
    path = f"{CLIENT}/rooms/{quote(ROOM, safe='')}/redact/{quote('$event', safe='')}/t2"
    assert (await portal.ask("PUT", path, json={"reason": "words"})).status == 400
    assert portal.homeserver.asked == []
    assert (await portal.ask("PUT", path, json={})).status == 200
    assert [asked.path for asked in portal.homeserver.asked] == [path]


async def test_another_room_or_another_user_is_refused(portal: Portal) -> None:
    await portal.open()
    other = await portal.ask("PUT", f"{CLIENT}/rooms/!other/send/m.room.encrypted/t1", json=EVENT)
    typing = await portal.ask(
        "PUT", f"{CLIENT}/rooms/{quote(ROOM, safe='')}/typing/{quote(AGENT)}", json={"typing": True}
    )
    assert (other.status, typing.status) == (403, 403)
    assert portal.homeserver.asked == []


@pytest.mark.parametrize(
    "body",
    [
        {"msgtype": "m.text", "body": "clear"},
        EVENT | {"body": "clear"},
        EVENT | {"algorithm": "m.olm.v1.curve25519-aes-sha2"},
        EVENT | {"ciphertext": {"a": 1}},
        EVENT | {"m.relates_to": {"rel_type": "m.thread"}},
        [],
        "text",
        None,
    ],
)
async def test_what_is_not_an_encrypted_event_is_refused(portal: Portal, body: object) -> None:
    await portal.open()
    answer = await portal.ask("PUT", SEND, json=body)
    assert answer.status == 400
    assert portal.homeserver.asked == []


@pytest.mark.parametrize("garbage", [b"\x00\xff\xfe", b"{", b"[[[[" * 5000, b'{"a":' * 3000])
async def test_garbage_is_refused(portal: Portal, garbage: bytes) -> None:
    await portal.open()
    assert (await portal.ask("PUT", SEND, data=garbage)).status == 400
    assert (await portal.ask("POST", f"{CLIENT}/keys/upload", data=garbage)).status == 400
    assert portal.homeserver.asked == []


async def test_a_megabyte_is_refused_before_it_is_read_also_when_its_length_is_not_told(portal: Portal) -> None:
    await portal.open()

    async def drops() -> object:
        for _ in range(64):
            yield b"x" * 16384

    whole = await portal.ask("PUT", SEND, data=b"x" * 2**20)
    streamed = await portal.ask("PUT", SEND, data=drops())
    assert (whole.status, streamed.status) == (413, 413)
    assert SEND_LIMIT_BYTES < KEYS_LIMIT_BYTES < 2**20


@pytest.mark.parametrize("session", ["", "forged", "gAAAAABm" + "x" * 200])
async def test_a_forged_session_is_refused(portal: Portal, session: str) -> None:
    portal.session = session
    answer = await portal.ask("GET", f"{CLIENT}/sync")
    assert (answer.status, (await answer.json())["errcode"]) == (401, "VEILLEUSE_SESSION_INVALID")
    assert portal.homeserver.asked == []


async def test_the_sync_filter_is_the_portal_s_and_the_long_poll_is_bounded(portal: Portal) -> None:
    await portal.open()
    await portal.ask("GET", f"{CLIENT}/sync?filter=mine&timeout=999999&full_state=true&since=s1&set_presence=online")
    (asked,) = portal.homeserver.asked
    assert asked.query.keys() == {"filter", "timeout", "since", "set_presence"}
    assert (asked.query["timeout"], asked.query["since"], asked.query["set_presence"]) == ("30000", "s1", "offline")
    assert json.loads(asked.query["filter"])["presence"] == {"types": []}
    assert (await portal.ask("GET", f"{CLIENT}/sync?timeout=soon")).status == 400


async def test_keys_are_asked_of_members_of_the_room_only(portal: Portal) -> None:
    await portal.open()
    allowed = await portal.ask("POST", f"{CLIENT}/keys/query", json={"device_keys": {GUEST: [], AGENT: []}})
    stranger = await portal.ask("POST", f"{CLIENT}/keys/query", json={"device_keys": {"@chief:x": []}})
    claim = await portal.ask(
        "POST", f"{CLIENT}/keys/claim", json={"one_time_keys": {"@chief:x": {"D": "signed_curve25519"}}}
    )
    to_device = await portal.ask(
        "PUT", f"{CLIENT}/sendToDevice/m.room.encrypted/t1", json={"messages": {"@chief:x": {"D": {}}}}
    )
    assert (allowed.status, stranger.status, claim.status, to_device.status) == (200, 403, 403, 403)
    assert not any(b"chief" in asked.body for asked in portal.homeserver.asked)


async def test_the_homeserver_s_refusal_is_passed_on_as_it_is(portal: Portal) -> None:
    await portal.open()
    portal.homeserver.answers["t1"] = (403, {"errcode": "M_FORBIDDEN", "error": "no"})
    answer = await portal.ask("PUT", SEND, json=EVENT)
    assert (answer.status, await answer.json()) == (403, {"errcode": "M_FORBIDDEN", "error": "no"})


async def test_a_homeserver_that_is_not_there_is_told_as_such(portal: Portal) -> None:
    await portal.open()
    await portal.homeserver_server.close()
    answer = await portal.ask("PUT", SEND, json=EVENT)
    assert (answer.status, (await answer.json())["errcode"]) == (502, "VEILLEUSE_HOMESERVER_UNREACHABLE")


async def test_a_portal_that_stops_answers_its_long_polls_and_loses_nothing_of_them(portal: Portal) -> None:
    await portal.open()
    portal.homeserver.held = asyncio.Event()
    poll = asyncio.create_task(portal.ask("GET", f"{CLIENT}/sync?since=s1&timeout=30000"))
    await until(lambda: any(asked.path.endswith("/sync") for asked in portal.homeserver.asked))
    await portal.client.server.close()
    answer = await poll
    assert (answer.status, await answer.json()) == (200, {"next_batch": "s1"})
