"""What another person at the same screen could see: nothing on Back, Forward or reload, on paper, or in a thumbnail."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

from tests.e2e.browsers import launch_chromium
from tests.e2e.conftest import NewAgent, NewGuest, Running, claimed_by
from tests.e2e.guest_navigator import GuestPage
from tests.traces.test_profile import ordinary_site
from tests.unit.guest_portal.conftest import started_portal
from tests.waiting import until

FIELDS = "() => [...document.querySelectorAll('input, textarea, select')].map(one => one.value + one.checked)"
NOTES_WHEN_KEPT = "() => addEventListener('pageshow', event => { window.kept = event.persisted })"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """In the place of the other tests': one that keeps pages in memory when they are left."""
    async with async_playwright() as playwright:
        browser = await launch_chromium(playwright, keeps_pages=True)
        yield browser
        await browser.close()


@pytest.fixture
async def elsewhere() -> AsyncIterator[str]:
    """An ordinary site, which browsers keep."""
    async with ordinary_site("elsewhere") as address:
        yield address


async def in_conversation(
    running: Running, new_guest: NewGuest, new_agent: NewAgent, elsewhere: str = "about:blank"
) -> GuestPage:
    """Come from `elsewhere`."""
    agent, guest = await new_agent(), await new_guest()
    await guest.page.goto(elsewhere)
    await guest.page.evaluate(NOTES_WHEN_KEPT)
    await guest.page.goto(running.endpoints["portal"])
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    await guest.types("Ce que j’ai dit")
    await agent.says(room, "Ce que j’ai lu")
    await guest.sees("Ce que j’ai lu")
    await guest.page.get_by_test_id("composer").fill("Ce que j’allais dire")
    return guest


async def shows_nothing_of_it(page: Page) -> None:
    await page.wait_for_load_state()
    said = await page.inner_text("body") + "".join(await page.evaluate(FIELDS))
    assert "Ce que" not in said
    assert "78280" not in said
    assert await page.get_by_test_id("message").count() == 0


@pytest.mark.parametrize("way", ["reload", "back and forward", "exit and back", "the same address in another tab"])
async def test_nothing_comes_back(
    running: Running, new_guest: NewGuest, new_agent: NewAgent, elsewhere: str, way: str
) -> None:
    guest = await in_conversation(running, new_guest, new_agent, elsewhere)
    page = guest.page
    if way == "reload":
        await page.reload()
    elif way == "back and forward":
        await goes_back_to_what_was_kept(page, elsewhere)
        await page.go_forward(wait_until="commit")
        assert page.url == running.endpoints["portal"]
    elif way == "exit and back":
        await guest.presses_exit()
        await until(lambda: not page.url.startswith(running.endpoints["portal"]))
        await goes_back_to_what_was_kept(page, elsewhere)  # the page is not among those of this tab
        return
    else:
        async with guest.context.expect_page() as opened:
            await page.evaluate("() => { open(location.href) }")
        page = await opened.value
    await shows_nothing_of_it(page)


async def goes_back_to_what_was_kept(page: Page, elsewhere: str) -> None:
    await page.go_back(wait_until="commit")
    assert page.url == elsewhere
    await until(lambda: page.evaluate("() => window.kept === true"), what="this browser keeps pages")


async def test_a_page_that_a_browser_keeps_against_its_word_was_emptied_before_and_is_replaced(
    browser: Browser, tmp_path: Path, elsewhere: str
) -> None:
    """No browser of the tests does, as long as the answer says `no-store`."""

    async def without_the_word(route: Route) -> None:
        answer = await route.fetch()
        headers = {name: value for name, value in answer.headers.items() if name != "cache-control"}
        await route.fulfill(response=answer, headers=headers)

    async with started_portal(tmp_path) as portal:
        address = str(portal.client.make_url("/"))
        page = await browser.new_page()
        await page.add_init_script(
            "addEventListener('pageshow', event => { if (event.persisted)"
            " console.log(`kept: ${document.body.innerHTML.length}`) })"
        )
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        await page.route(address, without_the_word)
        await page.goto(address)
        await page.get_by_test_id("postal-code").fill("78280")
        await page.goto(elsewhere)
        await page.go_back(wait_until="commit")
        await until(lambda: "kept: 0" in said, what="it was kept, and was empty")
        await page.get_by_test_id("postal-code").wait_for()
        await shows_nothing_of_it(page)
        await page.close()


async def test_titles_icons_paper_thumbnails_and_fields_tell_and_keep_nothing(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    guest = await in_conversation(running, new_guest, new_agent)
    page = guest.page
    assert await page.title() == "Accueil"
    assert await page.locator("link[rel~=icon]").get_attribute("href") == "data:,"
    assert page.url == running.endpoints["portal"]

    await page.emulate_media(media="print")
    assert not await page.locator("body").is_visible()
    await page.emulate_media(media="screen")

    await page.evaluate("""() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }""")
    assert not await page.get_by_test_id("timeline").is_visible()
    await page.evaluate("""() => {
      delete document.visibilityState;
      document.dispatchEvent(new Event('visibilitychange'));
    }""")
    assert await page.get_by_test_id("timeline").is_visible()

    assert await page.locator("html").get_attribute("translate") == "no"
    for field in await page.locator("textarea, input[type=text], select").all():
        assert await field.get_attribute("autocomplete") == "off"
    for name in ("composer", "postal-code"):
        field = page.get_by_test_id(name)
        given = [await field.get_attribute(one) for one in ("spellcheck", "autocorrect", "writingsuggestions")]
        assert given == ["false", "off", "false"]


async def test_the_clipboard_is_neither_read_nor_written(browser: Browser, running: Running) -> None:
    context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await page.goto(running.endpoints["portal"])
    allowed = await page.evaluate("() => document.featurePolicy.allowsFeature('clipboard-read')")
    assert allowed is False
    await context.close()
