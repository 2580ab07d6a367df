from appservice.domain.hours_in_words import written
from appservice.domain.opening_hours import OpeningHours, Span
from tests.unit.units import OFFICE_HOURS


def test_days_in_a_row_with_the_same_hours_are_one_line() -> None:
    assert written(OFFICE_HOURS) == ("lun-ven 8:00-12:00 14:00-18:00", "sam 9:00-12:00")


def test_who_never_closes_says_so() -> None:
    assert written(OpeningHours.always()) == ("24 h/24",)


def test_past_midnight_it_is_the_next_day_s_hour() -> None:
    night = OpeningHours(week=((), (), (), (), (Span(22 * 60, 30 * 60),), (), ()), on_holidays=None)
    assert written(night) == ("ven 22:00-6:00",)
