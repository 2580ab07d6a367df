"""The button to leave is in sight and under the finger: narrow, zoomed, scrolled, with a keyboard open, everywhere."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.e2e.guest_navigator import GuestPage
from tests.unit.guest_portal.conftest import Portal, started_portal

SIGHT = """
() => {
  const box = document.querySelector('[data-testid=exit]').getBoundingClientRect();
  const seen = visualViewport;
  const top = seen.offsetTop, left = seen.offsetLeft;
  const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    inside: box.left >= left - 1 && box.right <= left + seen.width + 1
      && box.top >= top - 1 && box.bottom <= top + seen.height + 1,
    uncovered: middle?.closest('[data-testid=exit]') != null,
    width: box.width * seen.scale, height: box.height * seen.scale,
    start: getComputedStyle(document.documentElement).direction === 'rtl'
      ? box.left - left : left + seen.width - box.right,
  };
}
"""

SCREENS: dict[str, ViewportSize] = {
    "the narrowest phone": {"width": 320, "height": 568},
    "a computer zoomed to 400 %": {"width": 320, "height": 256},
    "a phone whose keyboard is open": {"width": 360, "height": 300},
    "a phone held across, keyboard open": {"width": 740, "height": 160},
    "a computer": {"width": 1280, "height": 800},
}


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Portal]:
    async with started_portal(tmp_path) as portal:
        yield portal


async def is_in_reach(page: Page) -> None:
    """At the top, in the middle and at the end of the page, and at least as large as a finger."""
    for part in (0, 0.5, 1):
        await page.evaluate("part => scrollTo(0, part * document.documentElement.scrollHeight)", part)
        await page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        sight = await page.evaluate(SIGHT)
        assert sight["inside"], (page.viewport_size, part, sight)
        assert sight["uncovered"], (page.viewport_size, part, sight)
        assert min(sight["width"], sight["height"]) >= 44, (page.viewport_size, part, sight)
        assert sight["start"] <= 24, "at the end of the line, in its direction of writing"


@pytest.mark.parametrize("path", ["/", "/nothing"])
@pytest.mark.parametrize("language", ["fr-FR", "ar"])
async def test_the_exit_is_in_reach_on_every_screen(browser: Browser, portal: Portal, path: str, language: str) -> None:
    guest = await GuestPage.visit(browser, str(portal.client.make_url(path)), language=language)
    for size in SCREENS.values():
        await guest.page.set_viewport_size(size)
        for colours in ("active", "none"):
            await guest.page.emulate_media(forced_colors="active" if colours == "active" else "none")
            await is_in_reach(guest.page)
    await guest.leaves()


@pytest.mark.parametrize("language", ["fr-FR", "ar"])
async def test_the_exit_stays_in_the_part_that_is_pinched_larger_and_keeps_its_size(
    browser: Browser, portal: Portal, language: str
) -> None:
    guest = await GuestPage.visit(
        browser, str(portal.client.make_url("/")), language=language, width=360, height=740, has_touch=True
    )
    session = await guest.context.new_cdp_session(guest.page)
    for scale in (1.5, 3):
        await session.send("Emulation.setPageScaleFactor", {"pageScaleFactor": scale})
        await guest.page.wait_for_function("scale => visualViewport.scale === scale", arg=scale)
        await is_in_reach(guest.page)
    await guest.leaves()


async def test_a_browser_that_cannot_run_the_page_s_script_says_so_and_still_lets_one_leave(
    browser: Browser, portal: Portal
) -> None:
    context = await browser.new_context()
    await context.add_init_script("delete window.ResizeObserver")
    page = await context.new_page()
    await page.goto(str(portal.client.make_url("/")))
    await expect(page.get_by_test_id("start")).to_be_disabled()
    await page.evaluate("() => document.getAnimations().forEach(animation => animation.finish())")
    await expect(page.locator("#unable")).to_be_visible()
    await is_in_reach(page)
    await context.close()
    able = await GuestPage.visit(browser, str(portal.client.make_url("/")))
    await expect(able.page.get_by_test_id("start")).to_be_enabled()
    await expect(able.page.locator("#unable")).to_be_hidden()
    await able.leaves()


async def test_the_middle_button_of_a_mouse_leaves_and_the_right_one_does_not(browser: Browser, portal: Portal) -> None:
    guest = await GuestPage.visit(browser, str(portal.client.make_url("/")))
    leaving, start = guest.page.get_by_test_id("exit"), guest.page.get_by_test_id("start")
    await leaving.click(button="right")
    await expect(start).to_be_visible()
    await guest.is_blank_after("auxclick", lambda: leaving.click(button="middle", no_wait_after=True))
    await guest.context.close()


async def test_what_has_the_focus_is_not_hidden_by_what_stays_in_place(browser: Browser, portal: Portal) -> None:
    guest = await GuestPage.visit(browser, str(portal.client.make_url("/")), width=320, height=480)
    hidden = []
    for _ in range(24):
        await guest.page.keyboard.press("Tab")
        hidden += await guest.page.evaluate("""
            () => {
              const one = document.activeElement, box = one.getBoundingClientRect();
              const on = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
              const seen = on && (one.contains(on) || on.contains(one) || one.labels?.[0]?.contains(on));
              return one === document.body || seen ? [] : [one.outerHTML.slice(0, 80)];
            }""")
    assert hidden == []
    await guest.leaves()
