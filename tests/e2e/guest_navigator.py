"""A person at the guests' page, as tests see one: `GuestPage` acts, and waits for what should appear on the screen."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from playwright.async_api import Browser, BrowserContext, Page, Response, expect

from tests.waiting import SOON, until

WITHIN_MS = SOON.total_seconds() * 1000


# Tells on the console how long after an event of a kind, in milliseconds, there is no word and no field left in the
# document. Looked at once the page has dealt with the event, before the next frame is painted.
BLANK_WATCH = """
kind => addEventListener(kind, () => {
  const pressed = performance.now();
  const look = () => {
    const words = document.body ? document.body.innerText.trim() : '';
    const fields = document.querySelectorAll('input, textarea').length;
    if (words === '' && fields === 0) console.log('BLANK ' + (performance.now() - pressed));
  };
  addEventListener(kind, look, { once: true });
}, { capture: true })
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on the screen. `sender` is me, agent or system; `state` held, sending, sent, failed or received."""

    sender: str
    state: str
    text: str


class GuestPage:
    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        self.opened: dict[str, str] = {}
        """What the portal answered to the opening, once it has: session, room_id, reference, …"""
        page.on("response", self._note_opening)

    @classmethod
    async def visit(
        cls,
        browser: Browser,
        address: str,
        *,
        width: int = 1280,
        height: int = 800,
        language: str = "fr-FR",
        has_touch: bool = False,
    ) -> Self:
        """Opens the page in a browser profile of its own."""
        context = await browser.new_context(
            viewport={"width": width, "height": height}, locale=language, has_touch=has_touch
        )
        page = await context.new_page()
        guest = cls(context, page)
        await page.goto(address)
        return guest

    async def starts(self, postal_code: str = "78280", role: str = "victim") -> None:
        """Fills the form in and presses *start*; does not wait."""
        await self.page.get_by_test_id(f"role-{role}").check()
        await self.page.get_by_test_id("postal-code").fill(postal_code)
        await self.page.get_by_test_id("start").click()

    async def opens(self, postal_code: str = "78280", role: str = "victim") -> None:
        """Fills the form in, presses *start*, and waits until agents know."""
        await self.starts(postal_code, role)
        await self.is_in_state("waiting")

    async def is_in_state(self, state: str, *, within_ms: float = WITHIN_MS) -> None:
        await expect(self.page.get_by_test_id("status")).to_have_attribute("data-state", state, timeout=within_ms)

    async def types(self, *texts: str) -> None:
        """Types each text and sends it off; does not wait for where it gets."""
        for text in texts:
            await self.page.get_by_test_id("composer").fill(text)
            await self.page.get_by_test_id("send").click()

    async def sees(self, *texts: str, sender: str = "agent", within_ms: float = WITHIN_MS) -> None:
        """Waits until the screen has exactly these messages from `sender`, in this order."""
        messages = self.page.get_by_test_id("timeline").locator(f'[data-testid=message][data-from="{sender}"]')
        await expect(messages).to_have_count(len(texts), timeout=within_ms)
        for number, text in enumerate(texts):
            await expect(messages.nth(number)).to_have_text(text)

    async def sees_own(self, state: str, *texts: str, within_ms: float = WITHIN_MS) -> None:
        """Waits until exactly these are the person's own messages, in this order and each in `state`."""
        await self.sees(*texts, sender="me", within_ms=within_ms)
        in_state = self.page.locator(f'[data-testid=message][data-from=me][data-state="{state}"]')
        await expect(in_state).to_have_count(len(texts), timeout=within_ms)

    async def ends(self) -> None:
        """Ends the conversation, and waits for the page after it."""
        await self.page.get_by_test_id("end").click()
        await self.page.get_by_test_id("end-confirm").click()
        await self.is_in_state("closed")

    async def passes_on(self, accepted: bool) -> None:
        """Answers whether what was said is passed on to the agent who has come."""
        await self.page.get_by_test_id(f"passing-on-{'yes' if accepted else 'no'}").click(timeout=WITHIN_MS)

    async def decides(self, accepted: bool, wish: str = "none") -> None:
        """Answers the one proposal that is open."""
        card = self.page.locator('[data-testid=proposal][data-stage="open"]')
        await card.locator(f'input[value="{wish}"]').check(timeout=WITHIN_MS)
        await card.get_by_test_id(f"proposal-{'accept' if accepted else 'decline'}").click()

    async def sees_proposal(self, stage: str, text: str = "") -> None:
        """Waits until the last proposal is at that stage, and says so."""
        card = self.page.get_by_test_id("proposal").last
        await expect(card).to_have_attribute("data-stage", stage, timeout=WITHIN_MS)
        await expect(card).to_contain_text(text)

    async def timeline(self) -> list[Shown]:
        messages = await self.page.get_by_test_id("message").evaluate_all(
            "all => all.map(one => [one.dataset.from, one.dataset.state, one.textContent])"
        )
        return [Shown(*message) for message in messages]

    @property
    def room(self) -> str:
        """The room of the conversation, once it is open."""
        return self.opened["room_id"]

    async def _note_opening(self, response: Response) -> None:
        if response.url.endswith("/open") and response.status == 201:
            self.opened = await response.json()

    async def presses_exit(self) -> None:
        await self.page.get_by_test_id("exit").click(no_wait_after=True)

    async def presses_exit_and_times_it(self) -> float:
        """Milliseconds, by the page's own clock, from the press until the page is blank."""
        return await self.is_blank_after("click", self.presses_exit)

    async def is_blank_after(self, kind: str, act: Callable[[], Awaitable[object]]) -> float:
        """Acts; the milliseconds from the last event of that kind until the page is blank, within the same frame."""
        await self.page.evaluate(BLANK_WATCH, kind)
        async with self._neutral_site_held_back():
            async with self.page.expect_console_message(lambda message: message.text.startswith("BLANK")) as told:
                await act()
            return float((await told.value).text.split()[1])

    @asynccontextmanager
    async def _neutral_site_held_back(self) -> AsyncIterator[None]:
        """It does not take the page's place meanwhile: the page, gone, could not tell anything any more."""
        address = await self.page.get_by_test_id("exit").get_attribute("href")
        session = await self.context.new_cdp_session(self.page)
        held: list[str] = []
        session.on("Fetch.requestPaused", lambda paused: held.append(paused["requestId"]))
        await session.send("Fetch.enable", {"patterns": [{"urlPattern": f"{address}*"}]})
        yield
        await until(lambda: bool(held), what="the page asks for the neutral site")
        await session.send("Fetch.disable")

    async def taps(self, *places: tuple[int, int], times: int) -> None:
        """With as many fingers as there are places."""
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        session = await self.context.new_cdp_session(self.page)
        for _ in range(times):
            await session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": fingers})
            await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    async def holds_back_sending(self) -> None:
        """From now on what is sent gets no answer."""
        await self.page.route(re.compile("/send/m.room.encrypted/"), lambda _: None)

    async def leaves(self) -> None:
        """Closes the browser profile, as somebody who shuts the lid."""
        await self.context.close()
