"""Which devices have not synced past the end of a room."""

import hashlib
from datetime import timedelta

from tests.synapse.clients import CLIENT, Person
from tests.synapse.server import PROBE, Server, Signalement
from tests.waiting import until


async def probe(server: Server, room: str, *people: Person, moment: str = "kick") -> None:
    content = {"room": hashlib.sha256(room.encode()).hexdigest(), "moment": moment}
    messages = {person.user_id: {"*": content} for person in people}
    once = f"{content['room']}-{moment}"
    await server.warden.ask.ok("PUT", f"{CLIENT}/sendToDevice/{PROBE}/{once}", {"messages": messages})


async def awaited(server: Server, room: str) -> list[tuple[str, str]]:
    answer = await server.room("GET", room, "unacknowledged")
    assert answer.status == 200, answer
    return [(device["user_id"], device["device_id"]) for device in answer.body["devices"]]


def name(person: Person) -> tuple[str, str]:
    return person.user_id, person.device_id


async def end(server: Server, signalement: Signalement) -> None:
    await server.kick(signalement.agent, signalement.room)
    await probe(server, signalement.room, signalement.agent)


async def test_a_device_is_awaited_until_it_confirms_the_sync_that_brought_the_probe(
    server: Server, signalement: Signalement
) -> None:
    agent = signalement.agent
    since = (await agent.sync())["next_batch"]
    assert await awaited(server, signalement.room) == []

    await end(server, signalement)
    assert await awaited(server, signalement.room) == [name(agent)]

    told = await agent.sync(since)
    assert signalement.room in told["rooms"]["leave"], "the kick comes no later than the probe"
    assert [message["type"] for message in told["to_device"]["events"]] == [PROBE]
    assert await awaited(server, signalement.room) == [name(agent)], "the answer may never have arrived"

    await agent.sync(told["next_batch"])
    assert await awaited(server, signalement.room) == []


async def test_every_device_of_everybody_who_was_in_the_room_is_awaited(
    server: Server, signalement: Signalement
) -> None:
    second = await server.log_in(signalement.agent.user_id)
    await second.sync()
    colleague = await server.agent_of_a_desk()
    await server.warden.ask.ok("POST", f"{CLIENT}/rooms/{signalement.room}/invite", {"user_id": colleague.user_id})
    await colleague.join(signalement.room)
    stranger = await server.agent()
    await stranger.sync()
    await server.kick(signalement.agent, signalement.room)
    await server.kick(colleague, signalement.room)
    await probe(server, signalement.room, signalement.agent, colleague, stranger, signalement.guest)

    expected = sorted([name(signalement.agent), name(second), name(colleague)])
    assert await awaited(server, signalement.room) == expected


async def test_a_device_that_was_last_seen_long_before_the_join_is_not_awaited(
    server: Server, signalement: Signalement
) -> None:
    old = await server.log_in(signalement.agent.user_id)
    await old.sync()
    seen = f"SELECT last_seen FROM devices WHERE device_id = '{old.device_id}'"  # noqa: S608

    async def written() -> bool:
        return await server.database.value(seen) is not None

    await until(written)
    await end(server, signalement)
    assert name(old) in await awaited(server, signalement.room)
    earlier = timedelta(minutes=20) // timedelta(milliseconds=1)
    await server.database.execute(
        f"UPDATE devices SET last_seen = last_seen - {earlier} WHERE device_id = '{old.device_id}'"  # noqa: S608
    )

    assert await awaited(server, signalement.room) == [name(signalement.agent)]


async def test_a_device_that_has_not_synced_since_the_join_is_not_awaited_however_lately_it_was_seen(
    server: Server, signalement: Signalement
) -> None:
    closed = await server.log_in(signalement.agent.user_id)
    await closed.sync()
    await probe(server, signalement.room, signalement.agent, moment="join")
    told = await signalement.agent.sync()
    await signalement.agent.sync(told["next_batch"])
    await end(server, signalement)
    assert await awaited(server, signalement.room) == [name(signalement.agent)]


async def test_a_device_that_logged_out_is_not_awaited(server: Server, signalement: Signalement) -> None:
    await end(server, signalement)
    await signalement.agent.ask.ok("POST", f"{CLIENT}/logout")
    assert await awaited(server, signalement.room) == []


async def test_a_device_that_exists_no_more_is_not_awaited_though_its_inbox_does(
    server: Server, signalement: Signalement
) -> None:
    await end(server, signalement)
    gone = f"DELETE FROM devices WHERE device_id = '{signalement.agent.device_id}'"  # noqa: S608
    await server.database.execute(gone)
    assert await awaited(server, signalement.room) == []


async def test_a_probe_by_anybody_but_the_warden_or_for_another_room_counts_for_nothing(
    server: Server, signalement: Signalement
) -> None:
    other = await server.signalement()
    await server.kick(signalement.agent, signalement.room)
    this = hashlib.sha256(signalement.room.encode()).hexdigest()
    await other.agent.send_to(signalement.agent, this, kind=PROBE, key="room")
    await probe(server, other.room, signalement.agent)
    assert await awaited(server, signalement.room) == []
