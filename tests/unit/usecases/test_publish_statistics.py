"""Statistics are counted from the record, by department and ISO week on the clock of Paris."""

from datetime import UTC, date, datetime

import pytest

from appservice.domain.audit.events import Opened, StatisticsPublished
from appservice.domain.audit.values import Department
from appservice.domain.disclosure import TOTAL
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import DeskId
from appservice.domain.signalement import Role
from appservice.usecases.publish_statistics import PublishStatistics, Statistics, Week
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

    async def published(self, first: date, last: date) -> Statistics:
        """In the last week of the month."""
        self.clock.advance(datetime(2026, 11, 29, tzinfo=UTC) - self.clock.now())
        served = [Department(code) for code in ("29", "75", "78")]
        return await PublishStatistics(self.log, self.clock, served, b"key")(first, last)


@pytest.fixture
async def record() -> Record:
    record = Record()
    for day in (3, 10):
        for department in ("75", "78"):
            await record.opened(datetime(2026, 11, day, 12, tzinfo=UTC), department, 223)
    return record


async def test_counts_are_of_departments_and_weeks(record: Record) -> None:
    statistics = (await record.published(MONDAY, SUNDAY)).table
    assert statistics.columns == (FIRST, SECOND, TOTAL)
    shown = [statistics.counts[Department(code), week] for code in ("75", "78") for week in (FIRST, SECOND)]
    assert set(shown) <= {225, None}
    assert statistics.counts[TOTAL, TOTAL] == pytest.approx(4 * 223, abs=50)


async def test_a_department_in_which_there_was_nobody_is_not_told_by_its_absence(record: Record) -> None:
    assert (await record.published(MONDAY, SUNDAY)).table.rows == ("29", "75", "78", None, TOTAL)
    await record.opened(datetime(2026, 11, 29, tzinfo=UTC), "29", 1)
    assert (await record.published(MONDAY, SUNDAY)).table.rows == ("29", "75", "78", None, TOTAL)


async def test_the_week_begins_at_midnight_in_paris(record: Record) -> None:
    await record.opened(datetime(2026, 11, 1, 22, 59, tzinfo=UTC), "75", 30)
    await record.opened(datetime(2026, 11, 15, 23, 0, tzinfo=UTC), "75", 30)
    await record.opened(datetime(2026, 11, 1, 23, 0, tzinfo=UTC), "29", 500)
    await record.opened(datetime(2026, 11, 15, 22, 59, tzinfo=UTC), "29", 600)
    statistics = (await record.published(MONDAY, SUNDAY)).table
    assert (statistics.counts[Department("29"), FIRST], statistics.counts[Department("29"), SECOND]) == (500, 600)


async def test_what_tells_no_department_comes_last(record: Record) -> None:
    await record.opened(datetime(2026, 11, 3, tzinfo=UTC), None, 40)
    statistics = (await record.published(MONDAY, SUNDAY)).table
    assert statistics.rows[-2] is None


async def test_that_they_were_asked_for_is_in_the_record(record: Record) -> None:
    await record.opened(datetime(2026, 11, 3, tzinfo=UTC), "29", 4)
    statistics = (await record.published(MONDAY, SUNDAY)).table
    assert statistics.counts[Department("29"), FIRST] is None
    assert record.log.told[-1] == StatisticsPublished(MONDAY, SUNDAY, statistics.suppressed)


async def test_the_same_again_is_the_same_and_what_overlaps_is_a_draft(record: Record) -> None:
    statistics = await record.published(MONDAY, SUNDAY)
    assert await record.published(MONDAY, SUNDAY) == statistics
    for first, last in ((MONDAY, date(2026, 11, 8)), (date(2026, 11, 9), date(2026, 11, 22))):
        _is_a_draft(record, await record.published(first, last), "published already, from 2026-11-02 to 2026-11-15")
    assert (await record.published(date(2026, 11, 16), date(2026, 11, 22))).draft is None


async def test_of_a_week_that_is_not_over_there_is_a_draft(record: Record) -> None:
    _is_a_draft(record, await record.published(MONDAY, date(2026, 11, 29)), "until 2026-11-29 is not over")


def _is_a_draft(record: Record, edition: Statistics, why: str) -> None:
    assert edition.draft is not None
    assert why in edition.draft
    last = record.log.told[-1]
    assert not isinstance(last, StatisticsPublished) or (last.first_day, last.last_day) == (MONDAY, SUNDAY)


@pytest.mark.parametrize("last", [date(2026, 12, 6), date(9999, 12, 31)])
async def test_a_week_to_come_is_refused(record: Record, last: date) -> None:
    with pytest.raises(InvalidInput, match="until 2026-11-29 at the latest"):
        await record.published(MONDAY, last)


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 11, 3), SUNDAY), (MONDAY, date(2026, 11, 14)), (date(2026, 11, 16), SUNDAY)],
)
async def test_parts_of_weeks_are_refused_with_days_to_use(record: Record, first: date, last: date) -> None:
    before = list(record.log.told)
    with pytest.raises(InvalidInput, match="from a Monday to a Sunday: from 2026-11-"):
        await record.published(first, last)
    assert record.log.told == before
