"""Destroying what was said, in the homeserver's database."""

import secrets
from typing import Any
from urllib.parse import quote

from tests.ciphertext import sealed
from tests.synapse.clients import CLIENT
from tests.synapse.server import Server, Signalement


def marker() -> str:
    """Words that occur nowhere else."""
    return f"ciphertext-{secrets.token_hex(16)}"


async def destroy(server: Server, room: str) -> int:
    answer = await server.room("POST", room, "destroy_originals")
    assert answer.status == 200, answer
    return int(answer.body["destroyed"])


async def test_no_table_and_no_file_keeps_what_was_said(server: Server, signalement: Signalement) -> None:
    room, guest, agent, said = signalement.room, signalement.guest, signalement.agent, marker()
    first, redacted = await guest.say(room, said), await guest.say(room, said)
    path = quote(room)
    await server.warden.ask.ok("PUT", f"{CLIENT}/rooms/{path}/redact/{quote(redacted)}/t")
    await agent.ask.ok("POST", f"{CLIENT}/rooms/{path}/receipt/m.read/{quote(first)}", {"thread_id": "main"})
    # What the rules do not let through is destroyed all the same.
    for table, columns, values in (
        ("event_relations", "event_id, relates_to_id, relation_type", f"'{first}', '{redacted}', 'm.thread'"),
        ("threads", "room_id, thread_id, latest_event_id, topological_ordering, stream_ordering",
         f"'{room}', '{first}', '{redacted}', 1, 1"),
        ("delayed_events",
         "delay_id, user_localpart, device_id, delay, send_ts, room_id, event_type, content, is_processed",
         f"'{secrets.token_hex(8)}', 'agent', 'D', 1, 9000000000000, '{room}', 'm.room.message', '{said}', FALSE"),
    ):  # fmt: skip
        await server.database.execute(f"INSERT INTO {table} ({columns}) VALUES ({values})")  # noqa: S608
    assert "event_json" in await server.database.tables_with(sealed(said)), "the search finds what is there"
    assert {"delayed_events", "threads"} <= (await server.residue(room)).keys()

    assert await destroy(server, room) == 2

    await server.database.forgets(sealed(said))
    await server.database.forgets(said)
    left = {"receipts_linearized", "receipts_graph", "threads", "event_push_actions", "event_txn_id_device_id"}
    assert not left & (await server.residue(room)).keys()
    assert await server.database.value(f"SELECT COUNT(*) FROM event_relations WHERE event_id = '{first}'") == 0  # noqa: S608


async def test_history_and_sync_show_the_messages_without_content(server: Server, signalement: Signalement) -> None:
    room, agent = signalement.room, signalement.agent
    since = (await agent.sync())["next_batch"]
    for number in range(3):
        await signalement.guest.say(room, f"{number}")
    assert all(event["content"] for event in await agent.messages(room)), "and they are in Synapse's caches now"

    await destroy(server, room)

    assert [event["content"] for event in await agent.messages(room)] == [{}, {}, {}]
    for synced in (await agent.sync(), await agent.sync(since)):
        timeline = synced["rooms"]["join"][room]["timeline"]["events"]
        shown = [event["content"] for event in timeline if event["type"] == "m.room.encrypted"]
        assert shown == [{}, {}, {}]


async def test_the_shell_of_the_room_stays_whole(server: Server, signalement: Signalement) -> None:

    async def state() -> dict[tuple[str, str], object]:
        answer: Any = (await server.warden.ask("GET", f"{CLIENT}/rooms/{quote(signalement.room)}/state")).body
        return {(event["type"], event["state_key"]): event["content"] for event in answer}

    before = await state()
    assert before["m.room.member", signalement.agent.user_id]
    await signalement.guest.say(signalement.room, marker())
    await destroy(server, signalement.room)
    assert await state() == before
    await server.kick(signalement.agent, signalement.room)


async def test_doing_it_again_destroys_only_what_came_since(server: Server, signalement: Signalement) -> None:
    await signalement.guest.say(signalement.room, marker())
    assert await destroy(server, signalement.room) == 1
    assert await destroy(server, signalement.room) == 0
    late = marker()
    await signalement.guest.say(signalement.room, late)
    assert await destroy(server, signalement.room) == 1
    await server.database.forgets(sealed(late))


async def test_undelivered_messages_to_and_from_the_guest_go_too(server: Server, signalement: Signalement) -> None:
    colleague = await server.agent_of_a_desk()
    to_guest, from_guest, other = marker(), marker(), marker()
    await signalement.agent.send_to(signalement.guest, to_guest)
    await signalement.guest.send_to(signalement.agent, from_guest)
    await colleague.send_to(signalement.agent, f"{other} about {signalement.guest.user_id}")

    await destroy(server, signalement.room)

    await server.database.forgets(to_guest)
    await server.database.forgets(from_guest)
    waiting = (await signalement.agent.sync())["to_device"]["events"]
    assert [message["sender"] for message in waiting] == [colleague.user_id]


async def test_other_rooms_keep_what_was_said_in_them(server: Server, signalement: Signalement) -> None:
    other, said = await server.signalement(), marker()
    await other.guest.say(other.room, said)
    await other.guest.send_to(other.agent, said)
    await destroy(server, signalement.room)
    assert [event["content"]["ciphertext"] for event in await other.agent.messages(other.room)] == [sealed(said)]
    assert [event["content"]["ciphertext"] for event in (await other.agent.sync())["to_device"]["events"]] == [said]
