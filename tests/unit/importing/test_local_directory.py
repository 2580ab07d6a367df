import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appservice.domain.errors import InvalidInput
from appservice.domain.positions import Position
from appservice.domain.units import ASSOCIATIONS, Source, Unit, UnitKind
from appservice.importing import json_records
from appservice.importing.json_records import records
from appservice.importing.local_directory import KINDS, published_on, read_local_directory
from appservice.importing.reading import Oddity, Reading
from tests.unit.importing.files import Record, a_record, directory

PUBLISHED = date(2026, 10, 1)


def read(tmp_path: Path, *given_records: Record) -> Reading:
    more = [a_record(id=f"more-{number}") for number in range(30)]
    return read_local_directory(directory(tmp_path / "data.json", [*given_records, *more]), PUBLISHED)


def test_an_association_is_read_with_all_there_is_of_it(tmp_path: Path) -> None:
    unit = read(tmp_path, a_record()).units[0]
    assert unit == Unit(
        unit_id=unit.unit_id,
        kind=UnitKind.WOMENS_RIGHTS,
        name="CIDFF de Villeneuve",
        address="Maison des associations, 2 rue du Puits, 35000 Villeneuve",
        commune="35238",
        phone="+33299000001",
        position=Position(48.12, -1.67),
        hours=unit.hours,
        source=Source.LOCAL_DIRECTORY,
        vintage=date(2026, 8, 9),
    )
    assert unit.unit_id == "annuaire:00000000-0000-4000-8000-000000000001"
    assert unit.hours is not None
    assert [len(day) for day in unit.hours.week] == [2, 2, 2, 2, 1, 0, 0]


def test_each_type_has_its_kind_and_others_are_passed_over(tmp_path: Path) -> None:
    types = [*KINDS, "mairie", "tgi"]
    chosen = [a_record(id=name, pivot=[{"type_service_local": name}]) for name in types]
    path = directory(tmp_path / "data.json", [*chosen, a_record(id="hidden", statut_de_diffusion="false")])
    reading = read_local_directory(path, PUBLISHED)
    assert [unit.kind for unit in reading.units] == list(KINDS.values())
    assert reading.passed_over == 3
    associations = read_local_directory(path, PUBLISHED, ASSOCIATIONS)
    assert {unit.kind for unit in associations.units} <= ASSOCIATIONS


@pytest.mark.parametrize("key", ["plage", "record"])
def test_hours_with_a_condition_in_words_are_no_certainty(tmp_path: Path, key: str) -> None:
    record = a_record(commentaire_plage_ouverture="" if key == "plage" else "Sur rendez-vous")
    if key == "plage":
        record["plage_ouverture"][0]["commentaire"] = "Hors vacances scolaires"
    reading = read(tmp_path, record)
    assert reading.units[0].hours is None
    assert reading.noticed[Oddity.HOURS_CONDITIONAL] == [3]


def test_hours_that_make_no_sense_are_left_out(tmp_path: Path) -> None:
    record = a_record()
    record["plage_ouverture"][0]["valeur_heure_fin_1"] = "08:00:00"
    reading = read(tmp_path, record)
    assert reading.units[0].hours is None
    assert reading.noticed[Oddity.HOURS_NOT_UNDERSTOOD] == [3]


def test_where_people_go_comes_before_where_letters_go(tmp_path: Path) -> None:
    place = a_record()["adresse"][0]
    letters = place | {"type_adresse": "Adresse postale", "numero_voie": "BP 1", "latitude": "", "longitude": ""}
    assert read(tmp_path, a_record(adresse=[letters, place])).units[0].position is not None
    without = read(tmp_path, a_record(adresse=[]))
    assert (without.units[0].address, without.units[0].position) == ("", None)


def test_lists_written_as_text_are_understood(tmp_path: Path) -> None:
    record = a_record()
    as_text = record | {key: json.dumps(record[key]) for key in ("pivot", "adresse", "telephone", "plage_ouverture")}
    assert read(tmp_path, as_text).units[0] == read(tmp_path, record).units[0]


def test_without_a_phone_or_a_date_a_unit_is_taken_and_noticed(tmp_path: Path) -> None:
    reading = read(tmp_path, a_record(telephone=[], date_modification="hier"))
    assert (reading.units[0].phone, reading.units[0].vintage) == (None, PUBLISHED)
    assert reading.noticed[Oddity.NO_PHONE] == reading.noticed[Oddity.NO_DATE] == [3]


def test_a_record_without_a_name_or_a_commune_is_refused_with_its_line(tmp_path: Path) -> None:
    path = directory(tmp_path / "data.json", [a_record(id=f"{number}") for number in range(30)], indent=None)
    text = path.read_text(encoding="utf-8")
    bad = json.dumps(a_record(nom=None, id="bad")), json.dumps(a_record(code_insee_commune="", id="worse"))
    path.write_text(text.removesuffix("]}") + ",\n" + bad[0] + ",\n\n" + bad[1] + "]}", encoding="utf-8")
    assert [refusal.line for refusal in read_local_directory(path, PUBLISHED).refusals] == [2, 4]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<html></html>",
        '{"services": []}',
        '{"service": []}',
        '{"service": [{"nom": "A"}',
        '{"service": [{"nom": "A"},',
        '{"service": [1, 2]}',
        '{"service": [{"nom": A}]}',
    ],
)
def test_a_file_that_is_not_the_directory_gives_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput):
        read_local_directory(path, PUBLISHED)


def test_an_archive_or_a_missing_file_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "all_latest.tar.bz2"
    path.write_bytes(b"BZh91AY&SY\xff\xfe\x00")
    with pytest.raises(InvalidInput, match="archive"):
        read_local_directory(path, PUBLISHED)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_local_directory(tmp_path / "absent.json", PUBLISHED)


def test_a_directory_that_breaks_off_gives_nothing_though_units_came_before(tmp_path: Path) -> None:
    path = directory(tmp_path / "data.json", [a_record(id=f"{number}") for number in range(50)])
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(InvalidInput, match="breaks off"):
        read_local_directory(path, PUBLISHED)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    given_records=st.lists(st.dictionaries(st.text(max_size=4), json_values, max_size=3), max_size=5),
    chunk=st.integers(20, 60),
    indent=st.none() | st.integers(0, 2),
)
def test_records_are_the_same_wherever_the_file_is_cut(
    tmp_path_factory: pytest.TempPathFactory, given_records: list[Record], chunk: int, indent: int | None
) -> None:
    path = directory(tmp_path_factory.mktemp("records") / "data.json", given_records, indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_records, "_CHUNK", chunk)
        assert [record for _, record in records(path, "service")] == given_records


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2026-08-18_053123-data.gouv_local.json", date(2026, 8, 18)),
        ("2026-13-18_053123-data.gouv_local.json", None),
        ("data.json", None),
    ],
)
def test_the_directory_s_name_tells_its_day(name: str, day: date | None) -> None:
    assert published_on(name) == day
