"""After a conversation, the browser's profile on disk: no word of it, no name that tells. And a planted word is found.

Files are searched as raw bytes, which reaches into SQLite, LevelDB's logs and what is not compressed; what the browser
does compress (Snappy, in older tables of LevelDB) is reached where the word is stored literally, as short ones are. The
control shows for each kind of store that a word which is there is found.
"""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page

from tests.e2e.agent_navigator import Agent
from tests.e2e.conftest import NewAgent, Running, claimed_by
from tests.e2e.guest_navigator import GuestPage
from tests.e2e.residue import files_with
from tests.traces.conftest import Device
from tests.traces.firefox import firefox
from tests.waiting import until

TELLING = ["eilleuse", "ignalement", "endarme", "matrix_sdk", "/_matrix/", "wasm-unsafe-eval"]

ADDRESS_STAYS_IN = (
    "History",
    "Sessions",
    "Preferences",
    "segmentation_platform",
    "Top Sites",
    "Favicons",
)
"""Where Chromium writes down which site was visited, whatever the site says: what docs/exit.md tells of."""


def a_word() -> str:
    """Not in Latin-1, so that a browser stores it as UTF-16 where it makes a difference."""
    return f"mot-œ-{secrets.token_hex(8)}"


class Said:
    """What passes through a conversation, and must not be on the device afterwards."""

    def __init__(self) -> None:
        self.held, self.typed, self.received, self.draft = (a_word() for _ in range(4))
        self.reference = ""

    def words(self) -> list[str]:
        return [self.held, self.typed, self.received, self.draft, self.reference]


async def converses(running: Running, agent: Agent, page: Page) -> Said:
    """Up to a draft that is not sent."""
    said = Said()
    guest = GuestPage(page.context, page)
    await page.goto(running.endpoints["portal"])
    await guest.opens()
    await guest.types(said.held)
    room = await claimed_by(running, agent, guest)
    await guest.types(said.typed)
    await agent.says(room, said.received)
    await guest.sees(said.received)
    await agent.sees(room, said.held, said.typed)
    await page.get_by_test_id("composer").fill(said.draft)
    said.reference = guest.opened["reference"]
    return said


CONTROL = """<!doctype html><html><head><title>{word} title</title></head><body>
<script>
localStorage.setItem('a', '{word} local');
const asked = indexedDB.open('a', 1);
asked.onupgradeneeded = () => asked.result.createObjectStore('b');
asked.onsuccess = () => {{ const change = asked.result.transaction('b', 'readwrite');
  change.objectStore('b').put('{word} database', 1);
  change.oncomplete = () => {{ document.body.dataset.done = '1' }} }};
</script></body></html>"""


@asynccontextmanager
async def ordinary_site(word: str) -> AsyncIterator[str]:
    """A site that leaves a word in every store there is, as ordinary sites do."""

    async def show(_: web.Request) -> web.Response:
        headers = {"Cache-Control": "max-age=9999"}
        return web.Response(text=CONTROL.format(word=word), content_type="text/html", headers=headers)

    app = web.Application()
    app.router.add_get("/", show)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


def stores_with(profile: Path, word: str) -> set[str]:
    """The kinds of stores whose files hold the word."""
    kinds = ("Local Storage", "IndexedDB", "History", "Cache", "Sessions")
    files = files_with(profile, [word]).get(word, [])
    return {kind for kind in kinds for file in files if kind in file}


async def test_after_the_exit_no_file_of_the_profile_holds_a_word_of_it_and_a_planted_word_is_found_in_each_store(
    running: Running, new_agent: NewAgent, device: Device
) -> None:
    agent, planted = await new_agent(), a_word()
    async with ordinary_site(planted) as address, device.browser() as browser:
        control = await browser.new_page()
        await control.goto(address)
        await control.locator("body[data-done]").wait_for(state="attached")
        page = await browser.new_page()
        said = await converses(running, agent, page)
        await GuestPage(browser, page).presses_exit()
        await until(lambda: not page.url.startswith(running.endpoints["portal"]))
    assert {"Local Storage", "IndexedDB", "History", "Cache"} <= stores_with(device.profile, planted)
    assert files_with(device.profile, said.words()) == {}
    assert files_with(device.profile, TELLING) == {}
    address = running.endpoints["portal"].rstrip("/")
    visited = files_with(device.profile, [address])[address]
    assert [file for file in visited if not any(store in file for store in ADDRESS_STAYS_IN)] == []


async def test_a_browser_that_crashes_in_the_middle_has_written_nothing_and_restores_nothing(
    running: Running, new_agent: NewAgent, device: Device
) -> None:
    agent = await new_agent()
    async with device.browser() as browser:
        said = await converses(running, agent, await browser.new_page())
        assert files_with(device.profile, said.words()) == {}, "while the conversation is on"
        await device.crashes()
    assert files_with(device.profile, said.words()) == {}
    async with device.browser("--restore-last-session", "--hide-crash-restore-bubble") as browser:
        for page in [*browser.pages, await browser.new_page()]:
            await page.goto(running.endpoints["portal"])
            text = await page.inner_text("body")
            fields = await page.locator("textarea, input[type=text]").evaluate_all("all => all.map(one => one.value)")
            assert not any(word in text or word in fields for word in said.words())
    assert files_with(device.profile, said.words()) == {}


async def the_room_with(running: Running, agent: Agent, reference: str) -> str:
    """The room that the announcement of that reference leads to."""
    desk_room = running.desk("guyancourt")["desk_room_id"]
    found: list[str] = []

    async def is_announced() -> bool:
        for line in await agent.reads(desk_room):
            found.extend(re.findall(rf'matrix\.to/#/([^?"]+)\?[^"]*"[^>]*>{reference}<', line.html or ""))
        return bool(found)

    await until(is_announced)
    return unquote(found[0])


async def test_firefox_keeps_nothing_of_it_either(running: Running, new_agent: NewAgent, tmp_path: Path) -> None:
    agent, planted, said = await new_agent(), a_word(), Said()
    async with ordinary_site(planted) as address, firefox(tmp_path) as page:
        await page.goes_to(address)
        await page.shows("document.body.dataset.done === '1'")
        await page.goes_to(running.endpoints["portal"])
        await page.presses("role-victim")
        await page.types("postal-code", "78280")
        await page.presses("start")
        await page.shows("document.querySelector('[data-testid=status]').dataset.state === 'waiting'")
        await page.types("composer", said.held)
        await page.presses("send")
        said.reference = await page.told("document.getElementById('reference').textContent")
        room = await the_room_with(running, agent, said.reference)
        await agent.join(room)
        await page.shows("document.querySelector('[data-testid=status]').dataset.state === 'connected'")
        await agent.says(room, said.received)
        await page.shows(f"document.body.innerText.includes('{said.received}')")
        await agent.sees(room, said.held)
        await page.types("composer", said.draft)
        await page.presses("exit")
        await agent.is_out_of(room)
        # The page is not among those of the tab; nor does one that was left come back with what was written in it.
        await page.travels(-1)
        await page.is_at(address)
        await page.goes_to(running.endpoints["portal"])
        await page.types("postal-code", "78280")
        await page.travels(-1)
        await page.is_at(address)
        await page.travels(1)
        await page.is_at(running.endpoints["portal"])
        await page.shows("document.querySelector('[data-testid=postal-code]')?.value === ''")
    assert set(files_with(tmp_path, [planted])) == {planted}
    assert files_with(tmp_path, [said.held, said.received, said.draft, said.reference]) == {}
