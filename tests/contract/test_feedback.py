"""Answers to the question after a conversation, on the fake and on either database: numbers, and nothing else."""

from datetime import date

from appservice.domain.feedback import Helped
from tests.contract.conftest import Storage

MONDAY, NEXT = date(2026, 11, 23), date(2026, 11, 30)


async def test_each_answer_counts_in_its_week(storage: Storage) -> None:
    for _ in range(3):
        await storage.feedback.add(MONDAY, Helped.YES)
    await storage.feedback.add(MONDAY, Helped.NO)
    await storage.feedback.add(NEXT, Helped.YES)
    of_two_weeks = await storage.feedback.between(MONDAY, date(2026, 12, 6))
    assert of_two_weeks == {(MONDAY, Helped.YES): 3, (MONDAY, Helped.NO): 1, (NEXT, Helped.YES): 1}
    assert await storage.feedback.between(MONDAY, date(2026, 11, 29)) == {
        (MONDAY, Helped.YES): 3,
        (MONDAY, Helped.NO): 1,
    }
