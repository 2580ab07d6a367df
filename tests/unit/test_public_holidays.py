import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from appservice.public_holidays import FrenchPublicHolidays

LIST = Path(__file__).parents[1] / "fixtures" / "public_holidays.csv"
ASCENSION, GOOD_FRIDAY, SAINT_STEPHEN = date(2026, 5, 14), date(2026, 4, 3), date(2026, 12, 26)


@pytest.mark.parametrize("commune", ["35238", "67482", "97120", "97411", "98818", "98901"])
def test_national_holidays_are_holidays_everywhere(commune: str) -> None:
    for day in (date(2026, 1, 1), date(2027, 7, 14), date(2026, 12, 25), ASCENSION):
        assert FrenchPublicHolidays().is_holiday(day, commune)
    assert not FrenchPublicHolidays().is_holiday(date(2026, 11, 24), commune)


@pytest.mark.parametrize(
    ("day", "there"),
    [
        (GOOD_FRIDAY, {"57463", "67482", "68224", "97120", "97209"}),
        (SAINT_STEPHEN, {"57463", "67482", "68224"}),
        (date(2026, 5, 27), {"97120"}),
        (date(2026, 5, 22), {"97209"}),
        (date(2026, 6, 10), {"97302"}),
        (date(2026, 12, 20), {"97411"}),
        (date(2026, 4, 27), {"97611"}),
        (date(2026, 10, 9), {"97701"}),
        (date(2026, 5, 28), {"97801"}),
        (date(2026, 7, 29), {"98613"}),
        (date(2026, 3, 5), {"98735"}),
        (date(2026, 9, 24), {"98818"}),
    ],
)
def test_local_holidays_are_holidays_there_and_not_in_the_rest_of_france(day: date, there: set[str]) -> None:
    for commune in there:
        assert FrenchPublicHolidays().is_holiday(day, commune)
    for commune in ("35238", "75111", "2A004", "97502"):
        assert not FrenchPublicHolidays().is_holiday(day, commune)


@pytest.mark.parametrize(
    ("zone", "commune"),
    [
        ("metropole", "35238"), ("alsace", "67482"), ("moselle", "57463"), ("971", "97120"), ("972", "97209"),
        ("973", "97302"), ("974", "97411"), ("976", "97611"), ("977", "97701"), ("978", "97801"), ("986", "98613"),
        ("987", "98735"), ("988", "98818"),
    ],
)  # fmt: skip
def test_six_years_of_holidays_are_those_of_the_list(zone: str, commune: str) -> None:
    with LIST.open(encoding="utf-8", newline="") as file:
        listed = {date.fromisoformat(row["date"]) for row in csv.DictReader(file) if row["zone"] in ("metropole", zone)}
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(6 * 365 + 1)]
    assert {day for day in days if FrenchPublicHolidays().is_holiday(day, commune)} == listed
