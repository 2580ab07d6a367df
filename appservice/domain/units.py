"""Stations and associations: what is known of them, how sure that is, and which are near."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from appservice.domain.errors import InvalidInput
from appservice.domain.local_time import is_commune, same_commune, zone_of
from appservice.domain.opening_hours import OpeningHours, Openness
from appservice.domain.positions import Position

UnitId = NewType("UnitId", str)
"""The source's name, a colon, and what tells the unit from others of that source: `gendarmerie:1008620`."""

TRUSTED_FOR = timedelta(days=365)
"""Hours that were true longer ago than this are never given as certain."""


class UnitKind(StrEnum):
    POLICE = "police"
    GENDARMERIE = "gendarmerie"
    WOMENS_RIGHTS = "womens_rights"  # centre d'information sur les droits des femmes et des familles (CIDFF)
    VICTIM_SUPPORT = "victim_support"  # bureau d'aide aux victimes, in a court
    JUSTICE_HOUSE = "justice_house"  # maison de justice et du droit
    LEGAL_ADVICE = "legal_advice"  # point-justice, formerly permanence juridique


STATIONS = frozenset({UnitKind.POLICE, UnitKind.GENDARMERIE})
ASSOCIATIONS = frozenset(UnitKind) - STATIONS
"""Where one finds help without a complaint: associations, and the services in which they receive people."""


class Source(StrEnum):
    """The official files; for each, who publishes it on data.gouv.fr, under the Licence Ouverte."""

    POLICE = "police"  # ministère de l'Intérieur, dataset 53ba5222a3a729219b7beade
    GENDARMERIE = "gendarmerie"  # ministère de l'Intérieur, units with their opening hours
    LOCAL_DIRECTORY = "annuaire"  # DILA, Service-Public.gouv.fr, dataset 53699fe4a3a729239d206227

    @property
    def publisher(self) -> str:
        """The name that the licence asks for wherever something of the source is shown."""
        return "Service-Public.gouv.fr / DILA" if self is Source.LOCAL_DIRECTORY else "ministère de l'Intérieur"


class PublicHolidays(Protocol):
    def is_holiday(self, day: date, commune: str) -> bool:
        """Whether a day is a public holiday where the commune lies."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A place that receives people, as one official file describes it.

    `commune` is an INSEE code, `phone` is in the international form `+33…`, or a number
    that is dialled as it is (17, 3919), `vintage` the day on
    which the source last said that this was so.
    Raises `InvalidInput` without a name or a commune, or if the id is not of the source.
    """

    unit_id: UnitId
    kind: UnitKind
    name: str
    address: str
    commune: str
    phone: str | None
    position: Position | None
    hours: OpeningHours | None
    source: Source
    vintage: date

    def __post_init__(self) -> None:
        if not self.name:
            raise InvalidInput("A unit has a name.")
        if not is_commune(self.commune):
            raise InvalidInput("A unit lies in a commune, named by its INSEE code.")
        if not self.unit_id.startswith(f"{self.source}:"):
            raise InvalidInput(f"The id of a unit begins with its source, {self.source}.")


class Doubt(StrEnum):
    """Why it is not known whether a unit is open."""

    NO_HOURS = "no_hours"
    OLD = "old"
    PUBLIC_HOLIDAY = "public_holiday"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a unit is open at a moment. With a `doubt` it is `UNKNOWN`, and the words are "call first".

    `changes_at` (UTC) is when that ends, if it does within a week; `vintage` is shown beside it.
    """

    openness: Openness
    doubt: Doubt | None
    changes_at: datetime | None
    vintage: date

    @property
    def call_first(self) -> bool:
        return self.doubt is not None


def standing(unit: Unit, moment: datetime, holidays: PublicHolidays) -> Standing:
    """Never open or closed without hours, or when these are older than `TRUSTED_FOR` on the unit's own calendar."""
    zone = zone_of(unit.commune)
    today = moment.astimezone(zone).date()
    if unit.hours is None:
        return Standing(Openness.UNKNOWN, Doubt.NO_HOURS, None, unit.vintage)
    if today - unit.vintage > TRUSTED_FOR:
        return Standing(Openness.UNKNOWN, Doubt.OLD, None, unit.vintage)

    def is_holiday(day: date) -> bool:
        return holidays.is_holiday(day, unit.commune)

    openness = unit.hours.at(moment, zone, is_holiday)
    return Standing(
        openness,
        Doubt.PUBLIC_HOLIDAY if openness is Openness.UNKNOWN else None,
        unit.hours.changes_at(moment, zone, is_holiday),
        unit.vintage,
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A unit near to somebody. `kilometres` is None if either position is not known."""

    unit: Unit
    in_commune: bool
    kilometres: float | None


def nearest(units: Iterable[Unit], commune: str | None, position: Position | None, limit: int) -> tuple[Found, ...]:
    """At most `limit` units: those in the commune first, then the others, each by distance.

    Units whose distance is not known come after those whose is. Equals are in order of name, then of id, so that the
    same question has the same answer. An arrondissement is in its city, and a city in each of its arrondissements.
    """
    here = same_commune(commune) if commune else frozenset()

    def found(unit: Unit) -> Found:
        kilometres = position.kilometres_to(unit.position) if position and unit.position else None
        return Found(unit, unit.commune in here, kilometres)

    def rank(one: Found) -> tuple[bool, bool, float, str, str]:
        far = one.kilometres is None
        return not one.in_commune, far, one.kilometres or 0.0, one.unit.name, one.unit.unit_id

    return tuple(sorted(map(found, units), key=rank)[:limit])
