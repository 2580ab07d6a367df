"""Faults in mid-conversation: nothing lost, doubled or out of order, and each message in its true state."""

import asyncio

import pytest

from appservice.key_rotation import Step, rotate_registration
from tests.e2e.conftest import NewAgent, NewGuest, Running, announced_to, away, claimed_by
from tests.e2e.residue import rows_about
from tests.waiting import until

OUTAGE_SECONDS = 20


async def test_a_homeserver_away_for_twenty_seconds_loses_doubles_and_reorders_nothing(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent(), await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    await guest.types("Avant")
    await agent.sees(room, "Avant")
    async with away(running.installation.synapse):
        await guest.types("Pendant 1", "Pendant 2")
        await guest.sees("Avant", "Pendant 1", "Pendant 2", sender="me")
        # The length of the outage is what this test is about; what the page says of it is looked at all along.
        for _ in range(OUTAGE_SECONDS):
            await asyncio.sleep(1)
            states = [message.state for message in await guest.timeline() if message.sender == "me"]
            assert states == ["sent", "sending", "sending"]
    await guest.sees_own("sent", "Avant", "Pendant 1", "Pendant 2")
    await agent.sees(room, "Avant", "Pendant 1", "Pendant 2")
    await agent.says(room, "Je suis là")
    await guest.sees("Je suis là")
    assert await agent.undecryptable() == []


@pytest.mark.parametrize("name", ["portal", "appservice"])
async def test_a_killed_process_that_is_started_again_is_hardly_noticed(
    running: Running, new_guest: NewGuest, new_agent: NewAgent, name: str
) -> None:
    agent, guest = await new_agent(), await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    await guest.types("Avant")
    async with away(running.installation.processes[name]):
        await guest.types("Pendant")
        await agent.says(room, "Je lis")
    await guest.sees_own("sent", "Avant", "Pendant")
    await guest.sees("Je lis")
    await agent.sees(room, "Avant", "Pendant")


async def test_restarts_in_mid_conversation_lose_and_double_nothing(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    """As `systemctl restart` does, of the portal, then of the service."""
    agent, guest = await new_agent(), await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    written: list[str] = []
    answered: list[str] = []
    for process in (running.installation.portal, running.installation.appservice):
        ended = asyncio.create_task(process.ended())
        restarting = asyncio.create_task(process.restart())
        while not restarting.done():
            written.append(f"Question {len(written)}")
            await guest.types(written[-1])
            answered.append(f"Réponse {len(answered)}")
            await agent.says(room, answered[-1])
        await restarting
        assert await ended == 0
    await guest.sees_own("sent", *written)
    await guest.sees(*answered)
    await agent.sees(room, *written)
    assert await agent.undecryptable() == []


async def test_tokens_between_homeserver_and_service_are_changed_in_mid_conversation(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    installation = running.installation
    agent, guest, another = await new_agent(), await new_guest(), await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    rotate_registration(installation.settings, Step.ADD)
    await installation.appservice.restart()
    rotate_registration(installation.settings, Step.USE)
    restarting = asyncio.create_task(installation.synapse.restart())
    await guest.types("Pendant")
    await restarting
    await guest.sees_own("sent", "Pendant")
    await agent.sees(room, "Pendant")
    # The service asks with the new token, and is pushed to with the new one.
    await another.opens()
    await agent.join(await announced_to(running, agent, another))
    await another.is_in_state("connected")
    rotate_registration(installation.settings, Step.DROP)


async def test_a_claim_made_while_the_service_is_away_takes_place_when_it_is_back(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent(), await new_guest()
    await guest.opens()
    await guest.types("J'attends")
    room = await announced_to(running, agent, guest)
    async with away(running.installation.appservice):
        await agent.join(room)
        await guest.sees_own("held", "J'attends")
    await guest.is_in_state("connected")
    await agent.sees(room, "J'attends")


@pytest.mark.parametrize("name", ["synapse", "appservice"])
async def test_an_exit_while_a_part_is_away_is_carried_out_when_it_is_back(
    running: Running, new_guest: NewGuest, new_agent: NewAgent, name: str
) -> None:
    agent, guest = await new_agent(), await new_guest()
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    await guest.types("À effacer")
    await agent.sees(room, "À effacer")
    async with away(running.installation.processes[name]):
        await guest.presses_exit()
        await until(lambda: not guest.page.url.startswith(running.endpoints["portal"]))
    await agent.is_out_of(room)
    await agent.sees_no_words(room)
    database = running.endpoints["databases"]["synapse"]
    await until(lambda: "rooms" not in rows_about(database, room))
