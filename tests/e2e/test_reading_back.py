"""Who reads what was said earlier, while more is said; on a phone, and on one whose keyboard leaves little to see."""

from playwright.async_api import Page, ViewportSize, expect

from tests.e2e.conftest import NewAgent, NewGuest, Running, claimed_by

WHOLE: ViewportSize = {"width": 360, "height": 740}
LOW: dict[str, ViewportSize] = {
    "a phone whose keyboard is open": {"width": 360, "height": 300},
    "a computer zoomed to 400 %": {"width": 320, "height": 256},
}


async def has_numbers_and_the_exit_at_hand(page: Page) -> None:
    for name in ("17", "112", "114", "3919"):
        await expect(page.get_by_test_id("top").get_by_text(name, exact=True)).to_be_in_viewport(ratio=1)
    await expect(page.get_by_test_id("exit")).to_be_in_viewport(ratio=1)


async def test_who_reads_what_was_said_earlier_is_not_moved_away_and_finds_the_way_to_what_is_new(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent(), await new_guest(**WHOLE)
    page, newer = guest.page, guest.page.get_by_test_id("newer")
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    said = [f"Réponse {number}" for number in range(1, 21)]
    for answer in said:
        await agent.says(room, answer)
    await guest.sees(*said)
    for size in (WHOLE, *LOW.values()):
        await page.set_viewport_size(size)
        await expect(page.get_by_text(said[-1], exact=True)).to_be_in_viewport()
        first = page.get_by_text("Réponse 10", exact=True)
        await first.scroll_into_view_if_needed()
        stands = await first.bounding_box()
        said.append(f"Réponse {len(said) + 1}")
        await agent.says(room, said[-1])
        await guest.sees(*said)
        await expect(newer).to_be_in_viewport(ratio=1)
        assert await first.bounding_box() == stands, size
        await has_numbers_and_the_exit_at_hand(page)
        await newer.click()
        await expect(page.get_by_text(said[-1], exact=True)).to_be_in_viewport()
        await expect(newer).to_be_hidden()
        said.append(f"Réponse {len(said) + 1}")
        await agent.says(room, said[-1])
        await expect(page.get_by_text(said[-1], exact=True)).to_be_in_viewport()
        await expect(page.get_by_test_id("composer")).to_be_in_viewport(ratio=1)
        await first.scroll_into_view_if_needed()
        await guest.types(f"Je réponds à {size['height']}")
        await expect(page.get_by_text(f"Je réponds à {size['height']}", exact=True)).to_be_in_viewport()
        await has_numbers_and_the_exit_at_hand(page)
