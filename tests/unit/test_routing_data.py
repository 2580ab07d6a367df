"""The carried table, its rebuilding, the ministry's file, and what the commands say of them."""

import csv
import json
from dataclasses import replace
from datetime import time
from functools import cache
from pathlib import Path

import pytest

from appservice.domain.competence import Competence
from appservice.domain.desk import PARIS, Desk, DeskKind, Force
from appservice.domain.desk_competence import DeskCompetence
from appservice.domain.desk_routing import DeskRouting
from appservice.domain.errors import ConfigurationError, InvalidInput
from appservice.domain.ids import DeskId, UserId
from appservice.domain.postal_code import PostalCode
from appservice.domain.shifts import Shift, Shifts
from appservice.domain.territory import department_by_rule
from appservice.route_command import route_json, territory_report, unanswered, warnings
from appservice.routing_data.build import ADDITIONS, build
from appservice.routing_data.competence_file import examine_competence, keep_competence, read_competence
from appservice.routing_data.loading import HERE, load_territory
from tests.fakes.world import START

TERRITORY = load_territory()
SAMPLE = Path(__file__).parents[1] / "fixtures" / "competence_sample.csv"
HEADER = "code_commune;libelle_commune;institution;id_service;service;code_postal;codes_postaux"


class TestTheCarriedTable:
    def test_is_all_there(self) -> None:
        counted = [len(TERRITORY.regions), len(TERRITORY.departments), len(TERRITORY.communes)]
        assert counted == [26, 109, 35014]
        assert TERRITORY.vintage == "@etalab/decoupage-administratif 6.0.0, with 42 additions"

    def test_knows_which_communes_lie_together(self) -> None:
        bagnolet, montreuil, paris = (TERRITORY.communes[insee] for insee in ("93006", "93048", "75111"))
        assert bagnolet.intercommunality == montreuil.intercommunality != paris.intercommunality
        alone = [each.insee for each in TERRITORY.communes.values() if each.intercommunality is None]
        assert len([insee for insee in alone if not insee.startswith(("97", "98"))]) == 4

    def test_is_written_in_one_way_only(self) -> None:
        for path in HERE.glob("*.csv"):
            raw = path.read_bytes()
            assert b"\r" not in raw
            assert raw.endswith(b"\n")
            lines = raw.decode().splitlines()[1:]
            assert len(set(lines)) == len(lines)

    def test_would_leave_no_addition_without_its_department(self) -> None:
        with ADDITIONS.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 42
        for row in rows:
            commune = TERRITORY.communes[row["insee"]]
            assert row["postal_code"] in commune.postal_codes
            assert department_by_rule(PostalCode(row["postal_code"])) == commune.department


class TestRebuilding:
    @pytest.fixture
    def package(self, tmp_path: Path) -> Path:
        self.write(tmp_path, "package.json", {"name": "a-package", "version": "1.2.3"})
        self.write(tmp_path, "data/regions.json", [{"code": "11", "nom": "Île-de-France"}])
        self.write(tmp_path, "data/departements.json", [{"code": "75", "nom": "Paris", "region": "11"}])
        self.write(tmp_path, "data/communes.json", self.communes())
        self.write(tmp_path, "data/epci.json", [{"code": "200054781", "membres": [{"code": "75056"}]}])
        self.write(tmp_path, "data/ept.json", [])
        (tmp_path / "additions.csv").write_text("insee,postal_code,source\n75101,75901,somewhere\n")
        return tmp_path

    @staticmethod
    def write(directory: Path, name: str, content: object) -> None:
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(json.dumps(content), encoding="utf-8")

    @staticmethod
    def communes() -> list[dict[str, object]]:
        place: dict[str, object] = {"departement": "75", "region": "11"}
        part = {**place, "code": "75101", "nom": "Paris 1er", "type": "arrondissement-municipal", "commune": "75056"}
        city = {**place, "code": "75056", "nom": "Paris", "type": "commune-actuelle", "codesPostaux": ["75001"]}
        former = {**place, "code": "75199", "nom": "Auteuil", "type": "commune-deleguee", "codesPostaux": ["75016"]}
        return [{**part, "codesPostaux": ["75001"], "population": 9}, city, former]

    def test_takes_communes_arrondissements_and_additions(self, package: Path) -> None:
        assert "1 regions, 1 departments, 2 communes" in build(package, package, package / "additions.csv")
        territory = load_territory(package)
        first = territory.communes["75101"]
        assert (first.city, first.population, first.postal_codes) == ("75056", 9, ("75001", "75901"))
        assert first.intercommunality == "200054781"
        assert territory.communes_of(PostalCode("75001")) == (first,)
        assert territory.vintage == "a-package 1.2.3, with 1 additions"

    def test_twice_gives_the_same_bytes(self, package: Path) -> None:
        written = []
        for _ in range(2):
            build(package, package, package / "additions.csv")
            written.append([path.read_bytes() for path in sorted(package.glob("*.*"))])
        assert written[0] == written[1]

    @pytest.mark.parametrize(
        ("change", "said"),
        [({"departement": "76"}, "75101"), ({"codesPostaux": ["7500"]}, "five digits"), ({"code": "75102"}, "75101")],
    )
    def test_refuses_what_does_not_fit_and_writes_nothing(
        self, package: Path, change: dict[str, object], said: str
    ) -> None:
        first, *others = self.communes()
        self.write(package, "data/communes.json", [{**first, **change}, *others])
        with pytest.raises(ConfigurationError, match=said):
            build(package, package, package / "additions.csv")
        assert not (package / "communes.csv").exists()

    def test_says_what_it_was_not_given(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="the directory that the package unpacked"):
            build(tmp_path, tmp_path)


class TestTheFileOfCompetence:
    def write(self, tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "competence.csv"
        path.write_bytes("\n".join((HEADER, *lines)).encode(encoding))
        return path

    def test_is_read_line_by_line(self) -> None:
        read = read_competence(SAMPLE)
        assert read.refused == ()
        assert len(read.services) == 25
        assert sorted(read.forces.values()).count(Force.POLICE) == 14
        assert read.forces["75111"] is Force.POLICE

    def test_an_empty_or_zero_number_is_no_number(self) -> None:
        services = read_competence(SAMPLE).services
        assert services["01053"].unit_id is None
        assert services["29293"].unit_id is None
        assert services["2A001"].unit_id == "24000700"

    def test_blanks_around_a_name_go_and_dashes_within_stay(self) -> None:
        services = read_competence(SAMPLE).services
        assert services["97418"].service == "Gendarmerie - Brigade de Sainte-Marie"
        assert services["75108"].service == "Commissariat de police de Paris 8ème arrondissement – BDEP"

    def test_postal_codes_are_joined_by_dashes(self) -> None:
        assert read_competence(SAMPLE).services["2A004"].postal_codes == ("20000", "20090", "20167")

    def test_a_byte_order_mark_and_other_ends_of_line_are_no_obstacle(self, tmp_path: Path) -> None:
        other = tmp_path / "other.csv"
        other.write_bytes(b"\xef\xbb\xbf" + SAMPLE.read_bytes().replace(b"\n", b"\r\n"))
        assert read_competence(other) == read_competence(SAMPLE)

    def test_what_cannot_be_taken_is_told_with_its_line(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path,
            '"01001";"A";"GN";"1";"S";"01400";"01400"',
            '"01002";"B";"";"";"";"";""',
            '"1004";"C";"PN";"";"";"";""',
            '"01005";"D"',
        )
        read = read_competence(path)
        assert set(read.services) == {"01001"}
        assert [line.split(":")[0] for line in read.refused] == [
            "Line 3, commune 01002",
            "Line 4",
            "Line 5, commune 01005",
        ]

    def test_a_commune_that_both_claim_is_taken_from_neither(self, tmp_path: Path) -> None:
        lines = [
            f'"0100{number}";"A";"{force}";"";"";"";""'
            for number, force in ((1, "GN"), (1, "PN"), (2, "PN"), (2, "PN"))
        ]
        read = read_competence(self.write(tmp_path, *lines))
        assert read.forces == {"01002": Force.POLICE}
        assert len(read.refused) == 1

    def test_another_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="no column code_commune"):
            read_competence(HERE / "communes.csv")
        with pytest.raises(ConfigurationError, match="no commune in it"):
            read_competence(self.write(tmp_path))
        with pytest.raises(ConfigurationError, match="UTF-8"):
            read_competence(self.write(tmp_path, '"01001";"Châtel";"GN";"";"";"";""', encoding="latin-1"))
        with pytest.raises(ConfigurationError, match="No such file"):
            read_competence(tmp_path / "nowhere.csv")

    def test_is_kept_byte_for_byte_and_only_if_it_can_be_used(self, tmp_path: Path) -> None:
        target = tmp_path / "data" / "competence.csv"
        keep_competence(SAMPLE, target)
        assert target.read_bytes() == SAMPLE.read_bytes()
        with pytest.raises(ConfigurationError):
            examine_competence(HERE / "communes.csv", target)
        with pytest.raises(ConfigurationError, match="No such file"):
            keep_competence(tmp_path / "nowhere.csv", target)
        assert [path.name for path in target.parent.iterdir()] == ["competence.csv"]
        assert target.read_bytes() == SAMPLE.read_bytes()

    def test_what_seems_to_be_a_part_only_is_taken_by_force_only(self, tmp_path: Path) -> None:
        target = tmp_path / "target.csv"
        examine_competence(SAMPLE, target)
        keep_competence(SAMPLE, target)
        cut_off = self.write(tmp_path, *(f'"0100{n}";"A";"GN";"";"";"";""' for n in range(2)))
        with pytest.raises(ConfigurationError, match="names 2 communes, and the file in use 25"):
            examine_competence(cut_off, target)
        assert len(examine_competence(cut_off, target, force=True).services) == 2
        garbled = self.write(tmp_path, *(f'"0100{n}";"A";"{"GN" if n else "??"}";"";"";"";""' for n in range(5)))
        with pytest.raises(ConfigurationError, match="1 lines of 5 cannot be taken"):
            examine_competence(garbled, tmp_path / "nothing.csv")

    def test_where_it_differs_from_the_table_is_told(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, '"69123";"Lyon";"PN";"";"";"";"69001-69999"', '"01999";"Z";"GN";"";"";"";""')
        strangers, missing, codes = read_competence(path).against(TERRITORY)
        assert "01999" in strangers
        assert missing.startswith("34997 communes of the table")
        assert codes.startswith("1 postal codes of the file are not in the table: 69999")


@cache
def routing() -> DeskRouting:
    desks = (
        DeskCompetence(DeskId("police"), Force.POLICE, regions=frozenset({"11"})),
        DeskCompetence(DeskId("ain"), departments=frozenset({"01"})),
        DeskCompetence(DeskId("national"), everywhere=True),
    )
    competence = Competence(read_competence(SAMPLE).forces, {"11": Force.POLICE})
    return DeskRouting(TERRITORY, competence, desks, DeskId("national"))


class TestTheCommands:
    def test_a_route_in_json(self) -> None:
        assert route_json(routing(), "75 011") == {
            "postal_code": "75011",
            "communes": [
                {
                    "insee": "75111",
                    "name": "Paris 11e Arrondissement",
                    "department": "75",
                    "region": "11",
                    "force": "police",
                }
            ],
            "ask_commune": False,
            "desk": "police",
            "why": "competent_force",
            "overflow": ["police", "ain", "national"],
        }

    def test_a_question_in_json(self) -> None:
        asked = route_json(routing(), "01410")
        assert (asked["ask_commune"], asked["desk"], asked["overflow"]) == (True, None, [])
        assert {commune["force"] for commune in asked["communes"]} == {"gendarmerie", "default"}
        assert route_json(routing(), "01410", "39274")["desk"] == "national"

    def test_who_does_not_know_the_commune_and_who_writes_its_code_small_has_an_answer(self) -> None:
        unknown = route_json(routing(), "01410", "unknown")
        assert (unknown["desk"], unknown["why"]) == ("ain", "most_inhabitants")
        assert route_json(routing(), "20090", "2a004")["desk"] == "national"

    def test_no_code_or_not_its_commune_is_refused(self) -> None:
        with pytest.raises(InvalidInput):
            route_json(routing(), " ")
        with pytest.raises(InvalidInput):
            route_json(routing(), "75011", "35238")

    def test_hours_at_which_nobody_answers_and_claims_that_get_nobody_are_told(self) -> None:
        nights_off = Shifts(PARIS, (Shift(frozenset(range(7)), time(7), time(22)),))
        at_work = [
            Desk(DeskId(name), name, DeskKind.REGIONAL, Force.NONE, (UserId("@a:x"),), shifts=nights_off)
            for name in ("police", "ain", "national")
        ]
        (told,) = warnings(routing(), at_work, START)
        assert told.startswith("Who is led to police, ain, national finds nobody on duty, the desk of last resort")
        assert "from Monday 00:00 to Monday 07:00, from Monday 22:00 to Tuesday 07:00" in told
        assert told.endswith("and 3 times more (Paris).")
        assert warnings(routing(), [*at_work[:2], replace(at_work[2], shifts=Shifts(PARIS))], START) == []

    def test_the_check_counts_every_code(self) -> None:
        report = territory_report(routing())
        assert unanswered(routing()) == []
        assert "6349 postal codes, 35014 communes, 109 departments" in report[1]
        assert "known for 25 communes; no default force in regions 01, 02" in report[2]
        assert report[3].endswith("0 nowhere.")
        assert "89652 lead to a desk by department (CEDEX), 3999 tell no place and lead to 'national'" in report[4]
