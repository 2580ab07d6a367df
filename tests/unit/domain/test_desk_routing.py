from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appservice.domain.competence import Competence
from appservice.domain.desk import Force
from appservice.domain.desk_competence import DeskCompetence, idle_claims
from appservice.domain.desk_routing import DeskRouting, Why, check
from appservice.domain.errors import ConfigurationError, InvalidInput
from appservice.domain.ids import DeskId
from appservice.domain.postal_code import PostalCode
from appservice.routing_data.competence_file import read_competence
from appservice.routing_data.loading import load_territory
from tests.unit.cedex import cedex_codes

TERRITORY = load_territory()
TESTS = Path(__file__).parents[2]
POLICE, GENDARMERIE = Force.POLICE, Force.GENDARMERIE
KNOWN = read_competence(TESTS / "fixtures" / "competence_sample.csv").forces
DEFAULTS = {"11": POLICE, "53": GENDARMERIE}
COMPETENCE = Competence(KNOWN, DEFAULTS)


def desk(
    name: str, force: Force = Force.NONE, *, regions: str = "", departments: str = "", communes: str = "",
    everywhere: bool = False, overflow: str = "", forces: frozenset[Force] = frozenset(),
) -> DeskCompetence:  # fmt: skip
    return DeskCompetence(
        DeskId(name), force, frozenset(regions.split()), frozenset(departments.split()), frozenset(communes.split()),
        everywhere, forces, tuple(DeskId(other) for other in overflow.split()),
    )  # fmt: skip


NATIONAL = desk("national", everywhere=True)
DESKS = (
    desk("idf-police", POLICE, regions="11"),
    desk("idf-gendarmerie", GENDARMERIE, regions="11"),
    desk("bretagne-police", POLICE, regions="53"),
    desk("bretagne-gendarmerie", GENDARMERIE, regions="53"),
    desk("auvergne-rhone-alpes", regions="84"),
    desk("bourgogne-franche-comte", regions="27"),
    NATIONAL,
)


def routing(*desks: DeskCompetence, competence: Competence = COMPETENCE, last_resort: str = "national") -> DeskRouting:
    return DeskRouting(TERRITORY, competence, desks, DeskId(last_resort))


def faults(*desks: DeskCompetence, competence: Competence = COMPETENCE, last_resort: str = "national") -> list[str]:
    return check(TERRITORY, competence, desks, DeskId(last_resort))


@cache
def country() -> DeskRouting:
    return routing(*DESKS)


def code(digits: str) -> PostalCode:
    return PostalCode(digits)


class TestEveryCode:
    def test_of_the_table_gives_one_desk_or_one_question(self) -> None:
        for digits in TERRITORY.postal_codes:
            route = country().route(code(digits))
            assert {each.commune for each in route.communes} == set(TERRITORY.communes_of(code(digits)))
            desks = {each.desk_id for each in route.communes}
            assert route.ask_commune == (len(desks) > 1)
            if not route.ask_commune:
                assert {route.desk_id} == desks
                assert route.overflow[0] == route.desk_id

    def test_each_answer_to_a_question_gives_that_commune_s_desk(self) -> None:
        for digits in TERRITORY.postal_codes:
            for each in country().route(code(digits)).communes:
                answered = country().route(code(digits), each.commune.insee)
                assert answered.desk_id == each.desk_id
                assert not answered.ask_commune

    def test_i_do_not_know_is_an_answer_too(self) -> None:
        for digits in TERRITORY.postal_codes:
            desks = {each.desk_id for each in country().route(code(digits)).communes}
            assert country().route_without_commune(code(digits)).desk_id in desks

    def test_of_a_cedex_gives_one_desk_without_a_question(self) -> None:
        for cedex in cedex_codes(TERRITORY):
            route = country().route(code(cedex.code))
            assert route.why is Why.DEPARTMENT_ONLY
            assert route.desk_id is not None
            served = {"11": "idf", "53": "bretagne", "84": "auvergne", "27": "bourgogne"}.get(cedex.region, "national")
            assert route.desk_id.startswith(served)

    @given(st.from_regex(r"[0-9]{5}", fullmatch=True))
    def test_whatever_it_is_is_answered(self, digits: str) -> None:
        route = country().route_without_commune(code(digits))
        assert route.desk_id is not None
        assert "national" in route.overflow
        assert len(set(route.overflow)) == len(route.overflow)


@pytest.mark.parametrize(
    ("digits", "desk_id", "why"),
    [
        ("75011", "idf-police", Why.COMPETENT_FORCE),
        ("78000", "idf-police", Why.DEFAULT_FORCE),
        ("35000", "bretagne-gendarmerie", Why.DEFAULT_FORCE),
        ("29910", "bretagne-gendarmerie", Why.COMPETENT_FORCE),
        ("01000", "auvergne-rhone-alpes", Why.TERRITORY),
        ("97400", "national", Why.TERRITORY),
        ("94390", "idf-police", Why.DEFAULT_FORCE),
        ("01012", "auvergne-rhone-alpes", Why.DEPARTMENT_ONLY),
        ("97701", "national", Why.DEPARTMENT_ONLY),
        ("98000", "national", Why.NOTHING_KNOWN),
        ("00000", "national", Why.NOTHING_KNOWN),
    ],
)
def test_where_codes_end_and_why(digits: str, desk_id: str, why: Why) -> None:
    route = country().route(code(digits))
    assert (route.desk_id, route.why) == (desk_id, why)


class TestTheQuestion:
    def test_is_asked_where_communes_belong_to_different_desks(self) -> None:
        route = country().route(code("01410"))
        assert route.ask_commune
        assert (route.why, route.overflow) == (Why.COMMUNE_NEEDED, ())
        assert {each.desk_id for each in route.communes} == {"auvergne-rhone-alpes", "bourgogne-franche-comte"}

    def test_is_not_asked_where_two_departments_have_one_desk(self) -> None:
        assert country().route(code("01200")).desk_id == "auvergne-rhone-alpes"

    def test_is_asked_between_forces_within_one_code(self) -> None:
        mayotte = (
            desk("976-police", POLICE, departments="976"),
            desk("976-gendarmerie", GENDARMERIE, departments="976"),
        )
        both = routing(*mayotte, NATIONAL, competence=Competence(KNOWN, {"06": GENDARMERIE}))
        assert both.route(code("97600")).ask_commune
        assert both.route(code("97600"), "97610").desk_id == "976-gendarmerie"
        answered = both.route(code("97600"), "97611")
        assert (answered.desk_id, answered.why) == ("976-police", Why.COMPETENT_FORCE)

    def test_unanswered_goes_where_most_people_live(self) -> None:
        route = country().route_without_commune(code("01410"))
        assert (route.desk_id, route.why) == ("auvergne-rhone-alpes", Why.MOST_INHABITANTS)

    @pytest.mark.parametrize("digits", ["75011", "01410", "98000", "01012"])
    def test_a_commune_of_another_code_is_no_answer(self, digits: str) -> None:
        with pytest.raises(InvalidInput):
            country().route(code(digits), "35238")


class TestTheMorePreciseClaim:
    def test_wins_commune_before_department_before_region_before_everywhere(self) -> None:
        desks = (desk("rennes", communes="35238"), desk("35", departments="35"), desk("53", regions="53"), NATIONAL)
        there = routing(*desks)
        ends = [there.route(code(digits)).desk_id for digits in ("35000", "35400", "29200", "75011")]
        assert ends == ["rennes", "35", "53", "national"]

    def test_of_a_city_holds_in_its_arrondissements(self) -> None:
        assert routing(desk("paris", communes="75056 75111"), *DESKS).route(code("75011")).desk_id == "paris"

    def test_of_one_force_leaves_the_other_s_communes_to_the_next_level(self) -> None:
        there = routing(
            desk("ain-police", POLICE, departments="01"),
            *DESKS,
            competence=Competence(KNOWN, {**DEFAULTS, "84": GENDARMERIE}),
        )
        assert there.route(code("01100"), "01014").desk_id == "ain-police"
        left = there.route(code("01400"), "01001")
        assert (left.desk_id, left.why) == ("auvergne-rhone-alpes", Why.COMPETENT_FORCE)
        assumed = there.route(code("01000"), "01344")
        assert (assumed.desk_id, assumed.why) == ("auvergne-rhone-alpes", Why.DEFAULT_FORCE)

    def test_a_desk_without_force_takes_what_is_left(self) -> None:
        there = routing(desk("a", POLICE, departments="2A"), desk("b", departments="2A"), NATIONAL)
        assert there.route(code("20167"), "2A004").desk_id == "a"
        assert there.route(code("20167"), "2A001").desk_id == "b"
        assert there.route(code("20200")).desk_id == "national"

    def test_a_desk_of_one_force_can_serve_both(self) -> None:
        both = desk("a", POLICE, departments="2A", forces=frozenset({POLICE, GENDARMERIE}))
        assert routing(both, NATIONAL).route(code("20167")).desk_id == "a"

    def test_a_lone_desk_takes_communes_of_which_no_force_is_known_or_assumed(self) -> None:
        route = routing(desk("a", POLICE, departments="33"), NATIONAL).route(code("33000"))
        assert (route.desk_id, route.why) == ("a", Why.DEFAULT_FORCE)


class TestRefused:
    def test_a_department_that_nobody_serves_is_named(self) -> None:
        all_but_one = " ".join(code for code in TERRITORY.departments if code != "35")
        with pytest.raises(ConfigurationError, match=r"No desk serves department 35 \(Ille-et-Vilaine\)"):
            routing(desk("national", departments=all_but_one), competence=Competence())

    def test_communes_that_nobody_serves_are_named(self) -> None:
        desks = (desk("2a", POLICE, regions="94"), desk("national", regions=" ".join(set(TERRITORY.regions) - {"94"})))
        found = faults(*desks, competence=Competence(KNOWN, {"94": POLICE}))
        assert len(found) == 1
        assert "No desk of the gendarmerie serves 2A001 Afa, 2A041 Bonifacio, in department 2A" in found[0]

    def test_a_territory_that_two_desks_serve_is_named_with_both(self) -> None:
        with pytest.raises(ConfigurationError, match=r"'a' and 'b' both serve department 35 \(Ille-et-Vilaine\)"):
            routing(desk("a", departments="35"), desk("b", departments="35 22"), NATIONAL)

    def test_an_overlap_of_one_force_is_found_before_the_file_has_such_a_commune(self) -> None:
        found = faults(desk("a", POLICE, departments="35"), desk("b", POLICE, departments="35"), *DESKS)
        assert len(found) == 1
        assert "for the police" in found[0]

    def test_an_overlap_in_communes_names_them(self) -> None:
        found = faults(desk("a", communes="35238 35288"), desk("b", communes="35288"), NATIONAL)
        assert len(found) == 1
        assert "35288 Saint-Malo" in found[0]
        assert "35238" not in found[0]

    def test_two_forces_without_a_file_or_a_default_cannot_decide(self) -> None:
        found = faults(*DESKS, competence=Competence())
        assert len(found) == 8 + 4
        assert all("Give region 11" in each or "Give region 53" in each for each in found)

    def test_a_full_file_still_leaves_cedex_codes_to_a_default(self) -> None:
        everywhere_police = Competence({insee: POLICE for insee in TERRITORY.communes})
        found = faults(*DESKS, competence=everywhere_police)
        assert "the codes of department 35 (Ille-et-Vilaine) that have no commune (CEDEX)" in "\n".join(found)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (desk("a", regions="99"), "no region 99"),
            (desk("a", departments="20"), "no department 20"),
            (desk("a", communes="35000"), "no commune 35000"),
            (desk("a", overflow="nobody"), "nobody"),
            (desk("idf-police"), "called 'idf-police'"),
        ],
    )
    def test_what_does_not_exist_is_named(self, wrong: DeskCompetence, said: str) -> None:
        with pytest.raises(ConfigurationError, match=said):
            routing(*DESKS, wrong)

    def test_a_last_resort_that_is_no_desk(self) -> None:
        assert "'nobody'" in faults(*DESKS, last_resort="nobody")[0]

    def test_a_default_for_a_region_that_does_not_exist(self) -> None:
        assert "no region 99" in faults(*DESKS, competence=Competence(KNOWN, {**DEFAULTS, "99": POLICE}))[0]

    def test_everything_at_once(self) -> None:
        desks = (desk("a", departments="35"), desk("b", departments="35"))
        found = "\n".join(faults(*desks, last_resort="a", competence=Competence()))
        assert found.count("No desk serves department") == len(TERRITORY.departments) - 1
        assert "both serve department 35" in found


class TestIdleClaims:
    def found(self, *desks: DeskCompetence) -> list[str]:
        return idle_claims(TERRITORY, COMPETENCE, (*DESKS, *desks))

    def test_the_desks_of_the_country_are_all_of_use(self) -> None:
        assert self.found() == []

    def test_a_desk_without_force_beside_both_forces_gets_nobody(self) -> None:
        (said,) = self.found(desk("bretagne-victimes", regions="53", departments="01"))
        assert said.startswith("Desk 'bretagne-victimes' claims region 53 (Bretagne), and never gets anybody there")

    def test_neither_does_one_of_a_commune_that_both_forces_claim(self) -> None:
        both = (desk("p", POLICE, communes="35238"), desk("g", GENDARMERIE, communes="35238"))
        (said,) = self.found(*both, desk("victimes", communes="35238"))
        assert "'victimes' claims commune 35238 (Rennes)" in said

    def test_a_city_s_arrondissements_leave_its_department_the_codes_without_commune(self) -> None:
        assert self.found(desk("paris", communes="75056"), desk("cedex", departments="75")) == []


class TestOverflow:
    def test_is_own_desk_same_force_other_force_last_resort(self) -> None:
        assert country().overflow_of(DeskId("bretagne-gendarmerie")) == (
            "bretagne-gendarmerie", "idf-gendarmerie", "bretagne-police", "idf-police", "auvergne-rhone-alpes",
            "bourgogne-franche-comte", "national",
        )  # fmt: skip

    def test_prefers_the_other_force_to_a_neighbour_without_force(self) -> None:
        chain = routing(*DESKS, desk("bretagne-victimes", departments="22")).overflow_of(DeskId("bretagne-police"))
        assert chain[:5] == (
            "bretagne-police", "idf-police", "bretagne-gendarmerie", "idf-gendarmerie", "bretagne-victimes",
        )  # fmt: skip

    def test_can_be_configured_and_still_ends_at_the_last_resort(self) -> None:
        own = replace(DESKS[0], overflow=(DeskId("bretagne-police"),))
        assert routing(own, *DESKS[1:]).overflow_of(DeskId("idf-police")) == (
            "idf-police",
            "bretagne-police",
            "national",
        )

    def test_may_lead_to_a_station_and_a_station_may_have_its_own(self) -> None:
        own = replace(DESKS[0], overflow=(DeskId("trappes"),))
        stations = (desk("trappes", POLICE, communes="78621", overflow="bretagne-police"), desk("versailles", POLICE))
        with_stations = DeskRouting(TERRITORY, COMPETENCE, (own, *DESKS[1:]), DeskId("national"), stations)
        assert with_stations.overflow_of(DeskId("idf-police")) == ("idf-police", "trappes", "national")
        assert with_stations.overflow_of(DeskId("trappes")) == ("trappes", "bretagne-police", "national")
        assert with_stations.overflow_of(DeskId("versailles")) == ("versailles", "national")
        assert with_stations.route(code("78190")).desk_id == "idf-police"

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (desk("trappes", communes="78000"), "'trappes': there is no commune 78000"),
            (desk("trappes", overflow="nobody"), "names 'nobody'"),
            (desk("idf-police"), "called 'idf-police'"),
        ],
    )
    def test_of_a_station_is_checked_as_any_other(self, wrong: DeskCompetence, said: str) -> None:
        with pytest.raises(ConfigurationError, match=said):
            DeskRouting(TERRITORY, COMPETENCE, DESKS, DeskId("national"), [wrong])

    def test_of_the_last_resort_begins_with_it(self) -> None:
        chain = country().route(code("98000")).overflow
        assert chain[0] == "national"
        assert len(chain) == len(DESKS)
