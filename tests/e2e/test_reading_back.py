"""Who reads what was said earlier, while more is said."""

from playwright.async_api import expect

from tests.e2e.conftest import NewAgent, NewGuest, Running, claimed_by


async def test_who_reads_what_was_said_earlier_is_not_moved_away_and_finds_the_way_to_what_is_new(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent, guest = await new_agent(), await new_guest(width=360, height=740)
    await guest.opens()
    room = await claimed_by(running, agent, guest)
    said = [f"Réponse {number}" for number in range(1, 21)]
    for answer in said:
        await agent.says(room, answer)
    await guest.sees(*said)
    first, last = guest.page.get_by_text("Réponse 1", exact=True), guest.page.get_by_text("Réponse 20", exact=True)
    newer = guest.page.get_by_test_id("newer")
    await expect(last).to_be_in_viewport()
    await first.scroll_into_view_if_needed()
    stands = await first.bounding_box()
    await agent.says(room, "Réponse 21")
    await guest.sees(*said, "Réponse 21")
    await expect(newer).to_be_visible()
    assert await first.bounding_box() == stands
    await newer.click()
    await expect(guest.page.get_by_text("Réponse 21", exact=True)).to_be_in_viewport()
    await expect(newer).to_be_hidden()
    await first.scroll_into_view_if_needed()
    await guest.types("Je réponds")
    await expect(guest.page.get_by_text("Je réponds", exact=True)).to_be_in_viewport()
