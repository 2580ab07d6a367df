"""Units near to somebody: in the commune first, then around it, without reading all of the directory."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from appservice.directory_port import UnitDirectory
from appservice.domain.local_time import same_commune
from appservice.domain.positions import BoundingBox, Position
from appservice.domain.units import Found, PublicHolidays, Standing, UnitKind, nearest, standing

# Most communes have a station within the first circle; the last one holds all of mainland France.
_CIRCLES_KM = (15.0, 60.0, 240.0, 1200.0)


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit, where it is, and how it stands at the moment of the question."""

    found: Found
    standing: Standing


class FindUnits:
    def __init__(self, directory: UnitDirectory, holidays: PublicHolidays) -> None:
        self._directory = directory
        self._holidays = holidays

    async def __call__(
        self, commune: str, position: Position | None, kinds: Collection[UnitKind], limit: int, at: datetime
    ) -> tuple[Offer, ...]:
        """At most `limit`, as `nearest` orders them; nothing outside the commune is further than 1,200 km.

        `position` is the commune's, or the person's own. Without it only units in the commune are found.
        """
        found = await self._nearest(commune, position, kinds, limit)
        return tuple(Offer(one, standing(one.unit, at, self._holidays)) for one in found)

    async def _nearest(
        self, commune: str, position: Position | None, kinds: Collection[UnitKind], limit: int
    ) -> tuple[Found, ...]:
        here = await self._directory.in_communes(same_commune(commune), kinds)
        found = nearest(here, commune, position, limit)
        if position is None:
            return found
        for kilometres in _CIRCLES_KM:
            if len(found) == limit:
                break
            around = await self._directory.within(BoundingBox.around(position, kilometres), kinds)
            units = {unit.unit_id: unit for unit in (*here, *around)}
            everyone = nearest(units.values(), commune, position, limit)
            # In the corners of the box, beyond the circle, others may be nearer that the box does not hold.
            found = tuple(one for one in everyone if one.in_commune or (one.kilometres or 0.0) <= kilometres)
        return found
