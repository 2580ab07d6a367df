"""The exit: gone from the agent's screen and from the server within seconds. What the page does: test_ways_out.py."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.e2e.conftest import NewAgent, NewGuest, Running, announced_to, conversation_of
from tests.e2e.residue import ciphertexts_of, graves_of, rows_about
from tests.waiting import until


async def test_fifty_messages_are_off_the_agent_s_screen_within_seconds(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    guest, agent, room = await conversation_of(running, new_guest, new_agent, messages=50)
    await guest.presses_exit()
    await agent.sees_no_words(room, within=5)
    await agent.is_out_of(room)


async def test_within_three_seconds_no_ciphertext_is_left_and_the_token_is_dead_and_within_fifteen_the_room_is_gone(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent = await new_agent()
    guest = await new_guest()
    await guest.opens()
    room = await announced_to(running, agent, guest)
    await agent.join(room)
    await guest.types("Un", "Deux", "Trois")
    await agent.sees(room, "Un", "Deux", "Trois")
    database = running.endpoints["databases"]["synapse"]
    assert ciphertexts_of(database, room) == 3
    await guest.presses_exit()
    await until(lambda: ciphertexts_of(database, room) == 0, timedelta(seconds=3))
    await until(lambda: _is_dead(running, guest.opened["session"]), timedelta(seconds=3))
    await until(lambda: "rooms" not in rows_about(database, room), timedelta(seconds=15))
    await until(lambda: not rows_about(database, room), timedelta(seconds=15))


async def _is_dead(running: Running, session: str) -> bool:
    async with aiohttp.ClientSession() as client:
        url = f"{running.installation.portal_address}/_matrix/client/v3/sync"
        async with client.get(url, headers={"Authorization": f"Bearer {session}"}) as answer:
            body: dict[str, Any] = await answer.json()
    return answer.status == 401 and body["errcode"] == "M_UNKNOWN_TOKEN"


async def test_the_announcement_goes_too(running: Running, new_guest: NewGuest, new_agent: NewAgent) -> None:
    guest, agent, room = await conversation_of(running, new_guest, new_agent)
    desk_room = running.desk("guyancourt")["desk_room_id"]
    await guest.presses_exit()
    await agent.is_out_of(room)

    async def nothing_names_the_room() -> bool:
        return not any(room in (line.html or "") for line in await agent.reads(desk_room))

    await until(nothing_names_the_room)


async def test_an_exit_before_the_claim_erases_too(running: Running, new_guest: NewGuest, new_agent: NewAgent) -> None:
    agent = await new_agent()
    guest = await new_guest()
    await guest.opens()
    await guest.types("Jamais envoyé")
    room = await announced_to(running, agent, guest)
    await guest.presses_exit()
    database = running.endpoints["databases"]["synapse"]
    await until(lambda: "rooms" not in rows_about(database, room), timedelta(seconds=15))


@pytest.mark.parametrize("moment", ["form", "opening", "waiting", "sending", "handed back"])
async def test_pressed_six_times_at_any_moment_the_page_is_left_and_no_agent_ever_finds_the_room(
    running: Running, new_guest: NewGuest, new_agent: NewAgent, moment: str
) -> None:
    agent = await new_agent()
    guest = await new_guest()
    if moment == "opening":
        await guest.starts()
    if moment in ("waiting", "sending", "handed back"):
        await guest.opens()
        await announced_to(running, agent, guest)
    if moment in ("sending", "handed back"):
        await agent.join(guest.room)
        await guest.is_in_state("connected")
    if moment == "sending":
        await guest.types(*(f"Message {number}" for number in range(5)))
    if moment == "handed back":
        await agent.leave(guest.room)
    await guest.page.evaluate(
        "() => { const way = document.querySelector('[data-testid=exit]'); for (let i = 0; i < 6; i++) way.click() }"
    )
    await until(lambda: not guest.page.url.startswith(running.endpoints["portal"]))
    if guest.opened:
        database = running.endpoints["databases"]["synapse"]
        await until(lambda: not rows_about(database, guest.room), timedelta(seconds=15))
        service = running.endpoints["databases"]["appservice"]
        await until(lambda: graves_of(service, guest.room) == ["guest_left"])
