"""Devices that sync rooms over one connection and to-device messages over another are awaited on both."""

from tests.synapse.server import Server, Signalement
from tests.synapse.sliding_client import SlidingClient
from tests.synapse.test_policy_probes import awaited, end, name


async def test_a_probe_that_came_over_the_one_connection_says_nothing_of_the_other(
    server: Server, signalement: Signalement
) -> None:
    client = SlidingClient(signalement.agent)
    await signalement.guest.say(signalement.room, "ciphertext")
    assert signalement.room in await client.syncs_rooms()
    await client.syncs_rooms()
    await client.syncs_encryption()
    await end(server, signalement)
    device = name(signalement.agent)
    assert await awaited(server, signalement.room) == [device]

    # Woken by a notification: keys are fetched, and acknowledged, and the app sleeps again.
    assert [event["type"] for event in await client.syncs_encryption()] == ["org.veilleuse.probe"]
    await client.syncs_encryption()
    assert await awaited(server, signalement.room) == [device], "it still has the room on its disk"

    assert signalement.room in await client.syncs_rooms()
    assert await awaited(server, signalement.room) == [device], "the answer may never have arrived"
    await client.syncs_rooms()
    assert await awaited(server, signalement.room) == []


async def test_a_device_whose_rooms_came_first_is_awaited_for_the_probe(
    server: Server, signalement: Signalement
) -> None:
    client = SlidingClient(signalement.agent)
    await client.syncs_rooms()
    await client.syncs_encryption()
    await end(server, signalement)
    for _ in range(3):
        await client.syncs_rooms()
        assert await awaited(server, signalement.room) == [name(signalement.agent)]
    await client.syncs_encryption()
    await client.syncs_encryption()
    for _ in range(3):
        await client.syncs_rooms()
        await awaited(server, signalement.room)
    assert await awaited(server, signalement.room) == []


async def test_a_device_that_was_never_shown_the_room_over_its_connections_is_awaited_for_the_probe_alone(
    server: Server, signalement: Signalement
) -> None:
    client = SlidingClient(signalement.agent)
    await client.syncs_encryption()
    await end(server, signalement)
    await client.syncs_encryption()
    await client.syncs_encryption()
    assert await awaited(server, signalement.room) == []
