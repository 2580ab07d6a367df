"""Taking what was said off everybody's screen."""

import asyncio
import secrets
from urllib.parse import quote

from tests.synapse.clients import CLIENT, Person
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
    agent, bot, room = await a_desk(server)
    first, second = await bot.say(room, "first"), await bot.say(room, "second")
    relation = {"rel_type": "m.replace", "event_id": first}
    await bot.say(room, "first, edited", **{"m.relates_to": relation})
    await agent.say(room, "about it", **{"m.relates_to": {"rel_type": "m.thread", "event_id": first}})

    await take_back(server, room, first)
    await take_back(server, room, first)

    assert await legible(agent, room) == [second]


async def test_an_event_of_another_room_is_not_taken_back(server: Server) -> None:
    (agent, bot, room), (_, _, other) = await a_desk(server), await a_desk(server)
    elsewhere = await bot.say(room, "elsewhere")
    await take_back(server, other, elsewhere)
    assert await legible(agent, room) == [elsewhere]


async def test_what_people_say_and_what_is_said_in_a_signalement_is_not_taken_back(
    server: Server, signalement: Signalement
) -> None:
    agent, _, room = await a_desk(server)
    for speaker, where in ((agent, room), (signalement.agent, signalement.room)):
        said = await speaker.say(where, "an agent's")
        answer = await server.room("POST", where, "take_back", {"event_id": said})
        assert (answer.status, answer.code) == (403, "M_FORBIDDEN")
        assert await legible(speaker, where) == [said]


async def a_desk(server: Server) -> tuple[Person, Person, str]:
    """An agent, a bot, and the room of their desk."""
    agent, bot = await server.agent(), await server.service_user(f"veilleuse_desk_{secrets.token_hex(4)}")
    room = await server.warden.create_room(preset="private_chat", invite=[agent.user_id, bot.user_id])
    await agent.join(room)
    await bot.join(room)
    return agent, bot, room


async def legible(person: Person, room: str) -> list[str]:
    return [event["event_id"] for event in await person.messages(room) if "ciphertext" in event["content"]]
