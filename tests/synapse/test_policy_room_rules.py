"""What the homeserver refuses in a signalement, tried by clients; and that ordinary rooms know nothing of it."""

import json
import secrets
from typing import Any
from urllib.parse import quote

import pytest

from tests.ciphertext import megolm
from tests.synapse.clients import CLIENT, Answer, Person, cross_signing, refusal
from tests.synapse.server import SERVER_NAME, WARDEN, Server, Signalement, signalement_room
from tests.waiting import until

EVENT = "$" + "A" * 43
MEGOLM = megolm("c")
REPLY = {"m.relates_to": {"m.in_reply_to": {"event_id": EVENT}}}
EDIT = {"m.relates_to": {"rel_type": "m.replace", "event_id": EVENT}}
THREAD = {"m.relates_to": {"rel_type": "m.thread", "event_id": EVENT}}

MESSAGES = [
    ("m.room.message", {"msgtype": "m.text", "body": "clear"}, "clear_message"),
    ("m.sticker", {"body": "clear", "url": f"mxc://{SERVER_NAME}/x", "info": {}}, "clear_message"),
    ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": EVENT, "key": "👍"}}, "reaction"),
    ("m.room.encrypted", {**MEGOLM, **REPLY}, "clear_relation"),
    ("m.room.encrypted", {**MEGOLM, **EDIT}, "clear_relation"),
    ("m.room.encrypted", {**MEGOLM, **THREAD}, "clear_relation"),
    ("m.room.encrypted", {**MEGOLM, "body": "clear"}, "unencrypted_fields"),
    ("m.room.encrypted", {**MEGOLM, "ciphertext": "clear"}, "unencrypted_fields"),
    ("m.room.encrypted", {**MEGOLM, "device_id": "clear"}, "unencrypted_fields"),
]
STATE = [
    ("m.room.name", {"name": "Anne"}, "room_name"),
    ("m.room.topic", {"topic": "Anne"}, "room_topic"),
    ("m.room.avatar", {"url": f"mxc://{SERVER_NAME}/x"}, "room_avatar"),
    ("m.room.pinned_events", {"pinned": [EVENT]}, "pinned_events"),
    ("m.room.canonical_alias", {"alias": f"#x:{SERVER_NAME}"}, "room_alias"),
    ("m.room.encryption", {"algorithm": "org.example.none"}, "encryption"),
    ("m.room.history_visibility", {"history_visibility": "shared"}, "history_visibility"),
    ("m.room.guest_access", {"guest_access": "can_join"}, "guest_access"),
    ("m.room.join_rules", {"join_rule": "public"}, "join_rules"),
    ("m.room.tombstone", {"body": "elsewhere", "replacement_room": EVENT}, "room_upgrade"),
    ("im.vector.modular.widgets", {"url": "https://example.org"}, "room_state"),
]


async def send(person: Person, room: str, kind: str, content: dict[str, Any]) -> Answer:
    return await person.ask("PUT", f"{CLIENT}/rooms/{quote(room)}/send/{kind}/{secrets.token_hex(8)}", content)


async def set_state(person: Person, room: str, kind: str, content: dict[str, Any], key: str = "") -> Answer:
    return await person.ask("PUT", f"{CLIENT}/rooms/{quote(room)}/state/{kind}/{quote(key)}", content)


@pytest.fixture(scope="module")
async def talk(server: Server) -> Signalement:
    """A signalement in which the agent has every power: what is refused here is refused by the rules."""
    guest, agent = await server.guest(), await server.agent_of_a_desk()
    settings = signalement_room(guest.user_id, agent.user_id)
    settings["power_level_content_override"]["users"] = {agent.user_id: 100}
    room = await server.warden.create_room(**settings)
    await guest.join(room)
    await agent.join(room)
    return Signalement(room, guest, agent)


@pytest.fixture(scope="module")
async def ordinary(server: Server) -> tuple[Person, Person, str]:
    """Two people in a room of their own, to whom all of this is allowed."""
    one, other = await server.agent(), await server.agent()
    room = await one.create_room(preset="private_chat", invite=[other.user_id])
    await other.join(room)
    return one, other, room


@pytest.mark.parametrize(("kind", "content", "rule"), MESSAGES)
async def test_only_ciphertext_is_said(
    talk: Signalement, ordinary: tuple[Person, Person, str], kind: str, content: dict[str, Any], rule: str
) -> None:
    answer = await send(talk.agent, talk.room, kind, content)
    assert refusal(answer) == (403, "M_FORBIDDEN", rule)
    assert " / " in answer.body["error"], "told in French and in English"
    person, other, room = ordinary
    content = json.loads(json.dumps(content).replace(EVENT, await other.say(room, "what is related to")))
    assert (await send(person, room, kind, content)).status == 200


@pytest.mark.parametrize(("kind", "content", "rule"), STATE)
async def test_the_rooms_settings_stay_as_they_are_whatever_power_one_has(
    server: Server,
    talk: Signalement,
    ordinary: tuple[Person, Person, str],
    kind: str,
    content: dict[str, Any],
    rule: str,
) -> None:
    for person in (talk.agent, server.warden):
        assert refusal(await set_state(person, talk.room, kind, content)) == (403, "M_FORBIDDEN", rule)
    person, _, room = ordinary
    if kind not in ("m.room.tombstone", "m.room.canonical_alias"):  # the room is needed; there is no such alias
        assert (await set_state(person, room, kind, content)).status == 200


async def test_rights_are_the_wardens_alone(talk: Signalement) -> None:
    everything = {"users": {talk.agent.user_id: 100}, "users_default": 100}
    answer = await set_state(talk.agent, talk.room, "m.room.power_levels", everything)
    assert refusal(answer) == (403, "M_FORBIDDEN", "power_levels")


async def test_nobody_is_brought_in_put_out_or_named_a_reason_by_a_participant(
    server: Server, talk: Signalement, ordinary: tuple[Person, Person, str]
) -> None:
    colleague, bot = await server.agent(), await server.service_user(f"veilleuse_desk_{secrets.token_hex(4)}")
    person, other, room = ordinary
    for action, whom, rule in (
        ("invite", colleague.user_id, "invitation"),
        ("kick", talk.guest.user_id, "expulsion"),
        ("ban", talk.guest.user_id, "expulsion"),
    ):
        answer = await talk.agent.ask("POST", f"{CLIENT}/rooms/{quote(talk.room)}/{action}", {"user_id": whom})
        assert refusal(answer) == (403, "M_FORBIDDEN", rule)
    reasoned = {"reason": "clear", "user_id": talk.guest.user_id}
    for person_, action in ((talk.agent, "leave"), (server.warden, "kick")):
        answer = await person_.ask("POST", f"{CLIENT}/rooms/{quote(talk.room)}/{action}", reasoned)
        assert refusal(answer) == (403, "M_FORBIDDEN", "clear_reason")
    for whom, rule in ((bot.user_id, "robot_member"), (colleague.user_id, "stranger")):
        answer = await server.warden.ask("POST", f"{CLIENT}/rooms/{quote(talk.room)}/invite", {"user_id": whom})
        assert refusal(answer) == (403, "M_FORBIDDEN", rule)
    await person.ask.ok("POST", f"{CLIENT}/rooms/{quote(room)}/invite", {"user_id": colleague.user_id})
    await person.ask.ok("POST", f"{CLIENT}/rooms/{quote(room)}/kick", {"user_id": colleague.user_id, "reason": "x"})
    await other.say(room, "still here")


async def test_nobody_has_a_name_or_a_picture_for_this_room_alone(
    talk: Signalement, ordinary: tuple[Person, Person, str]
) -> None:
    named = {"membership": "join", "displayname": "Anne, 12 rue X"}
    pictured = {"membership": "join", "avatar_url": f"mxc://{SERVER_NAME}/anne"}
    person, _, room = ordinary
    for content in (named, pictured, {"membership": "join", "is_direct": "clear"}):
        answer = await set_state(talk.agent, talk.room, "m.room.member", content, talk.agent.user_id)
        assert refusal(answer) == (403, "M_FORBIDDEN", "member_form")
        assert (await set_state(person, room, "m.room.member", content, person.user_id)).status == 200
    own = {"membership": "join", "displayname": "Agent"}
    assert (await set_state(talk.agent, talk.room, "m.room.member", own, talk.agent.user_id)).status == 200
    path = f"{CLIENT}/profile/{quote(talk.agent.user_id)}/displayname"
    await talk.agent.ask.ok("PUT", path, {"displayname": "Agent 27"})
    seen = f"{CLIENT}/rooms/{quote(talk.room)}/state/m.room.member/{quote(talk.agent.user_id)}"

    async def is_seen() -> bool:
        return bool((await talk.agent.ask.ok("GET", seen))["displayname"] == "Agent 27")

    await until(is_seen)


async def test_one_redacts_ones_own_words_only(talk: Signalement, ordinary: tuple[Person, Person, str]) -> None:
    theirs, own = await talk.guest.say(talk.room, "theirs"), await talk.agent.say(talk.room, "own")
    path = f"{CLIENT}/rooms/{quote(talk.room)}/redact"
    answer = await talk.agent.ask("PUT", f"{path}/{quote(theirs)}/{secrets.token_hex(4)}")
    assert refusal(answer) == (403, "M_FORBIDDEN", "foreign_redaction")
    answer = await talk.agent.ask("PUT", f"{path}/{quote(own)}/{secrets.token_hex(4)}", {"reason": "clear"})
    assert refusal(answer) == (403, "M_FORBIDDEN", "clear_reason")
    await talk.agent.ask.ok("PUT", f"{path}/{quote(own)}/{secrets.token_hex(4)}")
    person, other, room = ordinary
    said = await other.say(room, "x")
    await person.ask.ok("PUT", f"{CLIENT}/rooms/{quote(room)}/redact/{quote(said)}/1", {"reason": "clear"})


@pytest.mark.parametrize(
    "content",
    [{}, {"proposal": "p", "accepted": "yes", "wish": None}, {"proposal": "p", "accepted": True, "wish": "no"}],
)
async def test_the_guests_answer_has_one_form(talk: Signalement, content: dict[str, Any]) -> None:
    answer = await set_state(talk.guest, talk.room, "org.veilleuse.answer", content, talk.guest.user_id)
    assert refusal(answer) == (403, "M_FORBIDDEN", "answer_form")


async def test_nobody_answers_for_the_guest(talk: Signalement) -> None:
    answer = {"proposal": "p", "accepted": True, "wish": None}
    sent = await set_state(talk.agent, talk.room, "org.veilleuse.answer", answer, talk.agent.user_id)
    assert refusal(sent) == (403, "M_FORBIDDEN", "answer_by_others")


async def test_a_conversation_has_no_address_and_is_in_no_directory(
    server: Server, talk: Signalement, ordinary: tuple[Person, Person, str]
) -> None:
    alias = f"{CLIENT}/directory/room/{quote('#' + secrets.token_hex(4) + ':' + SERVER_NAME)}"
    assert refusal(await talk.agent.ask("PUT", alias, {"room_id": talk.room})) == (403, "M_FORBIDDEN", "room_alias")
    listed = f"{CLIENT}/directory/list/room"
    answer = await talk.agent.ask("PUT", f"{listed}/{quote(talk.room)}", {"visibility": "public"})
    assert refusal(answer) == (403, "M_FORBIDDEN", "directory")
    own = f"{CLIENT}/directory/list/appservice/network/{quote(talk.room)}"
    answer = await server.warden.ask("PUT", own, {"visibility": "public"})
    assert refusal(answer) == (403, "M_FORBIDDEN", "directory")
    for settings in ({}, signalement_room()):
        answer = await server.warden.ask("POST", f"{CLIENT}/createRoom", {**settings, "visibility": "public"})
        assert refusal(answer) == (403, "M_FORBIDDEN", "directory")
    person, _, room = ordinary
    await person.ask.ok("PUT", alias, {"room_id": room})
    await person.ask.ok("PUT", f"{listed}/{quote(room)}", {"visibility": "private"})


async def test_it_is_not_upgraded(talk: Signalement, ordinary: tuple[Person, Person, str]) -> None:
    person, _, _ = ordinary
    own = await person.create_room()
    for asks, room, expected in ((talk.agent, talk.room, (403, "M_FORBIDDEN", "room_upgrade")), (person, own, None)):
        answer = await asks.ask("POST", f"{CLIENT}/rooms/{quote(room)}/upgrade", {"new_version": "11"})
        assert refusal(answer) == expected if expected else answer.status == 200


async def test_only_the_person_and_agents_speak_and_nobody_knocks_or_comes_from_elsewhere(
    server: Server, talk: Signalement
) -> None:
    assert refusal(await send(server.warden, talk.room, "m.room.encrypted", MEGOLM)) == (403, "M_FORBIDDEN", "speaker")
    rooms = f"{CLIENT}/rooms/{quote(talk.room)}"
    foreign = await server.warden.ask("POST", f"{rooms}/invite", {"user_id": "@agent:elsewhere.example"})
    assert refusal(foreign) == (403, "M_FORBIDDEN", "federation")
    knocked = await (await server.agent()).ask("POST", f"{CLIENT}/knock/{quote(talk.room)}")
    assert refusal(knocked) == (403, "M_FORBIDDEN", "knock")


async def test_links_are_not_looked_up_for_people_in_a_conversation(
    talk: Signalement, ordinary: tuple[Person, Person, str]
) -> None:
    for path in ("/_matrix/client/v1/media/preview_url", "/_matrix/media/v3/preview_url"):
        answer = await talk.agent.ask("GET", path, None, url="https://example.org/")
        assert refusal(answer) == (403, "M_FORBIDDEN", "url_preview")
        assert (await ordinary[0].ask("GET", path, None, url="https://example.org/")).code != "M_FORBIDDEN"


async def test_strangers_do_not_reach_a_guests_device(server: Server, talk: Signalement) -> None:
    stranger = await server.agent()
    await talk.agent.send_to(talk.guest, "a key")
    path = f"{CLIENT}/sendToDevice/m.room.encrypted/{secrets.token_hex(4)}"
    body = {"messages": {talk.guest.user_id: {"*": {"ciphertext": "x"}}}}
    answer = await stranger.ask("PUT", path, body)
    assert refusal(answer) == (403, "M_FORBIDDEN", "to_device_by_strangers")
    await server.warden.ask.ok("PUT", f"{CLIENT}/sendToDevice/org.veilleuse.place/{secrets.token_hex(4)}", body)
    await stranger.send_to(talk.agent, "a key")


async def test_a_guest_is_brought_into_no_other_room(server: Server, talk: Signalement) -> None:
    person = await server.agent()
    own = await person.create_room(preset="private_chat")
    desk = await server.warden.create_room(preset="private_chat")
    for inviter, room in ((person, own), (server.warden, desk)):
        answer = await inviter.ask("POST", f"{CLIENT}/rooms/{quote(room)}/invite", {"user_id": talk.guest.user_id})
        assert refusal(answer) == (403, "M_FORBIDDEN", "guest_elsewhere")
    second = await server.guest()
    path = f"{CLIENT}/rooms/{quote(talk.room)}/invite"
    assert refusal(await server.warden.ask("POST", path, {"user_id": second.user_id})) == (
        403,
        "M_FORBIDDEN",
        "second_guest",
    )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"creation_content": {"org.veilleuse.kind": "signalement"}}, "room_creation"),
        ({"preset": "public_chat"}, "join_rules"),
        ({"preset": "trusted_private_chat"}, "room_creation"),
        ({"topic": "Versailles"}, "room_topic"),
        ({"name": "Anne"}, "room_name"),
    ],
)
async def test_a_signalement_is_created_closed_or_not_at_all(server: Server, change: dict[str, Any], rule: str) -> None:
    guest = await server.guest()
    answer = await server.warden.ask("POST", f"{CLIENT}/createRoom", {**signalement_room(guest.user_id), **change})
    assert refusal(answer) == (403, "M_FORBIDDEN", rule)


async def test_only_a_desks_space_opens_the_door(server: Server, talk: Signalement) -> None:
    kind = {"creation_content": {"type": "m.space"}}
    space, desk = await server.warden.create_room(**kind), await server.warden.create_room()
    theirs, other = await talk.agent.create_room(**kind), await server.signalement()
    strange = "!x:elsewhere.example"
    for room, status in ((space, 200), (desk, 403), (theirs, 403), (other.room, 403), (strange, 403)):
        restricted = {"join_rule": "restricted", "allow": [{"type": "m.room_membership", "room_id": room}]}
        assert (await set_state(server.warden, talk.room, "m.room.join_rules", restricted)).status == status


async def test_who_calls_a_room_a_signalement_does_not_make_it_one(server: Server) -> None:
    person = await server.agent()
    room = await person.create_room(creation_content={"org.veilleuse.kind": "signalement"}, topic="anything")
    assert (await send(person, room, "m.room.message", {"msgtype": "m.text", "body": "clear"})).status == 200


async def test_the_warden_gets_no_device(server: Server) -> None:
    """What is not tried needs a device: to upload its keys."""
    login = {"type": "m.login.application_service", "identifier": {"type": "m.id.user", "user": WARDEN}}
    keys = server.warden.cross_signing_keys(cross_signing())
    for path, body in (
        ("login", login),
        ("login", {**login, "device_id": "SPY"}),
        ("keys/device_signing/upload", keys),
    ):
        answer = await server.warden.ask("POST", f"{CLIENT}/{path}", body)
        assert refusal(answer) == (403, "M_FORBIDDEN", "warden_device")
    assert (await server.warden.ask.ok("GET", f"{CLIENT}/devices"))["devices"] == []


async def test_what_is_refused_is_counted_by_rule_and_kind_of_person_and_by_nothing_else(
    server: Server, talk: Signalement
) -> None:
    before = (await server.module("GET", "/violations")).body["violations"]
    since = str(max((one["number"] for one in before), default=0))
    for _ in range(3):
        await send(talk.agent, talk.room, "m.reaction", {"m.relates_to": {}})
    await talk.guest.ask("GET", f"{CLIENT}/account/whoami")
    counted = (await server.module("GET", "/violations", None, since=since)).body["violations"]
    assert all(one.keys() == {"number", "at_ms", "rule", "actor", "count"} for one in counted)
    totals = {(one["rule"], one["actor"]) for one in counted}
    assert {("reaction", "agent"), ("guest_request", "guest")} <= totals
    assert sum(one["count"] for one in counted if one["rule"] == "reaction") == 3
    figures = await server.figures()
    assert 'veilleuse_policy_violations_total{actor="agent",rule="reaction"}' in figures
    assert talk.guest.user_id not in figures
    assert talk.room not in figures
    last = str(counted[-1]["number"])
    assert (await server.module("GET", "/violations", None, since=last)).body == {"violations": []}
