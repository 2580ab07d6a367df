"""What `units import` and `units near` do: official files in, stations and associations of a commune out."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path

from appservice.directory_port import Edition
from appservice.domain.errors import InvalidInput
from appservice.domain.units import ASSOCIATIONS, UnitKind
from appservice.importing.local_directory import published_on, read_local_directory
from appservice.importing.ministry import read_gendarmerie_units, read_police_stations
from appservice.importing.reading import Reading
from appservice.public_holidays import FrenchPublicHolidays
from appservice.store.database import Database
from appservice.store.units import SqlUnitDirectory
from appservice.usecases.find_units import FindUnits, Offer

# Stations are in the general directory too: they are taken from the ministry's own files, once.
READERS: dict[str, Callable[[Path, date], Reading]] = {
    "police": read_police_stations,
    "gendarmerie": read_gendarmerie_units,
    "associations": partial(read_local_directory, kinds=ASSOCIATIONS),
}
_SHOWN = 10


async def import_units(database_url: str, what: str, file: Path, published: date | None, now: datetime) -> str:
    """Replaces all units of the file's source, or none; returns a summary. Raises `InvalidInput`.

    `published` is needed unless the file's name tells the date.
    """
    on = published or published_on(file.name)
    if on is None:
        raise InvalidInput(f"{file.name} does not tell when it was published: say so with --published.")
    reading = READERS[what](file, on)
    edition = Edition(reading.source, reading.file_name, reading.published, now, len(reading.units))
    database = Database(database_url)
    await database.start()
    try:
        await SqlUnitDirectory(database).replace(edition, reading.units)
    finally:
        await database.stop()
    return reading.summary()


async def units_near(database_url: str, commune: str, at: datetime) -> list[str]:
    """A line for each unit of the commune, an INSEE code: its phone, and whether it is open or to be called first."""
    database = Database(database_url)
    await database.start()
    try:
        find = FindUnits(SqlUnitDirectory(database), FrenchPublicHolidays())
        offers = await find(commune, None, frozenset(UnitKind), _SHOWN, at)
    finally:
        await database.stop()
    return [_line(offer) for offer in offers]


def _line(offer: Offer) -> str:
    unit, standing = offer.found.unit, offer.standing
    state = "call first" if standing.call_first else standing.openness.value
    return f"{unit.name}, {unit.address}, {unit.phone or 'no phone'}: {state} (as of {standing.vintage.isoformat()})"
