"""What `units import` and `units near` do: official files in, stations and associations of a commune out."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path

from appservice.directory_port import Edition
from appservice.domain.desk import PARIS
from appservice.domain.errors import InvalidInput
from appservice.domain.postal_code import PostalCode
from appservice.domain.territory import Territory
from appservice.domain.units import ASSOCIATIONS, UnitKind
from appservice.importing.local_directory import published_on, read_local_directory
from appservice.importing.ministry import read_gendarmerie_units, read_police_stations
from appservice.importing.reading import Reading
from appservice.public_holidays import FrenchPublicHolidays
from appservice.routing_data.loading import load_territory
from appservice.store.database import Database
from appservice.store.units import SqlUnitDirectory
from appservice.usecases.find_units import FindUnits, Offer
from appservice.usecases.locate_commune import LocateCommune

# Stations are in the general directory too: they are taken from the ministry's own files, once.
READERS: dict[str, Callable[[Path, date], Reading]] = {
    "police": read_police_stations,
    "gendarmerie": read_gendarmerie_units,
    "associations": partial(read_local_directory, kinds=ASSOCIATIONS),
}
_SHOWN = 10
_LOST_AT_MOST = 0.1


async def import_units(
    database_url: str, what: str, file: Path, published: date | None, now: datetime, *, force: bool = False
) -> str:
    """Replaces all units of the file's source, or none; returns a summary.

    `published` is needed unless the file's name tells the date. Raises `InvalidInput` for a date that is still to come,
    and unless `force` for a file that is older than the one before, or has far fewer units.
    """
    on = published or published_on(file.name)
    if on is None:
        raise InvalidInput(f"{file.name} does not tell when it was published: say so with --published.")
    if on > now.astimezone(PARIS).date():
        raise InvalidInput(f"{file.name} cannot have been published on {on.isoformat()}: that day is still to come.")
    reading = READERS[what](file, on)
    edition = Edition(reading.source, reading.file_name, reading.published, now, len(reading.units))
    database = Database(database_url)
    await database.start()
    try:
        directory = SqlUnitDirectory(database)
        for before in await directory.editions():
            if before.source is edition.source and not force:
                _refuse_a_step_back(before, edition)
        await directory.replace(edition, reading.units)
    finally:
        await database.stop()
    return reading.summary()


def _refuse_a_step_back(before: Edition, edition: Edition) -> None:
    if edition.published < before.published:
        raise InvalidInput(
            f"{edition.file_name} is of {edition.published.isoformat()}, and the file in use, {before.file_name}, of "
            f"{before.published.isoformat()}. Nothing was changed. If that is meant, say so with --force."
        )
    if edition.units < (1 - _LOST_AT_MOST) * before.units:
        raise InvalidInput(
            f"{edition.file_name} has {edition.units} units, and the file in use, {before.file_name}, {before.units}: "
            "it seems to be only a part of itself. Nothing was changed. If that is meant, say so with --force."
        )


async def units_near(database_url: str, commune: str, at: datetime) -> list[str]:
    """A line for each unit of the commune, an INSEE code, and around it: its phone, whether it is open or to be called
    first, and as of when. Raises `InvalidInput` if there is no such commune."""
    territory = load_territory()
    insee = _known(commune, territory)
    database = Database(database_url)
    await database.start()
    try:
        directory = SqlUnitDirectory(database)
        find = FindUnits(directory, FrenchPublicHolidays(), LocateCommune(territory, directory))
        offers = await find(insee, frozenset(UnitKind), _SHOWN, at)
    finally:
        await database.stop()
    return [_line(offer) for offer in offers]


def _known(typed: str, territory: Territory) -> str:
    insee = typed.strip().upper()
    if insee in territory.communes:
        return insee
    if there := territory.communes_of(PostalCode(insee)):
        names = ", ".join(f"{each.insee} ({each.name})" for each in there[:_SHOWN])
        raise InvalidInput(f"{typed} is a postal code, not INSEE's code of a commune. It covers {names}.")
    raise InvalidInput(f"There is no commune {typed}. An INSEE code has five characters, like 35238 or 2A004.")


def _line(offer: Offer) -> str:
    unit, standing = offer.found.unit, offer.standing
    state = "call first" if standing.call_first else standing.openness.value
    far = "" if offer.kilometres is None else f", {offer.kilometres:.0f} km"
    told = f"{unit.name}, {unit.address}, {unit.phone or 'no phone'}{far}: {state}"
    return f"{told} (as of {standing.vintage.isoformat()}), source: {unit.source.publisher}"
