"""Deleting the shell of a room, sweeping up behind it, and counting what is left."""

import asyncio
import hashlib
import secrets
from typing import Any
from urllib.parse import quote

from tests.synapse.clients import CLIENT
from tests.synapse.server import PROBE, Server, Signalement
from tests.waiting import until

BOOKMARK = "device_lists_changes_converted_stream_position"
"""One row, in which Synapse notes the room that it looked at last."""


async def converse(server: Server, signalement: Signalement) -> None:
    """Everything that such a conversation leaves on a homeserver."""
    room, guest, agent = signalement.room, signalement.guest, signalement.agent
    await guest.upload_keys()
    await server.introduce(guest)
    # Guests may not make filters; one that was made before the rules were there is swept all the same.
    columns = "user_id, full_user_id, filter_id, filter_json"
    localpart = guest.user_id[1:].partition(":")[0]
    values = f"'{localpart}', '{guest.user_id}', 0, '{{}}'"
    await server.database.execute(f"INSERT INTO user_filters ({columns}) VALUES ({values})")  # noqa: S608
    await guest.sync()
    await agent.sync()
    for number in range(3):
        await guest.say(room, f"ciphertext {number}")
        said = await agent.say(room, f"ciphertext {number}")
    await guest.ask.ok("PUT", f"{CLIENT}/rooms/{quote(room)}/typing/{quote(guest.user_id)}", {"typing": True})
    await agent.ask.ok("POST", f"{CLIENT}/rooms/{quote(room)}/read_markers", {"m.fully_read": said, "m.read": said})
    await agent.ask.ok("PUT", f"{CLIENT}/user/{quote(agent.user_id)}/rooms/{quote(room)}/tags/m.favourite", {})
    await agent.ask.ok("POST", f"{CLIENT}/rooms/{quote(room)}/report/{quote(said)}", {"reason": "by mistake"})
    await guest.send_to(agent, "room key")
    await agent.send_to(guest, "room key")


async def set_up(server: Server, signalement: Signalement) -> None:
    """What an agent's clicks leave elsewhere: in settings, rules, filters, signatures, requests between devices."""
    room, guest, agent = signalement.room, signalement.guest, signalement.agent
    own, rules = f"{CLIENT}/user/{quote(agent.user_id)}", f"{CLIENT}/pushrules/global"
    silent: dict[str, Any] = {"actions": []}
    about = {"conditions": [{"kind": "event_match", "key": "room_id", "pattern": room}]}
    await agent.ask.ok("PUT", f"{rules}/room/{quote(room)}", silent)
    await agent.ask.ok("PUT", f"{rules}/room/{quote(room)}/enabled", {"enabled": False})
    await agent.ask.ok("PUT", f"{rules}/override/{quote(room)}", {**silent, **about})
    await agent.ask.ok("PUT", f"{rules}/override/mine", {**silent, **about})
    await agent.ask.ok("PUT", f"{rules}/sender/{quote(guest.user_id)}", silent)
    await agent.ask.ok("POST", f"{own}/filter", {"room": {"rooms": [room, "!another:room"]}})
    for kind, content in settings(room, guest.user_id).items():
        await agent.ask.ok("PUT", f"{own}/account_data/{kind}", content)
    await agent.ask.ok("POST", f"{CLIENT}/users/{quote(guest.user_id)}/report", {"reason": "in clear"})
    await agent.confirm(guest, await agent.upload_keys())
    for kind in ("m.room_key_request", "m.room_key.withheld"):
        await agent.send_to(agent, room, kind, "room_id")


def settings(*names: str) -> dict[str, Any]:
    """What an agent's client keeps with the homeserver, with these names in it; without names, less them."""
    room, guest = names or ("", "")
    return {
        "im.vector.setting.breadcrumbs": {"recent_rooms": [room, "!another:room"] if names else ["!another:room"]},
        "m.direct": {"@somebody:else": ["!another:room"], **({guest: [room]} if names else {})},
        "m.ignored_user_list": {"ignored_users": {guest: {}} if names else {}},
        "org.example.links": {"last": f"https://matrix.to/#/{room}", "n": 1} if names else {"n": 1},
    }


async def end(server: Server, signalement: Signalement) -> None:
    """As the application service does it: silence, kick, destroy, probe."""
    await signalement.guest.ask.ok("POST", f"{CLIENT}/rooms/{quote(signalement.room)}/leave")
    await server.erase(signalement.guest)
    await server.kick(signalement.agent, signalement.room)
    assert (await server.room("POST", signalement.room, "destroy_originals")).status == 200
    content = {"room": hashlib.sha256(signalement.room.encode()).hexdigest()}
    messages = {signalement.agent.user_id: {"*": content}}
    await server.warden.ask.ok("PUT", f"{CLIENT}/sendToDevice/{PROBE}/{content['room']}", {"messages": messages})


async def purge(server: Server, room: str) -> None:
    assert (await server.room("POST", room, "purge")).body == {"gone": True}


async def sweeps(server: Server, room: str, guest: str) -> bool:
    """Sweeps, unless it is too early for it."""
    answer = await server.room("POST", room, "sweep", {"user_id": guest})
    assert answer.status in (200, 409), answer
    return answer.status == 200


async def test_a_room_with_somebody_in_it_is_not_purged(server: Server, signalement: Signalement) -> None:
    answer = await server.room("POST", signalement.room, "purge")
    assert (answer.status, answer.code) == (409, "M_BAD_STATE")
    await signalement.guest.say(signalement.room, "still here")


async def test_a_purge_asked_for_many_times_happens_once(server: Server, signalement: Signalement) -> None:
    await end(server, signalement)
    answers = await asyncio.gather(*(server.room("POST", signalement.room, "purge") for _ in range(6)))
    assert {answer.status for answer in answers} <= {200, 404}
    assert await server.is_gone(signalement.room)
    assert (await server.room("POST", signalement.room, "purge")).status == 404


async def test_a_purge_makes_nobody_leave_and_writes_no_new_event(server: Server, signalement: Signalement) -> None:
    since = (await signalement.agent.sync())["next_batch"]
    await end(server, signalement)
    since = (await signalement.agent.sync(since))["next_batch"]
    newest = "SELECT MAX(stream_ordering) FROM current_state_events AS c INNER JOIN events USING (event_id)"
    other = await server.signalement()
    before = await server.database.value("SELECT MAX(stream_id) FROM current_state_delta_stream")
    await purge(server, signalement.room)
    assert await server.database.value("SELECT MAX(stream_id) FROM current_state_delta_stream") == before
    assert await server.database.value(newest) is not None
    assert signalement.room not in (await signalement.agent.sync(since)).get("rooms", {}).get("leave", {})
    assert not await server.is_gone(other.room)


async def test_nothing_is_left_of_room_and_guest_after_purge_and_sweep(
    server: Server, signalement: Signalement
) -> None:
    room, guest = signalement.room, signalement.guest.user_id
    await converse(server, signalement)
    await set_up(server, signalement)
    counted = await server.residue(room, guest)
    assert {"user_filters", "push_rules", "push_rules_enable", "push_rules_stream", "user_reports"} <= counted.keys()
    assert {"events", "event_json", "rooms", "room_memberships", "users", "e2e_device_keys_json"} <= counted.keys()
    await end(server, signalement)
    await purge(server, room)
    left = await server.residue(room, guest)
    assert {"users", "current_state_delta_stream", "event_reports"} <= left.keys(), "what the sweep is there for"
    assert (await server.module("POST", "/left", {"hashes": [sha256(room)]})).body["left"][sha256(room)].keys() >= {
        "account_data",
        "push_rules",
        "user_filters",
    }
    since = (await signalement.agent.sync())["next_batch"]

    swept = await server.room("POST", room, "sweep", {"user_id": guest})
    assert swept.status == 200
    with_others = {"worker_locks", "worker_read_write_locks", "ignored_users", "push_rules_enable"}
    assert left.keys() - with_others <= swept.body["deleted"].keys()

    assert await server.residue(room, guest) == {}
    await server.database.forgets(guest)
    await server.database.forgets(room)
    await server.database.forgets(hashlib.sha256(room.encode()).hexdigest())
    assert (await server.room("POST", room, "sweep", {"user_id": guest})).body == {"deleted": {}}
    told = {
        event["type"]: event["content"] for event in (await signalement.agent.sync(since))["account_data"]["events"]
    }
    rules = told.pop("m.push_rules")["global"]
    assert told == settings(), "the agent's client hears of what is gone, and keeps the rest"
    assert [rules["room"], rules["sender"]] == [[], []]
    kept = await signalement.agent.ask.ok("GET", f"{CLIENT}/user/{quote(signalement.agent.user_id)}/filter/0")
    assert kept == {"room": {"rooms": ["!another:room"]}}


def sha256(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


async def test_a_sweep_right_behind_the_purge_leaves_nothing_either(server: Server, signalement: Signalement) -> None:
    room, guest = signalement.room, signalement.guest.user_id
    await end(server, signalement)
    assert (await server.room("POST", room, "purge")).status == 200
    await until(lambda: sweeps(server, room, guest))
    assert await server.residue(room, guest) == {}


async def test_what_synapse_writes_late_is_swept_too(server: Server, signalement: Signalement) -> None:
    room, guest = signalement.room, signalement.guest.user_id
    await signalement.guest.sync()
    await end(server, signalement)
    await purge(server, room)
    assert await sweeps(server, room, guest)
    newcomer = await server.agent()
    await newcomer.sync()
    seen = f"SELECT last_seen FROM devices WHERE device_id = '{newcomer.device_id}'"  # noqa: S608

    async def written() -> bool:
        return await server.database.value(seen) is not None

    await until(written)
    assert await server.residue(room, guest) == {}


async def test_synapses_bookmarks_are_moved_off_the_room_and_the_guest(
    server: Server, signalement: Signalement
) -> None:
    room, guest = signalement.room, signalement.guest.user_id
    await end(server, signalement)
    await purge(server, room)
    await server.database.execute(f"UPDATE {BOOKMARK} SET room_id = '{room}'")  # noqa: S608
    progress = (
        f"'{secrets.token_hex(8)}', 'delete_old_otks', 'complete', 9000000000000, '{{\"from_user\":\"{guest}\"}}'"
    )
    columns = "id, action, status, timestamp, result"
    await server.database.execute(f"INSERT INTO scheduled_tasks ({columns}) VALUES ({progress})")  # noqa: S608
    assert {BOOKMARK, "scheduled_tasks"} <= (await server.residue(room, guest)).keys()
    assert await sweeps(server, room, guest)
    assert await server.residue(room, guest) == {}
    assert await server.database.value(f"SELECT COUNT(*) FROM {BOOKMARK}") == 1  # noqa: S608


async def test_a_sweep_waits_for_the_purge_and_for_the_deactivation(server: Server, signalement: Signalement) -> None:
    room, body = signalement.room, {"user_id": signalement.guest.user_id}
    assert (await server.room("POST", room, "sweep", body)).status == 409
    await server.kick(signalement.agent, room)
    await server.kick(signalement.guest, room)
    await purge(server, room)
    assert (await server.room("POST", room, "sweep", body)).status == 409
    await signalement.guest.sync()
    await server.erase(signalement.guest)
    await until(lambda: sweeps(server, room, signalement.guest.user_id))


async def test_only_guests_are_swept_and_counted(server: Server, signalement: Signalement) -> None:
    await end(server, signalement)
    await purge(server, signalement.room)
    bot = await server.service_user(f"veilleuse_desk_{secrets.token_hex(4)}")
    for user in (signalement.agent.user_id, bot.user_id, server.warden.user_id):
        assert (await server.room("POST", signalement.room, "sweep", {"user_id": user})).status == 403
        assert (await server.room("GET", signalement.room, "residue", guest=user)).status == 403
    await signalement.agent.sync()


async def test_the_agents_and_the_other_rooms_are_untouched(server: Server, signalement: Signalement) -> None:
    other = await server.signalement(signalement.agent)
    await other.guest.upload_keys()
    said = await other.guest.say(other.room, "somebody else's")
    await other.guest.send_to(signalement.agent, "somebody else's")
    before = await server.residue(other.room, other.guest.user_id)
    await converse(server, signalement)
    await end(server, signalement)
    await purge(server, signalement.room)
    assert (await server.room("POST", signalement.room, "sweep", {"user_id": signalement.guest.user_id})).status == 200
    after = await server.residue(other.room, other.guest.user_id)
    for volatile in ("user_ips", "event_push_actions_staging", "event_push_summary", BOOKMARK):
        before.pop(volatile, None)
        after.pop(volatile, None)
    assert after == before
    assert [event["event_id"] for event in await other.agent.messages(other.room)] == [said]
    assert len((await signalement.agent.sync())["to_device"]["events"]) == 1
