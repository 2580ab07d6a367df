import pytest

from appservice.domain.reception import Reception
from appservice.domain.territory import Commune, Department

YVELINES = Department("78", "Yvelines", "11")
TRAPPES, GUYANCOURT = Commune("78621", "Trappes", "78", "11"), Commune("78297", "Guyancourt", "78", "11")
PARIS, PARIS_11 = Department("75", "Paris", "11"), Commune("75111", "Paris 11e", "75", "11", city="75056")


def of(*, regions: str = "", departments: str = "", communes: str = "", everywhere: bool = False) -> Reception:
    return Reception(
        frozenset(regions.split()), frozenset(departments.split()), frozenset(communes.split()), everywhere
    )


def test_the_more_precise_the_nearer_and_who_says_nothing_comes_last() -> None:
    in_order = [
        of(communes="78621"),
        of(departments="78"),
        of(communes="78646"),
        of(regions="11"),
        of(everywhere=True),
        of(),
    ]
    assert [each.nearness(YVELINES, TRAPPES) for each in in_order] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("elsewhere", [of(communes="35238"), of(departments="35"), of(regions="53")])
def test_a_desk_for_another_place_is_none_for_this(elsewhere: Reception) -> None:
    assert elsewhere.nearness(YVELINES, GUYANCOURT) is None
    assert elsewhere.nearness(YVELINES) is None
    assert elsewhere.nearness(None) is None


def test_where_no_place_is_known_only_who_serves_everywhere_is_left() -> None:
    assert of(departments="78").nearness(None) is None
    assert of(everywhere=True).nearness(None) == 4


def test_a_city_s_desk_receives_its_arrondissements() -> None:
    assert of(communes="75056").nearness(PARIS, PARIS_11) == 0
