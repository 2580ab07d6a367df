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


async def test_no_table_and_no_file_keeps_what_was_said(server: Server) -> None:
    """In a room of the warden's that is no signalement: there may be relations and reasons."""
    one, other = await server.agent(), await server.agent()
    room = await server.warden.create_room(preset="private_chat", invite=[one.user_id, other.user_id])
    await one.join(room)
    await other.join(room)
    said = marker()
    first = await one.say(room, said)
    await other.say(room, said, **{"m.relates_to": {"rel_type": "m.thread", "event_id": first}})
    redacted = await one.say(room, said)
    path = quote(room)
    await server.warden.ask.ok("PUT", f"{CLIENT}/rooms/{path}/redact/{quote(redacted)}/t", {"reason": said})
    await other.ask.ok("POST", f"{CLIENT}/rooms/{path}/receipt/m.read/{quote(first)}", {"thread_id": first})
    assert "event_json" in await server.database.tables_with(sealed(said)), "the search finds what is there"

    assert await destroy(server, room) == 4

    await server.database.forgets(sealed(said))
    await server.database.forgets(said)
    for table in ("receipts_linearized", "receipts_graph", "threads", "event_push_actions", "event_txn_id_device_id"):
        assert table not in await server.residue(room)


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
