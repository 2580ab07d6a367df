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
        ("2026-11-01/2026-11-15", (2026, 11, 1), (2026, 11, 16)),
        ("2026-11-01 – 2026-11-15", (2026, 11, 1), (2026, 11, 16)),
        ("2026-11-01…2026-11-15", (2026, 11, 1), (2026, 11, 16)),
        ("2026-11-01 2026-11-15", (2026, 11, 1), (2026, 11, 16)),
        ("du 2026-11-01 au 2026-11-15", (2026, 11, 1), (2026, 11, 16)),
        ("from 2026-11-01 to 2026-11-15", (2026, 11, 1), (2026, 11, 16)),
        ("du 1er novembre 2026 à 15 Novembre 2026", (2026, 11, 1), (2026, 11, 16)),
        ("between 01/11/2026 and 15.11.2026", (2026, 11, 1), (2026, 11, 16)),
        ("2026-09..2026-10", (2026, 9, 1), (2026, 11, 1)),
        ("1/11/2026", (2026, 11, 1), (2026, 11, 2)),
        ("11/2026", (2026, 11, 1), (2026, 12, 1)),
        ("novembre 2026", (2026, 11, 1), (2026, 12, 1)),
        ("Août\u00a02026", (2026, 8, 1), (2026, 9, 1)),
        ("December 2026", (2026, 12, 1), (2027, 1, 1)),
        ("hier", (2026, 11, 24), (2026, 11, 25)),
        ("yesterday", (2026, 11, 24), (2026, 11, 25)),
        ("aujourd’hui", (2026, 11, 25), (2026, 11, 26)),
        ("cette semaine", (2026, 11, 23), (2026, 11, 30)),
        ("semaine dernière", (2026, 11, 16), (2026, 11, 23)),
        ("semaine 47", (2026, 11, 16), (2026, 11, 23)),
        ("week 50", (2025, 12, 8), (2025, 12, 15)),
    ],
)
def test_days_begin_at_midnight_in_paris(text: str, first: tuple[int, ...], after_last: tuple[int, ...]) -> None:
    period = parse_period(text, NOW)
    assert period.since == datetime(*first, tzinfo=ZONE)  # type: ignore[misc,arg-type]  # year, month, day
    assert period.until == datetime(*after_last, tzinfo=ZONE)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "days"), [("", 7), ("7 d", 7), ("30j", 30), ("1 jour", 1), ("365 days", 365), ("2 semaines", 14)]
)
def test_the_last_days_end_now(text: str, days: int) -> None:
    period = parse_period(text, NOW)
    assert period.since == NOW - timedelta(days=days)
    assert period.until > NOW


@pytest.mark.parametrize(
    "text", ["tomorrow", "0 j", "0 d", "2026-13", "2026-02-30", "2026-11-15..2026-11-01", "2026-W60", "99999 d"]
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
