import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.errors import InvalidInput
from appservice.domain.opening_hours import ALL_DAY, MIDNIGHT, OpeningHours, Span
from appservice.importing.hours import DAYS, HOLIDAYS, in_columns, in_ranges, in_words, minutes, span, weekly

MORNING, AFTERNOON = Span(8 * 60, 12 * 60), Span(14 * 60, 18 * 60)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("8h00", 480), ("08h", 480), ("8h5", 485), (" 08:30 ", 510), ("08:30:00", 510), ("24h00", 1440), ("0h00", 0)],
)
def test_hours_are_written_in_many_ways(written: str, expected: int) -> None:
    assert minutes(written) == expected


@pytest.mark.parametrize("written", ["", "8", "25h00", "24h01", "8h60", "midi", "8h00-12h00", "-8h00"])
def test_what_is_no_hour_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput):
        minutes(written)


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        ("0h00", "24h00", Span(0, MIDNIGHT)),
        ("0h00", "23h59", Span(0, MIDNIGHT)),
        ("14h00", "0h00", Span(840, MIDNIGHT)),
        ("20h00", "6h00", Span(1200, 1800)),
    ],
)
def test_the_end_of_the_day_and_the_next_morning_are_understood(opens: str, closes: str, expected: Span) -> None:
    assert span(opens, closes) == expected


@pytest.mark.parametrize(
    ("opens", "closes"), [("14h00", "8h00"), ("8h00", "8h00"), ("0h00", "0h00"), ("19h00", "9h00")]
)
def test_an_opening_that_ends_before_it_begins_is_not_guessed(opens: str, closes: str) -> None:
    with pytest.raises(InvalidInput):
        span(opens, closes)


def test_words_give_each_day_its_hours_and_nothing_of_public_holidays() -> None:
    hours = in_words(" Lundi : 8h00-12h00 14h00-18h00 Mardi : 14h00-18h00 Dimanche : fermé")
    assert hours == OpeningHours(((MORNING, AFTERNOON), (AFTERNOON,), *[()] * 5), None)


def test_words_may_tell_of_public_holidays() -> None:
    hours = in_words("Lundi : 8h00-12h00 Jours fériés : 14h00-18h00")
    assert hours is not None
    assert hours.on_holidays == (AFTERNOON,)


@pytest.mark.parametrize(
    "text",
    [
        "sur rendez-vous",
        "Lundi : 8h00-12h00 sur rendez-vous",
        "Lundi : 8h00-12h00 Lundi : 14h00-18h00",
        "Lundi : 8h00",
        "Lundi : 12h00-8h00",
        "Lundi : 8h00-12h00 11h00-14h00",
        "8h00-12h00 Lundi : 8h00-12h00",
        "Lundi : 8h00-12h00 fermé",
    ],
)
def test_words_that_are_not_wholly_understood_give_no_hours(text: str) -> None:
    with pytest.raises(InvalidInput):
        in_words(text)


@pytest.mark.parametrize("text", ["", "   ", "Lundi : fermé"])
def test_without_any_hour_there_are_no_hours(text: str) -> None:
    assert in_words(text) is None


def test_columns_give_the_week_and_the_public_holidays() -> None:
    row = {"lundi_plage1_debut": "08h00", "lundi_plage1_fin": "12h00", "lundi_plage3_debut": "14h00"}
    row |= {"lundi_plage3_fin": "18h00", "jours_feries_plage1_debut": "8h0", "jours_feries_plage1_fin": "12h0"}
    assert in_columns(row) == OpeningHours(((MORNING, AFTERNOON), *[()] * 6), (MORNING,))
    assert in_columns({}) is None


def test_a_beginning_without_an_end_gives_no_hours() -> None:
    with pytest.raises(InvalidInput):
        in_columns({"lundi_plage1_debut": "08h00"})


def test_two_halves_of_a_day_are_one_opening_and_a_week_of_them_is_day_and_night() -> None:
    halves = [("0h00", "12h00"), ("12h00", "24h00")]
    assert weekly(dict.fromkeys(DAYS, halves)) == OpeningHours.always()
    hours = weekly({"lundi": halves})
    assert hours is not None
    assert hours.week[0] == ALL_DAY


def test_ranges_of_days_may_pass_the_end_of_the_week() -> None:
    hours = in_ranges([("Samedi", "Lundi", [("08:00:00", "12:00:00"), ("", "")]), ("Mardi", "", [("14:00", "18:00")])])
    assert hours is not None
    assert [bool(day) for day in hours.week] == [True, True, False, False, False, True, True]
    with pytest.raises(InvalidInput):
        in_ranges([("Monday", "Friday", [("08:00:00", "12:00:00")])])


@given(st.dictionaries(st.sampled_from([*DAYS, HOLIDAYS]), st.sets(st.integers(0, 95), max_size=6)))
def test_what_is_written_is_read_back(quarters: dict[str, set[int]]) -> None:
    written = {}
    for day, edges in quarters.items():
        ordered = sorted(edges)
        pairs = list(zip(ordered[::2], ordered[1::2], strict=False))
        written[day] = [(f"{a // 4}h{a % 4 * 15:02}", f"{b // 4}h{b % 4 * 15:02}") for a, b in pairs]
    words = " ".join(
        f"{'Jours fériés' if day == HOLIDAYS else day.title()} : " + " ".join(f"{a}-{b}" for a, b in spans)
        for day, spans in written.items()
        if spans
    )
    columns = {
        f"{day}_plage{number}_{edge}": value
        for day, spans in written.items()
        for number, pair in enumerate(spans, start=1)
        for edge, value in zip(("debut", "fin"), pair, strict=True)
    }
    assert in_words(words) == in_columns(columns) == weekly(written)


@given(st.text(alphabet="lundimarc :-0123456789hé", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        in_words(text)
    except InvalidInput:
        return
