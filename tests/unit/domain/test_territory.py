import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.postal_code import PostalCode
from appservice.domain.territory import Territory, department_by_rule
from appservice.routing_data.loading import load_territory
from tests.unit.cedex import cedex_codes

TERRITORY = load_territory()

IN_TWO_DEPARTMENTS = {
    "01200": {"01", "74"}, "01410": {"01", "39"}, "01590": {"01", "39"}, "05110": {"04", "05"}, "05130": {"04", "05"},
    "05160": {"04", "05"}, "05700": {"05", "26"}, "06260": {"04", "06"}, "13780": {"13", "83"}, "21340": {"21", "71"},
    "33220": {"24", "33"}, "37160": {"37", "86"}, "42620": {"03", "42"}, "43450": {"15", "43"}, "48250": {"07", "48"},
    "52100": {"51", "52"},
}  # fmt: skip


def departments(code: str) -> set[str]:
    return set(TERRITORY.departments_of(PostalCode(code)))


def test_every_code_leads_to_communes_departments_and_regions_that_exist() -> None:
    codes = list(TERRITORY.postal_codes)
    assert len(codes) == 6349
    for code in codes:
        communes = TERRITORY.communes_of(PostalCode(code))
        assert communes
        assert {commune.department for commune in communes} == departments(code) <= TERRITORY.departments.keys()
        for commune in communes:
            assert TERRITORY.departments[commune.department].region == commune.region
            assert commune.region in TERRITORY.regions


def test_sixteen_codes_lie_in_two_departments_and_no_other() -> None:
    found = {code: departments(code) for code in TERRITORY.postal_codes if len(departments(code)) > 1}
    assert found == IN_TWO_DEPARTMENTS


def test_a_code_in_two_departments_has_no_single_one() -> None:
    assert TERRITORY.department_of(PostalCode("01410")) is None
    assert TERRITORY.department_of(PostalCode("01000")) == "01"


@pytest.mark.parametrize(
    ("code", "department"),
    [
        pytest.param("94390", "91", id="Paray-Vieille-Poste, Essonne"),
        pytest.param("97133", "977", id="Saint-Barthélemy"),
        pytest.param("97150", "978", id="Saint-Martin"),
        pytest.param("98799", "989", id="Clipperton"),
    ],
)
def test_a_prefix_that_is_not_the_department(code: str, department: str) -> None:
    assert departments(code) == {department}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("75011", "Paris 11e Arrondissement"),
        ("69003", "Lyon 3e Arrondissement"),
        ("74480", "Passy"),
        ("98884", "Lifou"),
    ],
)
def test_a_code_names_its_commune(code: str, name: str) -> None:
    assert name in {commune.name for commune in TERRITORY.communes_of(PostalCode(code))}


def test_communes_come_in_the_order_of_their_codes() -> None:
    communes = [commune.insee for commune in TERRITORY.communes_of(PostalCode("51300"))]
    assert len(communes) == 46
    assert communes == sorted(communes)


def test_the_three_big_cities_are_their_arrondissements() -> None:
    assert [len(TERRITORY.arrondissements_of(city)) for city in ("75056", "69123", "13055")] == [20, 9, 16]
    assert TERRITORY.arrondissements_of("35238") == ()
    assert not TERRITORY.communes["75056"].postal_codes


CEDEX_BY_RULE = [
        ("01011", "01"), ("20176", "2A"), ("20303", "2A"), ("20501", "2A"), ("20701", "2A"), ("20293", "2B"),
        ("20407", "2B"), ("20604", "2B"), ("75900", "75"), ("95870", "95"), ("97099", "977"), ("97110", "971"),
        ("97263", "972"), ("97306", "973"), ("97489", "974"), ("97701", "974"), ("97821", "974"), ("97549", "975"),
        ("97690", "976"), ("98713", "987"), ("98849", "988"),
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "department"), CEDEX_BY_RULE)
def test_a_cedex_code_is_placed_by_rule(code: str, department: str) -> None:
    assert departments(code) == {department}


def test_every_cedex_code_is_in_its_department() -> None:
    wrong = [cedex.code for cedex in cedex_codes(TERRITORY) if departments(cedex.code) != {cedex.department}]
    assert wrong == []


@pytest.mark.parametrize(
    "code", ["98000", "98099", "00000", "00100", "96000", "99999", "20800", "97000", "97900", "98900"]
)
def test_monaco_abroad_and_nonsense_are_not_known_and_no_error(code: str) -> None:
    assert TERRITORY.communes_of(PostalCode(code)) == ()
    assert departments(code) == set()
    assert TERRITORY.department_of(PostalCode(code)) is None


@given(st.from_regex(r"[0-9]{5}", fullmatch=True))
def test_the_rule_names_departments_that_exist_or_none(code: str) -> None:
    assert department_by_rule(PostalCode(code)) in {None, *TERRITORY.departments}


def test_where_the_table_is_silent_the_rule_speaks_and_nowhere_else() -> None:
    alone = Territory((), TERRITORY.departments.values(), ())
    assert alone.departments_of(PostalCode("97150")) == ("971",)
    assert departments("97150") == {"978"}
    assert Territory((), (), ()).departments_of(PostalCode("75011")) == ()
