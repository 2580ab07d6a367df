"""The ways out of the page: blank within a frame, away, and nothing behind the button *back*."""

import pytest

from tests.e2e.conftest import NewAgent, NewGuest, Running, conversation_of
from tests.waiting import until


async def test_the_page_is_blank_within_50_ms_of_the_press(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    guest, _, _ = await conversation_of(running, new_guest, new_agent)
    assert await guest.presses_exit_and_times_it() < 50


@pytest.mark.parametrize("way", ["button", "shift"])
async def test_both_ways_out_lead_to_the_neutral_address_and_back_shows_nothing(
    running: Running, new_guest: NewGuest, new_agent: NewAgent, way: str
) -> None:
    guest, agent, room = await conversation_of(running, new_guest, new_agent)
    if way == "button":
        await guest.presses_exit()
    else:
        await guest.page.get_by_test_id("composer").focus()
        for _ in range(3):
            await guest.page.keyboard.press("Shift")
    await agent.is_out_of(room)
    await until(lambda: not guest.page.url.startswith(running.endpoints["portal"]))
    await guest.page.go_back()
    assert "Message" not in await guest.page.inner_text("body")
    assert "Je vous lis" not in await guest.page.inner_text("body")


async def test_without_javascript_the_way_out_is_a_plain_link(running: Running, new_guest: NewGuest) -> None:
    guest = await new_guest()
    context = await guest.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    page = await context.new_page()
    await page.goto(running.endpoints["portal"])
    assert "3919" in await page.inner_text("body")
    async with page.expect_request(lambda request: request.url.startswith("http://127.0.0.1:9")):
        await page.get_by_test_id("exit").click(no_wait_after=True)
    await context.close()
