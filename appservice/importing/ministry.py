"""Stations of police and gendarmerie: the two tables of the ministère de l'Intérieur on data.gouv.fr, Licence Ouverte.

Police: `export-pn.csv`, dataset 53ba5222a3a729219b7beade, resource 2cb2f356-42b2-4195-a35c-d4e4d986c62b. It has neither
hours nor identifiers: a station is known again by its name, address and commune.

Gendarmerie: `export-gn2.csv`, resources 17320fe6-a896-4686-93e6-502be2ad23f2 (hours in columns of their own) and
061a5736-8fc2-4388-9e55-8cc31be87fa0 (hours in words, `horaires_accueil`). Some units have the identifier 0.
"""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from appservice.domain.errors import InvalidInput
from appservice.domain.opening_hours import OpeningHours
from appservice.domain.units import Source, Unit, UnitKind
from appservice.importing.hours import in_columns, in_words, noticed
from appservice.importing.reading import Gathering, Notes, Reading
from appservice.importing.tables import open_table
from appservice.importing.values import address_of, commune_of, phone_of, position_of, text_of, unit_id_of

Row = Mapping[str, str]

COLUMNS = frozenset(
    "service telephone code_commune_insee voie code_postal commune geocodage_x_gps geocodage_y_gps".split()
)
"""What both tables have, in lower case; x is the longitude. Other columns may be there, in any order."""

_IDENTIFIER = "identifiant_public_unite"
_HOURS_IN_WORDS = "horaires_accueil"
_HOURS_IN_COLUMNS = "lundi_plage1_debut"
_GENDARMERIE = frozenset((*COLUMNS, _IDENTIFIER))

# Units of the gendarmerie's table in which nobody files a complaint.
_PASSED_OVER = ("centre d'information et de recrutement", "motorisé")


def read_police_stations(path: Path, published: date) -> Reading:
    """`published` is the day on which the ministry published the file: the vintage of all its units.

    Raises `InvalidInput` if the file is not the table of police stations.
    """
    table = open_table(path, COLUMNS)
    if _IDENTIFIER in table.columns:
        raise InvalidInput(f"{path.name} is the table of the gendarmerie, not of the police.")

    def no_hours(row: Row) -> OpeningHours | None:
        return None

    def parse(row: Row, notes: Notes) -> Unit:
        return _unit(row, notes, Source.POLICE, no_hours, published)

    gathering = Gathering(Source.POLICE, path.name, published, parse)
    return gathering.gather(table.rows(), lambda: table.encoding)


def read_gendarmerie_units(path: Path, published: date) -> Reading:
    """Reads either of the gendarmerie's tables; where it has both forms of hours, columns are believed before words.

    Recruiting offices and motorised platoons are passed over. `published` is the vintage of all units.
    Raises `InvalidInput` if the file is not such a table, or has no hours at all.
    """
    table = open_table(path, _GENDARMERIE)
    if not {_HOURS_IN_WORDS, _HOURS_IN_COLUMNS} & set(table.columns):
        raise InvalidInput(f"{path.name} has no column of opening hours: take the table that has them.")

    def hours(row: Row) -> OpeningHours | None:
        return in_columns(row) or in_words(row.get(_HOURS_IN_WORDS, ""))

    def parse(row: Row, notes: Notes) -> Unit | None:
        name = row["service"].replace("’", "'").lower()
        if any(words in name for words in _PASSED_OVER):
            return None
        return _unit(row, notes, Source.GENDARMERIE, hours, published)

    gathering = Gathering(Source.GENDARMERIE, path.name, published, parse)
    return gathering.gather(table.rows(), lambda: table.encoding)


def _unit(row: Row, notes: Notes, source: Source, hours: Callable[[Row], OpeningHours | None], published: date) -> Unit:
    commune = commune_of(row["code_commune_insee"], notes)
    name = text_of(row["service"], notes)
    address = address_of(text_of(row["voie"], notes), row["code_postal"], text_of(row["commune"], notes))
    return Unit(
        unit_id=unit_id_of(source, row.get(_IDENTIFIER, ""), name, address, commune),
        kind=UnitKind.POLICE if source is Source.POLICE else UnitKind.GENDARMERIE,
        name=name,
        address=address,
        commune=commune,
        phone=phone_of(row["telephone"], commune, notes),
        position=position_of(row["geocodage_y_gps"], row["geocodage_x_gps"], commune, notes),
        hours=noticed(lambda: hours(row), notes),
        source=source,
        vintage=published,
    )
