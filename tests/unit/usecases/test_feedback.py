"""Answers are counted by the week of Paris, and published like every other number: never a small one."""

from datetime import UTC, date, datetime

import pytest

from appservice.domain.disclosure import TOTAL
from appservice.domain.errors import InvalidInput
from appservice.domain.feedback import Helped
from appservice.usecases.count_feedback import CountFeedback
from appservice.usecases.publish_feedback import PublishFeedback
from appservice.usecases.publish_statistics import Week
from tests.fakes.audit import FakeAuditLog
from tests.fakes.stores import FakeFeedbackCounts, FakeStores
from tests.fakes.world import FakeClock

WEEK = Week(2026, 48)


async def test_an_answer_on_sunday_night_in_utc_is_of_monday_in_paris() -> None:
    clock, counts = FakeClock(), FakeFeedbackCounts()
    clock.advance(datetime(2026, 11, 22, 23, 30, tzinfo=UTC) - clock.now())
    await CountFeedback(counts, clock)(Helped.A_LITTLE)
    assert await counts.between(date.min, date.max) == {(date(2026, 11, 23), Helped.A_LITTLE): 1}


async def test_small_numbers_are_suppressed_and_so_is_what_would_give_them_away() -> None:
    counts = FakeFeedbackCounts()
    for answer, number in {Helped.YES: 58, Helped.A_LITTLE: 22, Helped.NO: 4}.items():
        for _ in range(number):
            await counts.add(date(2026, 11, 23), answer)
    clock = FakeClock(datetime(2026, 11, 30, tzinfo=UTC))
    publish = PublishFeedback(counts, FakeAuditLog(FakeStores(), clock), clock, b"key")
    shown = (await publish(date(2026, 11, 23), date(2026, 11, 29))).table.counts
    assert shown[Helped.NO, WEEK] is None
    assert [shown[answer, WEEK] for answer in (Helped.YES, Helped.A_LITTLE, TOTAL)].count(None) >= 1
    for first, last in ((date(2026, 11, 16), date(2026, 11, 29)), (date(2026, 11, 30), date(2026, 12, 6))):
        assert (await publish(first, last)).draft
    with pytest.raises(InvalidInput):
        await publish(date(2026, 11, 24), date(2026, 11, 29))
