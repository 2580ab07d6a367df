"""A word in the desk room hands a conversation over: who reads what, told by what each one's client can decrypt."""

from playwright.async_api import expect

from tests.e2e.agent_navigator import Agent, Line
from tests.e2e.conftest import NewAgent, NewGuest, Running, announced_to
from tests.e2e.guest_navigator import GuestPage

BEFORE = ["Il rentre ce soir", "J’ai peur"]
ANSWER = "Je vous lis"
RENNES = "rennes"


async def handed_over(
    running: Running, new_guest: NewGuest, first: Agent, second: Agent, to: str
) -> tuple[GuestPage, str]:
    """Said to the first agent, and answered; then the second one is there, and the page asks."""
    guest = await new_guest()
    await guest.opens()
    room = await announced_to(running, first, guest)
    await first.join(room)
    await guest.types(*BEFORE)
    await first.sees(room, *BEFORE)
    await first.says(room, ANSWER)
    await guest.sees(ANSWER)
    desk_room, reference = running.desk("guyancourt")["desk_room_id"], guest.opened["reference"]
    assert "est transféré" in await first.asks(desk_room, f"passer {reference} à {to}")
    await first.is_out_of(room)
    if to == RENNES:
        await guest.is_in_state("waiting")
        await announced_to(running, second, guest, RENNES)
        their_room = running.desk(RENNES)["desk_room_id"]
        (line,) = [line for line in await second.reads(their_room) if reference in (line.body or "")]
        await second.reacts(their_room, line.event_id)
    await second.is_in(room)
    await guest.is_in_state("connected")
    await expect(guest.page.get_by_test_id("passing-on")).to_be_visible()
    return guest, room


async def cannot_decrypt_what_follows(first: Agent, second: Agent, room: str) -> None:
    """All that the first agent has of the conversation is what was said before, and the keys to it alone."""
    assert await second.undecryptable() == []
    assert not (await first.room_keys(room) & await second.room_keys(room)), "the key was changed"
    assert set(_words(await first.reads(room))) == {*BEFORE, ANSWER}


async def test_with_consent_the_next_agent_reads_all_that_was_said_and_the_first_nothing_of_what_follows(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    first, second = await new_agent(number=1), await new_agent(number=2)
    guest, room = await handed_over(running, new_guest, first, second, second.user_id)
    assert _words(await second.reads(room)) == [], "nothing before the person has answered"
    await guest.passes_on(True)
    await guest.types("Et maintenant ?")
    await second.sees(room, "Et maintenant ?")
    recap, last = _words(await second.reads(room))
    assert last == "Et maintenant ?"
    lines = recap.splitlines()
    assert lines[0].startswith("— Récapitulatif transmis avec l’accord de la personne")
    assert [line.partition(" : ")[2] for line in lines[1:]] == [*BEFORE, ANSWER]
    assert ["Personne" in line for line in lines[1:]] == [True, True, False]
    assert "@" not in recap
    await cannot_decrypt_what_follows(first, second, room)
    await expect(guest.page.get_by_test_id("passing-on")).to_be_hidden()


async def test_without_consent_the_next_agent_of_another_desk_starts_afresh(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    first, second = await new_agent(number=1), await new_agent(RENNES)
    guest, room = await handed_over(running, new_guest, first, second, RENNES)
    await guest.passes_on(False)
    await guest.types("On m’a frappée")
    await second.sees(room, "On m’a frappée")
    await second.says(room, "Je suis là")
    await guest.sees(ANSWER, "Je suis là")
    assert _words(await second.reads(room)) == ["On m’a frappée", "Je suis là"]
    await cannot_decrypt_what_follows(first, second, room)


def _words(lines: list[Line]) -> list[str]:
    return [line.body for line in lines if line.decrypted and line.body is not None]
