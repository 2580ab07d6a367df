"""Invented stations, hours and holidays: a test names only what it is about."""

from dataclasses import dataclass, field
from datetime import date

from appservice.domain.opening_hours import OpeningHours, Span
from appservice.domain.positions import Position
from appservice.domain.units import Source, Unit, UnitId, UnitKind

OFFICE = (Span(8 * 60, 12 * 60), Span(14 * 60, 18 * 60))
OFFICE_HOURS = OpeningHours(week=(OFFICE,) * 5 + ((Span(9 * 60, 12 * 60),), ()), on_holidays=None)
RECENT = date(2026, 10, 1)


@dataclass
class Holidays:
    """Implements `PublicHolidays` with days that are public holidays everywhere."""

    days: set[date] = field(default_factory=set)

    def is_holiday(self, day: date, commune: str) -> bool:
        return day in self.days


def a_unit(
    own_id: str = "1",
    *,
    source: Source = Source.GENDARMERIE,
    kind: UnitKind = UnitKind.GENDARMERIE,
    name: str = "Brigade de Villeneuve",
    commune: str = "35238",
    phone: str | None = "+33299000000",
    position: Position | None = None,
    hours: OpeningHours | None = OFFICE_HOURS,
    vintage: date = RECENT,
) -> Unit:
    return Unit(
        unit_id=UnitId(f"{source}:{own_id}"),
        kind=kind,
        name=name,
        address="1 rue du Lavoir, 35000 Villeneuve",
        commune=commune,
        phone=phone,
        position=position,
        hours=hours,
        source=source,
        vintage=vintage,
    )
