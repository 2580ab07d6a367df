"""Periods as auditors write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.errors import InvalidInput
from policies.compliance_bot.periods import ZONE, Period, parse_period, week_before

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "first", "after_last"),
    [
        ("2026-11-01", (2026, 11, 1), (2026, 11, 2)),
        ("2026-11-01..2026-11-15", (2026, 11, 1), (2026, 11, 16)),
        ("2026-11-01 au 2026-11-15", (2026, 11, 1), (2026, 11, 16)),
        ("2026-W47", (2026, 11, 16), (2026, 11, 23)),
        ("2026s47", (2026, 11, 16), (2026, 11, 23)),
        ("2026-02", (2026, 2, 1), (2026, 3, 1)),
        ("2026-12", (2026, 12, 1), (2027, 1, 1)),
        ("2026", (2026, 1, 1), (2027, 1, 1)),
    ],
)
def test_days_begin_at_midnight_in_paris(text: str, first: tuple[int, ...], after_last: tuple[int, ...]) -> None:
    period = parse_period(text, NOW)
    assert period.since == datetime(*first, tzinfo=ZONE)  # type: ignore[misc,arg-type]  # year, month, day
    assert period.until == datetime(*after_last, tzinfo=ZONE)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(("text", "days"), [("", 7), ("7 d", 7), ("30j", 30), ("1 jour", 1), ("365 days", 365)])
def test_the_last_days_end_now(text: str, days: int) -> None:
    period = parse_period(text, NOW)
    assert period.since == NOW - timedelta(days=days)
    assert period.until > NOW


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13", "2026-02-30", "2026-11-15..2026-11-01", "2026-W60", "99999 d"]
)
def test_what_is_no_period_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidInput, match="2026-W47"):
        parse_period(text, NOW)


@given(st.text(max_size=30))
def test_any_other_text_is_refused_or_understood(text: str) -> None:
    try:
        period = parse_period(text, NOW)
    except InvalidInput:
        return
    assert period.since < period.until


def test_the_week_before_ends_with_last_sunday() -> None:
    assert week_before(NOW) == Period(datetime(2026, 11, 16, tzinfo=ZONE), datetime(2026, 11, 23, tzinfo=ZONE))
    assert str(week_before(NOW)) == "2026-11-16 – 2026-11-22"
