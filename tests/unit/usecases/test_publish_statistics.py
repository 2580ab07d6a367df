"""Statistics are counted from the record, by department and ISO week on the clock of Paris."""

from datetime import UTC, date, datetime

import pytest

from appservice.domain.audit.events import Opened, StatisticsPublished
from appservice.domain.audit.values import Department
from appservice.domain.disclosure import TOTAL
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import DeskId
from appservice.domain.signalement import Role
from appservice.usecases.publish_statistics import PublishStatistics, Week
from tests.fakes.audit import FakeAuditLog
from tests.fakes.stores import FakeStores
from tests.fakes.world import FakeClock

MONDAY, SUNDAY = date(2026, 11, 2), date(2026, 11, 15)
FIRST, SECOND = Week(2026, 45), Week(2026, 46)


class Record:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.log = FakeAuditLog(FakeStores(), self.clock)

    async def opened(self, at: datetime, department: str | None, times: int) -> None:
        self.clock.advance(at - self.clock.now())
        for _ in range(times):
            code = Department(department) if department else None
            await self.log.append(Opened(DeskId("guyancourt"), code, Role.VICTIM, in_danger=False))


@pytest.fixture
async def record() -> Record:
    record = Record()
    for day in (3, 10):
        for department in ("75", "78"):
            await record.opened(datetime(2026, 11, day, 12, tzinfo=UTC), department, 23)
    return record


async def test_counts_are_of_departments_and_weeks(record: Record) -> None:
    statistics = await PublishStatistics(record.log)(MONDAY, SUNDAY)
    assert statistics.rows == ("75", "78", TOTAL)
    assert statistics.columns == (FIRST, SECOND, TOTAL)
    assert statistics.counts[Department("75"), FIRST] == 25
    assert statistics.counts[TOTAL, TOTAL] == 90


async def test_the_week_begins_at_midnight_in_paris(record: Record) -> None:
    await record.opened(datetime(2026, 11, 1, 22, 59, tzinfo=UTC), "75", 30)
    await record.opened(datetime(2026, 11, 15, 23, 0, tzinfo=UTC), "75", 30)
    await record.opened(datetime(2026, 11, 1, 23, 0, tzinfo=UTC), "75", 10)
    statistics = await PublishStatistics(record.log)(MONDAY, SUNDAY)
    assert statistics.counts[Department("75"), FIRST] == 35


async def test_what_tells_no_department_comes_last(record: Record) -> None:
    await record.opened(datetime(2026, 11, 3, tzinfo=UTC), None, 40)
    statistics = await PublishStatistics(record.log)(MONDAY, SUNDAY)
    assert statistics.rows[-2] is None


async def test_that_they_were_asked_for_is_in_the_record(record: Record) -> None:
    await record.opened(datetime(2026, 11, 3, tzinfo=UTC), "29", 4)
    statistics = await PublishStatistics(record.log)(MONDAY, SUNDAY)
    assert statistics.counts[Department("29"), FIRST] is None
    assert record.log.told[-1] == StatisticsPublished(MONDAY, SUNDAY, statistics.suppressed)


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 11, 3), SUNDAY), (MONDAY, date(2026, 11, 14)), (date(2026, 11, 16), SUNDAY)],
)
async def test_parts_of_weeks_are_refused_with_days_to_use(record: Record, first: date, last: date) -> None:
    before = list(record.log.told)
    with pytest.raises(InvalidInput, match="from a Monday to a Sunday: from 2026-11-"):
        await PublishStatistics(record.log)(first, last)
    assert record.log.told == before
