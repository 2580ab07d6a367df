"""Taking what was said off everybody's screen."""

import asyncio
from urllib.parse import quote

from tests.synapse.clients import CLIENT
from tests.synapse.server import WARDEN, Server, Signalement


async def redact(server: Server, room: str) -> int:
    answer = await server.room("POST", room, "redact_messages")
    assert answer.status == 200, answer
    return int(answer.body["redacted"])


async def test_clients_in_the_room_are_told_to_redact_each_message_once_by_the_warden(
    server: Server, signalement: Signalement
) -> None:
    room, agent = signalement.room, signalement.agent
    said = [await signalement.guest.say(room, f"{number}") for number in range(3)]
    since = (await agent.sync())["next_batch"]

    assert await redact(server, room) == 3

    timeline = (await agent.sync(since))["rooms"]["join"][room]["timeline"]["events"]
    assert {event["sender"] for event in timeline} == {WARDEN}
    assert sorted(event["content"]["redacts"] for event in timeline) == sorted(said)
    assert [event["content"] for event in await agent.messages(room)] == [{}, {}, {}]


async def test_more_than_one_batch_is_redacted_to_the_last(server: Server, signalement: Signalement) -> None:
    room = signalement.room
    for number in range(101):
        await signalement.guest.say(room, f"{number}")
    assert await redact(server, room) == 101
    assert await redact(server, room) == 0


async def test_what_the_warden_redacted_before_is_left_alone_and_what_came_since_is_not(
    server: Server, signalement: Signalement
) -> None:
    room = signalement.room
    first = await signalement.guest.say(room, "first")
    await server.warden.ask.ok("PUT", f"{CLIENT}/rooms/{quote(room)}/redact/{quote(first)}/t", {})
    await signalement.agent.say(room, "second")
    assert await redact(server, room) == 1


async def test_a_conversation_goes_on_meanwhile_and_nothing_is_missed_in_the_end(
    server: Server, signalement: Signalement
) -> None:
    room = signalement.room
    for number in range(20):
        await signalement.guest.say(room, f"before {number}")
    redacting = asyncio.create_task(redact(server, room))
    await asyncio.gather(*(signalement.agent.say(room, f"meanwhile {number}") for number in range(5)))
    assert await redacting + await redact(server, room) == 25
    assert all(event["content"] == {} for event in await signalement.agent.messages(room))


async def take_back(server: Server, room: str, event: str) -> None:
    answer = await server.room("POST", room, "take_back", {"event_id": event})
    assert answer.status == 200, answer


async def test_what_is_taken_back_goes_with_its_edits_and_nothing_else_does(server: Server) -> None:
    agent = await server.agent()
    room = await server.warden.create_room(preset="private_chat", invite=[agent.user_id])  # a desk's
    await agent.join(room)
    first, second = await agent.say(room, "first"), await agent.say(room, "second")
    relation = {"rel_type": "m.replace", "event_id": first}
    await agent.say(room, "first, edited", **{"m.relates_to": relation})

    await take_back(server, room, first)
    await take_back(server, room, first)

    assert [event["event_id"] for event in await agent.messages(room) if "ciphertext" in event["content"]] == [second]


async def test_an_event_of_another_room_is_not_taken_back(server: Server, signalement: Signalement) -> None:
    other = await server.signalement()
    elsewhere = await other.agent.say(other.room, "elsewhere")
    await take_back(server, signalement.room, elsewhere)
    assert elsewhere in {event["event_id"] for event in await other.agent.messages(other.room) if event["content"]}
