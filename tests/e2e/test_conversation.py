"""A person and an agent talk: held until the claim, then both ways, in order, and nothing undecryptable anywhere."""

import asyncio

from tests.e2e.conftest import NewAgent, NewGuest, Running, claimed_by

BEFORE = ["Bonsoir", "Je suis seule", "Il peut revenir"]


async def test_three_messages_before_the_claim_and_ten_after_arrive_in_order_on_both_sides(
    running: Running, new_guest: NewGuest, new_agent: NewAgent
) -> None:
    agent = await new_agent()
    guest = await new_guest()
    await guest.opens()
    await guest.types(*BEFORE)
    await guest.sees_own("held", *BEFORE)

    room = await claimed_by(running, agent, guest)
    await agent.sees(room, *BEFORE)
    await guest.sees_own("sent", *BEFORE)

    after = [f"Message {number}" for number in range(1, 11)]
    answers = [f"Réponse {number}" for number in range(1, 11)]
    for text, answer in zip(after, answers, strict=True):
        await asyncio.gather(guest.types(text), agent.says(room, answer))
    await agent.sees(room, *BEFORE, *after)
    await guest.sees(*answers)
    await guest.sees_own("sent", *BEFORE, *after)

    assert await agent.undecryptable() == []
    assert {message.state for message in await guest.timeline() if message.sender == "agent"} == {"received"}
