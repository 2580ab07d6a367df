"""Where a commune lies, as far as the units of the directory let one tell: no table of positions is carried."""

from appservice.directory_port import UnitDirectory
from appservice.domain.local_time import department_of, same_commune
from appservice.domain.positions import Position, Whereabouts, middle
from appservice.domain.territory import Commune, Territory
from appservice.domain.units import UnitKind

_ITSELF, _SAME_POSTAL_CODE, _SAME_GROUP, _SAME_DEPARTMENT = range(4)


class LocateCommune:
    def __init__(self, territory: Territory, directory: UnitDirectory) -> None:
        self._territory = territory
        self._directory = directory

    async def __call__(self, insee: str) -> Whereabouts | None:
        """The middle of the units in the commune. Where it has none, an estimate: the middle of the units of those who
        share its postal code, else its intercommunality, else its département.

        Compared with the town halls of communes without a station of their own, an estimate is off by 6 km (postal
        code), 9 km (intercommunality), 30 km (département), in the median. None where no unit of the département has
        a position. Raises `InvalidInput` if the code is no commune's.
        """
        nearness = self._nearness(insee)
        positions: dict[int, list[Position]] = {}
        for unit in await self._directory.in_communes(nearness, frozenset(UnitKind)):
            if unit.position is not None:
                positions.setdefault(nearness[unit.commune], []).append(unit.position)
        if not positions:
            return None
        nearest = min(positions)
        return Whereabouts(middle(positions[nearest]), estimated=nearest != _ITSELF)

    def _nearness(self, insee: str) -> dict[str, int]:
        """How near other communes are, as far as that is known without positions; by INSEE code."""
        department = department_of(insee)
        here = self._territory.communes.get(insee)
        parts = [here] if here and here.postal_codes else self._territory.arrondissements_of(insee)
        codes = {code for part in parts for code in part.postal_codes}

        def nearness(other: Commune) -> int | None:
            if not codes.isdisjoint(other.postal_codes):
                return _SAME_POSTAL_CODE
            if here and here.intercommunality and here.intercommunality == other.intercommunality:
                return _SAME_GROUP
            return _SAME_DEPARTMENT if other.department == department else None

        found = {other.insee: nearness(other) for other in self._territory.communes.values()}
        near = {other: how for other, how in found.items() if how is not None}
        return near | dict.fromkeys(same_commune(insee), _ITSELF)
