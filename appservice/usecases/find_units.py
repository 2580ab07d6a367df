"""Units near to somebody: in the commune first, then around it, without reading all of the directory."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from appservice.directory_port import UnitDirectory
from appservice.domain.local_time import same_commune
from appservice.domain.positions import BoundingBox, Position, Whereabouts
from appservice.domain.units import Found, PublicHolidays, Standing, UnitKind, nearest, standing

# Most communes have a station within the first circle; the last one holds all of mainland France.
_CIRCLES_KM = (15.0, 60.0, 240.0, 1200.0)


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit, where it is, and how it stands at the moment of the question.

    `kilometres` is None where a distance cannot be told; `found` may have one then that the order was made by.
    """

    found: Found
    standing: Standing
    kilometres: float | None


class FindUnits:
    def __init__(
        self,
        directory: UnitDirectory,
        holidays: PublicHolidays,
        locate: Callable[[str], Awaitable[Whereabouts | None]],
    ) -> None:
        """`locate` tells where a commune lies, as `LocateCommune` does."""
        self._directory = directory
        self._holidays = holidays
        self._locate = locate

    async def __call__(self, commune: str, kinds: Collection[UnitKind], limit: int, at: datetime) -> tuple[Offer, ...]:
        """At most `limit`, as `nearest` orders them; nothing outside the commune is further than 1,200 km.

        Where nobody can tell where the commune lies, only units in it are found. Raises `InvalidInput` if the code is
        no commune's.
        """
        located = await self._locate(commune)
        found = await self._nearest(commune, located.position if located else None, kinds, limit)
        told = located is not None and not located.estimated
        return tuple(self._offer(one, one.kilometres if told else None, at) for one in found)

    async def of_department(
        self, communes: Collection[str], kinds: Collection[UnitKind], limit: int, at: datetime
    ) -> tuple[Offer, ...]:
        """At most `limit` of those in any of these communes, by name: nobody knows where in it the person is."""
        units = sorted(await self._directory.in_communes(communes, kinds), key=lambda unit: (unit.name, unit.unit_id))
        return tuple(self._offer(Found(unit, False, None), None, at) for unit in units[:limit])

    def _offer(self, found: Found, kilometres: float | None, at: datetime) -> Offer:
        return Offer(found, standing(found.unit, at, self._holidays), kilometres)

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
