"""Words typed on either side are nowhere on the server while the conversation is on; and nothing is on the device."""

import secrets
from typing import Any

from playwright.async_api import Page

from tests.e2e.conftest import NewAgent, NewGuest, Running, claimed_by
from tests.e2e.residue import files_with, memory_has

STORES = """
async () => ({
  cookie: document.cookie,
  local: localStorage.length,
  session: sessionStorage.length,
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
})
"""
NOTHING = {"cookie": "", "local": 0, "session": 0, "databases": 0, "caches": 0, "workers": 0}


def a_sentence() -> str:
    return f"phrase-{secrets.token_hex(12)}"


async def test_what_is_said_is_in_no_file_and_in_no_memory_of_the_service_while_the_conversation_is_on(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    held, said, answered, planted = (a_sentence() for _ in range(4))
    agent, guest = await new_agent(), await new_guest()
    await guest.opens()
    await guest.types(held)
    room = await claimed_by(running, agent, guest)
    await guest.types(said)
    await agent.says(room, answered)
    await guest.sees(answered)
    await agent.sees(room, held, said)

    # The control: said in clear, through the same portal, to the same homeserver, it is found.
    control = running.installation.directory / "control"
    control.write_text(planted)
    await guest.page.evaluate("async word => { await fetch('/nothing?' + word) }", planted)
    words = [held, said, answered, planted]
    assert files_with(running.installation.directory, words) == {planted: ["control"]}
    control.unlink()
    for name, process in running.installation.processes.items():
        assert process.pid is not None
        assert memory_has(process.pid, [held, said, answered]) == set(), name


async def test_a_planted_word_is_found_in_a_process_s_memory(running: Running, new_guest: NewGuest) -> None:
    guest = await new_guest()
    planted = a_sentence()
    await guest.page.evaluate("async word => { await fetch('/open', {method: 'POST', body: word}) }", planted)
    pid = running.installation.portal.pid
    assert pid is not None
    assert memory_has(pid, [planted, a_sentence()]) == {planted}


async def test_at_no_moment_is_there_anything_in_the_browser_s_stores(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent(), await new_guest()
    assert await _stores(guest.page) == NOTHING
    await guest.opens()
    assert await _stores(guest.page) == NOTHING
    await guest.types("Bonsoir")
    assert await _stores(guest.page) == NOTHING
    room = await claimed_by(running, agent, guest)
    await agent.says(room, "Bonsoir")
    await guest.sees("Bonsoir")
    assert await _stores(guest.page) == NOTHING
    assert await guest.context.cookies() == []
    await guest.presses_exit()
    await agent.is_out_of(room)
    assert await guest.context.cookies() == []
    assert (await guest.context.storage_state())["origins"] == []


async def test_every_request_stays_with_the_portal_and_its_address_never_tells(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent(), await new_guest()
    asked: list[str] = []
    guest.page.on("request", lambda request: asked.append(request.url))
    await guest.page.reload()
    await guest.opens()
    await claimed_by(running, agent, guest)
    assert asked
    assert {url for url in asked if not url.startswith((running.endpoints["portal"], "data:"))} == set()
    assert guest.page.url == running.endpoints["portal"]
    assert guest.opened["session"] not in "".join(asked)


async def _stores(page: Page) -> dict[str, Any]:
    stores: dict[str, Any] = await page.evaluate(STORES)
    return stores
