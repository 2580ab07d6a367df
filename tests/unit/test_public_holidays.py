from datetime import date

import pytest

from appservice.public_holidays import FrenchPublicHolidays

ASCENSION, GOOD_FRIDAY, SAINT_STEPHEN = date(2026, 5, 14), date(2026, 4, 3), date(2026, 12, 26)


@pytest.mark.parametrize("commune", ["35238", "67482", "97120", "97411", "98818", "98901"])
def test_national_holidays_are_holidays_everywhere(commune: str) -> None:
    for day in (date(2026, 1, 1), date(2027, 7, 14), date(2026, 12, 25), ASCENSION):
        assert FrenchPublicHolidays().is_holiday(day, commune)
    assert not FrenchPublicHolidays().is_holiday(date(2026, 11, 24), commune)


@pytest.mark.parametrize(
    ("day", "there"),
    [
        (GOOD_FRIDAY, {"57463", "67482", "68224"}),
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
