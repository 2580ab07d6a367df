"""Another language is a matter of words: what was typed and chosen stays, and no address or history tells of it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.accessibility import LANGUAGES, speak
from tests.e2e.guest_navigator import GuestPage
from tests.unit.guest_portal.conftest import Portal, started_portal

PLACES_OF_WORDS = """
() => {
  const shown = [...document.querySelectorAll('main *, header *')].filter(one => one.checkVisibility());
  const own = shown.flatMap(one => [...one.childNodes].filter(node => node.nodeType === Node.TEXT_NODE));
  return own.map(node => node.data.trim()).filter(text => text.length > 2 && !/^[\\d\\s×]+$/.test(text));
}
"""


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Portal]:
    async with started_portal(tmp_path) as portal:
        yield portal


async def test_each_language_replaces_every_word_and_nothing_else(browser: Browser, portal: Portal) -> None:
    address = str(portal.client.make_url("/"))
    guest = await GuestPage.visit(browser, address)
    page = guest.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    await page.get_by_test_id("postal-code").fill("78280")
    await page.get_by_test_id("start").click()
    lived = await page.evaluate("() => history.length")
    spoken: dict[str, set[str]] = {}
    for language in (*LANGUAGES, "fr"):
        await speak(page, language)
        spoken[language] = set(await page.evaluate(PLACES_OF_WORDS))
        await expect(page.get_by_test_id("postal-code")).to_have_value("78280")
        await expect(page.locator("#role-problem")).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    await page.get_by_test_id("role-witness").check()
    await speak(page, "en")
    await expect(page.get_by_test_id("role-witness")).to_be_checked()
    assert (page.url, await page.evaluate("() => history.length")) == (address, lived)
    assert {url for url in asked if url.startswith("POST")} == {f"POST {address}"}
    assert not any(re.search("lang|[?&#]", url) for url in asked)
    assert len(spoken["ar"]) == len(spoken["fr"]) > 25
    assert spoken["ar"] & spoken["fr"] <= {"Français", "English", "Español", "العربية"}
    await guest.leaves()


async def test_a_language_that_does_not_come_is_told_and_the_page_stays(browser: Browser, portal: Portal) -> None:
    guest = await GuestPage.visit(browser, str(portal.client.make_url("/")))
    await guest.context.set_offline(True)
    await guest.page.get_by_test_id("languages").locator("summary").click()
    await guest.page.get_by_test_id("language-en").click()
    await expect(guest.page.locator("#language-problem")).to_be_visible()
    await expect(guest.page.locator("html")).to_have_attribute("lang", "fr")
    await guest.leaves()


async def test_the_first_view_is_light_and_of_use_without_any_script(browser: Browser, portal: Portal) -> None:
    address = str(portal.client.make_url("/"))
    for runs in (False, True):
        context = await browser.new_context(locale="fr-FR", java_script_enabled=runs)
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")
        sizes: list[int] = []
        session.on("Network.loadingFinished", lambda done, sizes=sizes: sizes.append(int(done["encodedDataLength"])))
        await page.goto(address)
        assert 0 < len(sizes) <= 5
        assert sum(sizes) < 40_000
        await expect(page.get_by_test_id("exit")).to_be_visible()
        await expect(page.get_by_role("link", name="17")).to_be_visible()
        await expect(page.get_by_test_id("role-victim")).to_be_visible(visible=runs)
        await context.close()
