from datetime import date
from pathlib import Path

import pytest

from appservice.domain.errors import InvalidInput
from appservice.domain.opening_hours import OpeningHours
from appservice.domain.positions import Position
from appservice.domain.units import Source, Unit, UnitKind
from appservice.importing.ministry import read_gendarmerie_units, read_police_stations
from appservice.importing.reading import Oddity, Reading
from tests.unit.importing.files import (
    GENDARMERIE_COLUMNS,
    HOURS_COLUMNS,
    POLICE_COLUMNS,
    Row,
    a_brigade,
    a_row,
    plausible,
    table,
)

PUBLISHED = date(2026, 10, 1)


def police(tmp_path: Path, *rows: Row, encoding: str = "utf-8", separator: str = ";") -> Reading:
    path = table(tmp_path / "export-pn.csv", POLICE_COLUMNS, [*rows, *plausible()], encoding, separator)
    return read_police_stations(path, PUBLISHED)


def gendarmerie(tmp_path: Path, *rows: Row, columns: list[str] = GENDARMERIE_COLUMNS) -> Reading:
    path = table(tmp_path / "export-gn2.csv", columns, [*rows, *plausible()])
    return read_gendarmerie_units(path, PUBLISHED)


def first(reading: Reading) -> Unit:
    return reading.units[0]


def test_a_police_station_is_read_with_all_there_is_of_it(tmp_path: Path) -> None:
    reading = police(tmp_path, a_row())
    unit = first(reading)
    assert unit == Unit(
        unit_id=unit.unit_id,
        kind=UnitKind.POLICE,
        name="Commissariat de police de Villeneuve",
        address="1 rue du Lavoir, 35000 Villeneuve",
        commune="35238",
        phone="+33299000000",
        position=Position(48.11, -1.68),
        hours=None,
        source=Source.POLICE,
        vintage=PUBLISHED,
    )
    assert (len(reading.units), reading.refusals) == (31, ())
    assert len(reading.noticed[Oddity.NO_HOURS]) == 31


def test_a_station_without_an_identifier_keeps_its_id_from_file_to_file(tmp_path: Path) -> None:
    again = police(tmp_path, a_row(service="Commissariat de Bourgneuf"), a_row(telephone="17"))
    assert again.units[1].unit_id == first(police(tmp_path, a_row())).unit_id


def test_a_gendarmerie_unit_is_read_with_its_hours_in_words(tmp_path: Path) -> None:
    unit = first(gendarmerie(tmp_path, a_brigade(horaires_accueil=" Lundi : 8h00-12h00 14h00-18h00")))
    assert (unit.unit_id, unit.kind, unit.source) == ("gendarmerie:1000001", UnitKind.GENDARMERIE, Source.GENDARMERIE)
    assert unit.hours is not None
    assert len(unit.hours.week[0]) == 2


def test_a_gendarmerie_unit_is_read_with_its_hours_in_columns(tmp_path: Path) -> None:
    hours = {column: "08h00" if column.endswith("debut") else "12h00" for column in HOURS_COLUMNS if "plage1" in column}
    reading = gendarmerie(tmp_path, a_brigade(**hours), columns=[*GENDARMERIE_COLUMNS, *HOURS_COLUMNS])
    unit_hours = first(reading).hours
    assert unit_hours is not None
    assert unit_hours.on_holidays == unit_hours.week[6] != ()


def test_units_with_the_identifier_0_are_told_apart(tmp_path: Path) -> None:
    rows = [
        a_brigade(identifiant_public_unite="0"),
        a_brigade(identifiant_public_unite="0", service="Brigade de Bourgneuf"),
    ]
    reading = gendarmerie(tmp_path, *rows)
    assert len(reading.units) == 32
    assert len({unit.unit_id for unit in reading.units}) == 32


def test_recruiting_offices_and_motorised_platoons_are_passed_over(tmp_path: Path) -> None:
    names = ("Centre d’information et de recrutement de Villeneuve", "Peloton motorisé de Villeneuve")
    rows = [a_brigade(identifiant_public_unite=str(number), service=name) for number, name in enumerate(names, start=1)]
    reading = gendarmerie(tmp_path, *rows)
    assert (reading.passed_over, len(reading.units)) == (2, 30)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_encoding_and_separator_are_found_out(tmp_path: Path, encoding: str, separator: str) -> None:
    unit = first(police(tmp_path, a_row(voie="3 allée du Château"), encoding=encoding, separator=separator))
    assert unit.address == "3 allée du Château, 35000 Villeneuve"


def test_text_that_was_decoded_wrongly_on_its_way_is_mended(tmp_path: Path) -> None:
    reading = police(tmp_path, a_row(commune="VÃ©lizy"))
    assert first(reading).address.endswith("Vélizy")
    assert reading.noticed[Oddity.TEXT_MENDED] == [2]


@pytest.mark.parametrize(
    ("x", "y", "commune", "position", "oddity"),
    [
        ("-1.68", "48.11", "35238", Position(48.11, -1.68), None),
        ("-1,68", "48,11", "35238", Position(48.11, -1.68), None),
        ("48.11", "-1.68", "35238", Position(48.11, -1.68), Oddity.POSITION_MENDED),
        ("61.7", "16.0", "97105", Position(16.0, -61.7), Oddity.POSITION_MENDED),
        ("55.5", "20.9", "97411", Position(-20.9, 55.5), Oddity.POSITION_MENDED),
        ("-20.9", "55.5", "97411", Position(-20.9, 55.5), Oddity.POSITION_MENDED),
        ("0", "0", "35238", None, Oddity.POSITION_REFUSED),
        ("2.35", "48.85", "97411", None, Oddity.POSITION_REFUSED),
        ("nan", "48.85", "35238", None, Oddity.POSITION_REFUSED),
        ("352000", "6789000", "35238", None, Oddity.POSITION_REFUSED),
        ("N/A", "48.85", "35238", None, Oddity.POSITION_REFUSED),
        ("", "", "35238", None, Oddity.NO_POSITION),
    ],
)
def test_coordinates_are_taken_mended_or_left_out(
    tmp_path: Path, x: str, y: str, commune: str, position: Position | None, oddity: Oddity | None
) -> None:
    reading = police(tmp_path, a_row(geocodage_x_GPS=x, geocodage_y_GPS=y, code_commune_insee=commune))
    assert first(reading).position == position
    assert {kind for kind, lines in reading.noticed.items() if 2 in lines} - {Oddity.NO_HOURS} == ({oddity} - {None})


@pytest.mark.parametrize(
    ("written", "commune", "phone"),
    [
        ("+33 2 99 00 00 00", "35238", "+33299000000"),
        ("02.99.00.00.00", "35238", "+33299000000"),
        ("0033 2 99 00 00 00", "35238", "+33299000000"),
        ("+33 (0)2 99 00 00 00", "35238", "+33299000000"),
        ("299000000", "35238", "+33299000000"),
        ("02 99 00 00 00 / 02 99 00 00 01", "35238", "+33299000000"),
        ("+590 5 90 00 00 00", "97105", "+590590000000"),
        ("+33 5 90 00 00 00", "97105", "+590590000000"),
        ("0262 00 00 00", "97411", "+262262000000"),
        ("0269 00 00 00", "97611", "+262269000000"),
        ("+269 2 69 00 00 00", "97611", "+262269000000"),
        ("02\u00a099 00 00 00 (aux heures d'ouverture)", "35238", "+33299000000"),
        ("+687 24 00 00", "98818", "+687240000"),
        ("24 00 00", "98818", "+687240000"),
        ("+508 41 02 70", "97501", "+508410270"),
        ("41 02 70", "97501", "+508410270"),
        ("05 08 41 02 70", "97501", "+508410270"),
        ("+33 5 08 41 02 70", "97502", "+508410270"),
        ("07 08 55 00 00", "97502", "+508708550000"),
        ("+508 70 85 50 000", "97502", "+508708550000"),
        ("40 00 00 00", "98735", "+68940000000"),
        ("17", "35238", "17"),
        ("3919", "35238", "3919"),
        ("116 006", "35238", "116006"),
        ("0 800 00 00 00", "35238", "0800000000"),
    ],
)
def test_telephone_numbers_are_understood(tmp_path: Path, written: str, commune: str, phone: str) -> None:
    assert first(police(tmp_path, a_row(telephone=written, code_commune_insee=commune))).phone == phone


@pytest.mark.parametrize(
    ("written", "oddity"),
    [
        ("", Oddity.NO_PHONE),
        ("demander l'accueil", Oddity.PHONE_NOT_UNDERSTOOD),
        ("02 99 00", Oddity.PHONE_NOT_UNDERSTOOD),
        ("+1 212 555 0100", Oddity.PHONE_NOT_UNDERSTOOD),
    ],
)
def test_a_unit_without_a_telephone_number_is_taken_and_noticed(tmp_path: Path, written: str, oddity: Oddity) -> None:
    reading = police(tmp_path, a_row(telephone=written))
    assert first(reading).phone is None
    assert reading.noticed[oddity] == [2]


@pytest.mark.parametrize("written", ["Lundi : 14h00-8h00", "Lundi : sur rendez-vous", "24h/24"])
def test_a_unit_with_odd_hours_is_taken_without_them_and_noticed(tmp_path: Path, written: str) -> None:
    reading = gendarmerie(tmp_path, a_brigade(horaires_accueil=written))
    assert first(reading).hours is None
    assert reading.noticed[Oddity.HOURS_NOT_UNDERSTOOD] == [2]


def test_a_week_of_24_hours_is_day_and_night(tmp_path: Path) -> None:
    days = ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche")
    hours = " ".join(f"{day} : 0h00-24h00" for day in days)
    assert first(gendarmerie(tmp_path, a_brigade(horaires_accueil=hours))).hours == OpeningHours.always()


@pytest.mark.parametrize(
    ("code", "commune"), [("1053", "01053"), ("2a004", "2A004"), ("97123", "97701"), ("97127", "97801")]
)
def test_commune_codes_are_mended(tmp_path: Path, code: str, commune: str) -> None:
    assert first(police(tmp_path, a_row(code_commune_insee=code))).commune == commune


def test_refused_rows_are_told_with_their_line_and_without_what_is_in_them(tmp_path: Path) -> None:
    rows = [
        a_row(voie="1 rue\ndu Lavoir"),
        a_row(service=""),
        a_row(code_commune_insee="Rennes"),
        a_row(voie="1 rue du Lavoir"),
    ]
    reading = police(tmp_path, *rows)
    assert [refusal.line for refusal in reading.refusals] == [4, 5, 6]
    assert "line 5: The commune is not an INSEE code" in reading.summary()
    assert "Rennes" not in reading.summary()
    assert "31 units, 3 rows refused" in reading.summary()


def refused(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as error:
        read_police_stations(path, PUBLISHED)
    return str(error.value)


def test_a_file_that_is_not_this_table_gives_nothing(tmp_path: Path) -> None:
    assert "voie" in refused(tmp_path, b"<html><body>Service indisponible</body></html>")
    assert "service" in refused(tmp_path, b"")
    assert "not a text file" in refused(tmp_path, b"PK\x03\x04\x00\x00")
    assert "neither UTF-8 nor" in refused(tmp_path, b"\xff\x81\x8d")
    assert "0 units" in refused(tmp_path, ";".join(POLICE_COLUMNS).encode())
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_police_stations(tmp_path / "absent.csv", PUBLISHED)


def test_a_file_with_too_many_refused_rows_gives_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="30 units and 4 rows refused"):
        police(tmp_path, *[a_row(service="")] * 4)


def test_the_tables_of_the_two_forces_are_not_taken_for_each_other(tmp_path: Path) -> None:
    gendarmes = table(tmp_path / "gn.csv", GENDARMERIE_COLUMNS, plausible())
    officers = table(tmp_path / "pn.csv", POLICE_COLUMNS, plausible())
    hourless = table(tmp_path / "no-hours.csv", GENDARMERIE_COLUMNS[:-2], plausible())
    with pytest.raises(InvalidInput, match="gendarmerie"):
        read_police_stations(gendarmes, PUBLISHED)
    with pytest.raises(InvalidInput, match="identifiant_public_unite"):
        read_gendarmerie_units(officers, PUBLISHED)
    with pytest.raises(InvalidInput, match="opening hours"):
        read_gendarmerie_units(hourless, PUBLISHED)


def test_a_row_that_is_cut_short_is_refused_or_noticed_not_fatal(tmp_path: Path) -> None:
    path = table(tmp_path / "pn.csv", POLICE_COLUMNS, plausible())
    path.write_bytes(path.read_bytes() + b'"Commissariat coup\xc3\xa9"\r\n')
    reading = read_police_stations(path, PUBLISHED)
    assert [refusal.line for refusal in reading.refusals] == [32]


def test_four_thousand_units_are_read(tmp_path: Path) -> None:
    path = table(tmp_path / "gn.csv", GENDARMERIE_COLUMNS, plausible(4000), quoted=False)
    assert len(read_gendarmerie_units(path, PUBLISHED).units) == 4000
