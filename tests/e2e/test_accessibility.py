"""Every state of the page by axe-core (`make accessibility`: every variant); by keyboard alone; for a screen reader."""

import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.accessibility import ALL_LOOKS, WIDTHS, violations, violations_in
from tests.e2e.agent_navigator import Agent
from tests.e2e.conftest import NewAgent, NewGuest, Running, claimed_by
from tests.e2e.guest_navigator import WITHIN_MS, GuestPage
from tests.e2e.warden import STATION, Warden
from tests.unit.guest_portal.conftest import Portal, started_portal
from tests.waiting import until


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Portal]:
    """A portal of its own, without a homeserver: for what comes before a conversation, and for what fails."""
    async with started_portal(tmp_path) as portal:
        yield portal


async def visits(browser: Browser, portal: Portal, path: str = "/") -> GuestPage:
    return await GuestPage.visit(browser, str(portal.client.make_url(path)))


async def shows_the_form(_: GuestPage) -> None:
    pass


async def shows_mistakes(guest: GuestPage) -> None:
    await guest.page.get_by_test_id("start").click()
    await expect(guest.page.locator("#role-problem")).to_be_visible()
    await guest.page.get_by_test_id("role-witness").check()
    await guest.page.get_by_test_id("start").click()
    await expect(guest.page.locator("#postal-code-problem")).to_be_visible()


async def asks_for_the_commune(guest: GuestPage) -> None:
    await guest.starts("01410")
    await expect(guest.page.get_by_test_id("commune")).to_be_visible()


async def reads_how_to_leave(guest: GuestPage) -> None:
    await guest.page.get_by_test_id("leaf-trial").click()


async def reads_words_for_the_young(guest: GuestPage) -> None:
    await guest.page.get_by_test_id("leaf-young").click()


async def is_opening(guest: GuestPage) -> None:
    await guest.page.route(re.compile("/open$"), lambda _: None)
    await guest.starts()
    await guest.is_in_state("opening")


async def has_failed(guest: GuestPage) -> None:
    """For the second time, with the same answers: among which a place overseas."""
    final = {"status": 409, "json": {"errcode": "M_UNKNOWN", "error": "no"}}
    await guest.page.route(re.compile("/open$"), lambda route: route.fulfill(**final))
    await guest.starts("97400")
    await guest.is_in_state("failed")
    await expect(guest.page.locator("[data-place=overseas]").first).to_have_js_property("hidden", False)
    await expect(guest.page.locator("[data-place=mainland]").first).to_have_js_property("hidden", True)
    async with guest.page.expect_request(re.compile("/open$")) as again:
        await guest.page.get_by_role("link", name="Réessayer").click()
    application = (await again.value).post_data_json or {}
    assert {name: application[name] for name in ("role", "postal_code")} == {"role": "victim", "postal_code": "97400"}
    await guest.is_in_state("failed")


BEFORE = [
    shows_the_form, shows_mistakes, asks_for_the_commune, reads_how_to_leave, reads_words_for_the_young, is_opening,
    has_failed,
]  # fmt: skip

IN_FRENCH = ("fr",)
"""Enough where no other state's words are much longer in another language."""

COMMUNES = {"errcode": "VEILLEUSE_COMMUNE_NEEDED", "error": "", "communes": [{"insee": "01064", "name": "Lélex"}]}


async def chooses_a_language(guest: GuestPage) -> None:
    await guest.page.get_by_test_id("languages").locator("summary").click()


async def cannot_encrypt(guest: GuestPage) -> None:
    module = {"content_type": "application/wasm", "body": b"\0asm\1\0\0\0broken"}
    await guest.page.route(re.compile(r"\.wasm$"), lambda route: route.fulfill(**module))
    await guest.page.reload()
    await guest.starts()
    await expect(guest.page.locator("[data-failure=insecure]")).to_be_visible()


@pytest.mark.parametrize("reach", [chooses_a_language, cannot_encrypt])
async def test_in_rare_states_before_a_conversation_axe_finds_nothing(
    browser: Browser, portal: Portal, reach: Callable[[GuestPage], Awaitable[None]]
) -> None:
    guest = await visits(browser, portal)
    await reach(guest)
    assert await violations(guest.page, IN_FRENCH) == []
    await guest.leaves()


@pytest.mark.parametrize("reach", BEFORE)
async def test_before_a_conversation_axe_finds_nothing(
    browser: Browser, portal: Portal, reach: Callable[[GuestPage], Awaitable[None]]
) -> None:
    portal.appservice.answers["signalements"] = (409, COMMUNES) if reach is asks_for_the_commune else (503, {})
    guest = await visits(browser, portal)
    await reach(guest)
    assert await violations(guest.page) == []
    await guest.leaves()


async def test_on_the_page_for_errors_axe_finds_nothing(browser: Browser, portal: Portal) -> None:
    """It speaks every language at once."""
    guest = await visits(browser, portal, "/nothing")
    for look, width in itertools.product(ALL_LOOKS, WIDTHS):
        assert await violations_in(guest.page, width, look) == [], (width, look)
    await guest.leaves()


@pytest.mark.timeout(300)  # twelve states, most of them in every variant
async def test_in_a_conversation_and_at_its_end_axe_finds_nothing(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent(), await new_guest()
    page, found = guest.page, dict[str, list[str]]()
    await guest.opens()
    await guest.types("Bonsoir, je peux écrire ?", "هل يمكنني الكتابة؟")
    await page.get_by_test_id("resources").locator("summary").click()
    found["waiting"] = await violations(page)
    room = await claimed_by(running, agent, guest)
    await agent.says(room, "Bonsoir, je vous lis.")
    await guest.sees("Bonsoir, je vous lis.")
    found["connected"] = await violations(page)
    found["refused, too long, no connection"] = await violations_when_much_goes_wrong(guest, agent, room)
    await page.get_by_test_id("retry").press("Enter")
    await guest.sees_own("sent", "Bonsoir, je peux écrire ?", "هل يمكنني الكتابة؟", "Refusé")
    await expect(page.locator("article:has-text('Refusé') :focus")).to_be_attached()
    async with Warden(running) as warden:
        await warden.proposes(room, "p1", STATION)
        await guest.sees_proposal("open", "Service-Public.gouv.fr / DILA")
        found["suggestion"] = await violations(page)
        await guest.decides(True, "morning")
        await guest.sees_proposal("accepted")
        await page.get_by_test_id("end").click()
        found["before the end"] = await violations(page)
        await page.locator("#end-no").click()
        await agent.leave(room)
        await guest.is_in_state("waiting")
        next_agent = await new_agent(number=2)
        await until(lambda: next_agent.tries_to_join(room))
        await page.get_by_test_id("passing-on").wait_for()
        found["another agent"] = await violations(page)
        await warden.ends(room)
    await guest.is_in_state("ended")
    found["ended"] = await violations(page)
    await page.get_by_test_id("reread").click()
    await page.route(re.compile("/feedback$"), lambda route: route.fulfill(status=503), times=1)
    await page.get_by_test_id("feedback-yes").click()
    await page.locator("#feedback-failed").wait_for()
    found["ended, no answer counted"] = await violations(page, IN_FRENCH)
    await page.get_by_test_id("feedback-yes").click()
    await page.locator("#feedback-given").wait_for()
    found["ended, read again"] = await violations(page)
    await page.get_by_test_id("erase").click()
    await guest.is_in_state("closed")
    found["closed"] = await violations(page)
    assert {state: violation for state, violation in found.items() if violation} == {}


async def violations_when_much_goes_wrong(guest: GuestPage, agent: Agent, room: str) -> list[str]:
    """A message was refused, another is too long, the connection is lost: and all is well again."""
    page = guest.page
    sending, syncing = re.compile("/send/"), re.compile("/sync")
    await page.route(sending, lambda route: route.fulfill(status=400, json={"errcode": "M_UNKNOWN", "error": ""}))
    await guest.types("Refusé")
    await page.get_by_test_id("retry").wait_for()
    await page.route(syncing, lambda route: route.abort())
    await guest.types("x" * 10_001)
    await agent.says(room, "Êtes-vous là ?")
    await expect(page.get_by_test_id("status")).to_have_attribute("data-reconnecting", "")
    found = await violations(page, IN_FRENCH)
    await page.unroute(sending)
    await page.unroute(syncing)
    await page.get_by_test_id("composer").fill("")
    await expect(page.get_by_test_id("status")).not_to_have_attribute("data-reconnecting", "", timeout=WITHIN_MS)
    return found


async def focused(page: Page) -> str | None:
    """The `data-testid` of what has the focus; else its name."""
    name: str | None = await page.evaluate(
        "() => document.activeElement?.dataset.testid ?? document.activeElement?.textContent.trim()"
    )
    return name


async def tabs_to(page: Page, name: str) -> list[str | None]:
    """Presses Tab until `name` has the focus; what had it on the way."""
    passed = [await focused(page)]
    while passed[-1] != name:
        assert len(passed) < 40, f"no way to {name}: {passed}"
        await page.keyboard.press("Tab")
        passed.append(await focused(page))
    return passed


async def test_with_the_keyboard_alone_a_person_talks_and_ends_and_the_exit_comes_first(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent(), await new_guest()
    keyboard = guest.page.keyboard
    assert (await tabs_to(guest.page, "role-victim"))[1] == "exit"
    await keyboard.press("ArrowDown")
    assert await focused(guest.page) == "role-witness"
    await tabs_to(guest.page, "postal-code")
    await keyboard.type("78280")
    await tabs_to(guest.page, "start")
    await keyboard.press("Enter")
    await guest.is_in_state("waiting")
    assert await focused(guest.page) == "composer"
    await keyboard.type("J’attends")
    await keyboard.press("Enter")
    await claimed_by(running, agent, guest)
    await guest.sees_own("sent", "J’attends")
    await keyboard.press("Shift+Tab")
    while await focused(guest.page) != "end":
        await keyboard.press("Shift+Tab")
    await keyboard.press("Enter")
    await keyboard.press("Shift+Tab")
    assert await focused(guest.page) == "end-confirm"
    await keyboard.press("Enter")
    await guest.is_in_state("closed")
    assert await guest.page.evaluate("() => document.activeElement.tagName") == "H1"


async def test_a_screen_reader_is_told_of_one_exit_of_states_and_of_messages(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent(), await new_guest()
    page = guest.page
    tree = await page.locator("body").aria_snapshot()
    assert len(re.findall(r'link "Quitter et effacer"', tree)) == 1
    assert re.search(r'region "Numéros d.urgence"', tree)
    assert re.search(r'group "Vous êtes…"', tree)
    assert re.search(r'heading "[^"]+" \[level=1\]', tree)
    await expect(page.get_by_test_id("exit")).to_have_accessible_description(re.compile("Majuscule"))
    await page.keyboard.press("Shift")
    await expect(page.get_by_role("status").filter(has_text="encore deux fois")).to_be_attached()
    await page.keyboard.press("Shift")
    await expect(page.get_by_role("status").filter(has_text="encore une fois")).to_be_attached()
    await page.keyboard.press("a")
    await expect(page.get_by_role("status").filter(has_text="Vous restez")).to_be_attached()
    await guest.opens()
    await guest.types("Bonsoir")
    room = await claimed_by(running, agent, guest)
    await agent.says(room, "Je vous lis")
    await guest.sees("Je vous lis")
    log = await page.get_by_role("log").aria_snapshot()
    assert re.search(r"Vous[\s\S]*Bonsoir[\s\S]*Agent[\s\S]*Je vous lis", log)
