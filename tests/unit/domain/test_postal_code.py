import pytest

from appservice.domain.errors import InvalidInput
from appservice.domain.postal_code import PostalCode


@pytest.mark.parametrize("text", ["", "7501", "750111", "7501A", "٧٥٠١١", "75011; DROP"])
def test_what_is_not_five_digits_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        PostalCode.parse(text)


@pytest.mark.parametrize("text", ["75011", " 75 011\u00a0", "75\u202f011"])
def test_spaces_in_a_code_are_no_mistake(text: str) -> None:
    assert PostalCode.parse(text).digits == "75011"


def test_a_false_code_is_accepted() -> None:
    assert PostalCode.parse("00000").digits == "00000"
