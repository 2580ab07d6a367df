import pytest

from appservice.domain.errors import InvalidInput
from appservice.domain.postal_code import PostalCode


@pytest.mark.parametrize("text", ["", "7501", "750111", "7501A", "75011; DROP", "7501½"])
def test_what_is_not_five_digits_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        PostalCode.parse(text)


@pytest.mark.parametrize("text", ["75011", " 75 011\u00a0", "75\u202f011", "٧٥٠١١"])
def test_spaces_in_a_code_and_digits_of_another_script_are_no_mistake(text: str) -> None:
    assert PostalCode.parse(text).digits == "75011"


def test_a_false_code_is_accepted() -> None:
    assert PostalCode.parse("00000").digits == "00000"


@pytest.mark.parametrize("text", ["B-1000", "SW1A 1AA", "1000", "-7501", "my name is Zoé"])
def test_what_somebody_abroad_writes_is_no_place_and_is_dropped(text: str) -> None:
    assert PostalCode.as_given(text) == PostalCode("00000")
    assert PostalCode.as_given("75 011") == PostalCode("75011")


def test_only_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="from abroad, any"):
        PostalCode.as_given(" \u00a0")
