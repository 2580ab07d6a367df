import pytest

from appservice.domain.phone_in_words import dialled


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("+33161080000", "01 61 08 00 00"),
        ("+262262900000", "02 62 90 00 00"),
        ("+596596500000", "05 96 50 00 00"),
        ("3919", "3919"),
        ("17", "17"),
        ("+3225000000", "+3225000000"),
        ("+33800", "+33800"),
    ],
)
def test_a_number_is_written_as_it_is_dialled(phone: str, words: str) -> None:
    assert dialled(phone) == words
