"""What another person at the same screen could see: nothing on Back, Forward or reload, on paper, or in a thumbnail."""

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.conftest import NewAgent, NewGuest, Running, claimed_by
from tests.e2e.guest_navigator import GuestPage
from tests.waiting import until

FIELDS = "() => [...document.querySelectorAll('input, textarea, select')].map(one => one.value + one.checked)"
ELSEWHERE = "data:text/html,<title>Elsewhere</title>"


async def in_conversation(running: Running, new_guest: NewGuest, new_agent: NewAgent) -> GuestPage:
    agent, guest = await new_agent(), await new_guest()
    await guest.page.goto(ELSEWHERE)
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
async def test_nothing_comes_back(running: Running, new_guest: NewGuest, new_agent: NewAgent, way: str) -> None:
    guest = await in_conversation(running, new_guest, new_agent)
    page = guest.page
    if way == "reload":
        await page.reload()
    elif way == "back and forward":
        await page.go_back()
        await page.go_forward()
    elif way == "exit and back":
        await guest.presses_exit()
        await until(lambda: not page.url.startswith(running.endpoints["portal"]))
        await page.go_back()
        assert page.url == ELSEWHERE, "the site is not among the pages of this tab"
        return
    else:
        async with guest.context.expect_page() as opened:
            await page.evaluate("() => { open(location.href) }")
        page = await opened.value
    await shows_nothing_of_it(page)


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
