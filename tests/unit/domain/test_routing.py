import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.errors import ConfigurationError, InvalidInput
from appservice.domain.ids import DeskId
from appservice.domain.routing import PostalCode, Routing

POLICE, GENDARMERIE = DeskId("guyancourt"), DeskId("rennes")
ROUTING = Routing({POLICE: ["75", "78", "974"], GENDARMERIE: ["35", "2A"]}, last_resort=POLICE)


@pytest.mark.parametrize(
    ("code", "department"),
    [("75011", "75"), ("01410", "01"), ("20000", "2A"), ("20167", "2A"), ("20200", "2B"), ("20600", "2B"),
     ("97400", "974"), ("97133", "971"), ("98800", "988"), ("98000", "980")],
)  # fmt: skip
def test_the_department_is_read_off_the_prefix(code: str, department: str) -> None:
    assert PostalCode.parse(code).department == department


@pytest.mark.parametrize(("code", "desk"), [("75011", POLICE), ("35000", GENDARMERIE), ("20000", GENDARMERIE)])
def test_a_code_goes_to_the_desk_that_serves_its_department(code: str, desk: DeskId) -> None:
    assert ROUTING.desk_for(PostalCode.parse(code)) == desk


@given(st.integers(min_value=0, max_value=99999))
def test_every_code_has_an_answer_false_ones_too(number: int) -> None:
    assert ROUTING.desk_for(PostalCode.parse(f"{number:05}")) in {POLICE, GENDARMERIE}


@pytest.mark.parametrize("text", ["", "7501", "750111", "7501A", "٧٥٠١١", "75011; DROP"])
def test_what_is_not_five_digits_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        PostalCode.parse(text)


def test_spaces_in_a_code_are_no_mistake() -> None:
    assert PostalCode.parse(" 75 011\u00a0").digits == "75011"


def test_two_desks_cannot_serve_one_department() -> None:
    with pytest.raises(ConfigurationError, match="75"):
        Routing({POLICE: ["75"], GENDARMERIE: ["75"]}, last_resort=POLICE)


def test_the_last_resort_must_be_a_desk() -> None:
    with pytest.raises(ConfigurationError, match="nobody"):
        Routing({POLICE: ["75"]}, last_resort=DeskId("nobody"))
