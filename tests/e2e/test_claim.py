"""The claim: one agent, and one only, and not a word on the wire before it."""

import asyncio
import json
from urllib.parse import quote

import aiohttp

from tests.ciphertext import KEY, megolm
from tests.e2e.agent_navigator import Agent
from tests.e2e.conftest import NewAgent, NewGuest, Running, announced_to, claimed_by
from tests.waiting import until


async def test_of_two_agents_who_join_at_the_same_moment_one_has_it_and_the_other_never_gets_a_key(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agents = [await new_agent(number=1), await new_agent(number=2)]
    for _ in range(3):
        guest = await new_guest()
        await guest.opens()
        await guest.types("Pour une seule personne")
        room = await announced_to(running, agents[0], guest)
        await asyncio.gather(*(agent.tries_to_join(room) for agent in agents))
        await guest.is_in_state("connected")
        await guest.sees_own("sent", "Pour une seule personne")
        winner, loser = await _winner_and_loser(agents, room)
        await winner.sees(room, "Pour une seule personne")
        await loser.is_out_of(room)
        assert not await loser.has_room_key(room)
        assert await winner.has_room_key(room)
        await guest.presses_exit()


async def test_a_third_agent_finds_the_door_closed(running: Running, new_guest: NewGuest, new_agent: NewAgent) -> None:
    first, second = await new_agent(number=1), await new_agent(number=2)
    guest = await new_guest()
    await guest.opens()
    room = await claimed_by(running, first, guest)
    assert not await second.tries_to_join(room)
    await guest.types("Toujours là")
    await first.sees(room, "Toujours là")
    assert not await second.has_room_key(room)


async def test_the_homeserver_itself_refuses_the_guest_s_events_before_the_claim(
    running: Running, new_guest: NewGuest
) -> None:
    guest = await new_guest()
    await guest.opens()
    event = megolm("A", device_id=guest.opened["device_id"], sender_key=KEY)
    session = {"Authorization": f"Bearer {guest.opened['session']}"}
    async with aiohttp.ClientSession() as client:
        url = f"{running.endpoints['portal']}_matrix/client/v3/rooms/{quote(guest.room)}/send/m.room.encrypted/t1"
        async with client.put(url, json=event, headers=session) as answer:
            refused = json.loads(await answer.text())
    assert (answer.status, refused["errcode"]) == (403, "M_FORBIDDEN")
    assert "50" in refused["error"], "refused by power level, by the homeserver"


async def test_when_the_agent_goes_the_guest_waits_and_the_next_agent_reads_only_what_comes_after(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    first, second = await new_agent(number=1), await new_agent(number=2)
    guest = await new_guest()
    await guest.opens()
    room = await announced_to(running, first, guest)
    await first.join(room)
    await guest.types("Au premier")
    await first.sees(room, "Au premier")
    await first.leave(room)
    await guest.is_in_state("waiting")
    await guest.types("Au second")
    await guest.sees(*["Au premier", "Au second"], sender="me")
    await until(lambda: second.tries_to_join(room))
    await guest.is_in_state("connected")
    await second.sees(room, "Au second")
    assert [line.body for line in await second.reads(room) if line.decrypted] == ["Au second"]
    assert await second.undecryptable() == []
    assert not any(line.body == "Au second" for line in await first.reads(room))


async def _winner_and_loser(agents: list[Agent], room: str) -> list[Agent]:
    """The agents, once both know how it ended."""

    async def both_know() -> bool:
        return {str(await agent.membership(room)) for agent in agents} in ({"join", "leave"}, {"join", "None"})

    await until(both_know)
    memberships = {agent: await agent.membership(room) for agent in agents}
    return sorted(agents, key=lambda agent: memberships[agent] != "join")
