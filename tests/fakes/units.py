"""The directory of stations and associations, in memory."""

from collections.abc import Collection, Iterable, Sequence

from appservice.directory_port import Edition
from appservice.domain.positions import BoundingBox
from appservice.domain.units import Source, Unit, UnitId, UnitKind


class FakeUnitDirectory:
    def __init__(self) -> None:
        self._editions: dict[Source, Edition] = {}
        self._units: dict[UnitId, Unit] = {}

    async def replace(self, edition: Edition, units: Sequence[Unit]) -> None:
        edition.check(units)
        others = {unit_id: unit for unit_id, unit in self._units.items() if unit.source is not edition.source}
        self._units = others | {unit.unit_id: unit for unit in units}
        self._editions[edition.source] = edition

    async def editions(self) -> list[Edition]:
        return [self._editions[source] for source in sorted(self._editions)]

    async def by_id(self, unit_id: UnitId) -> Unit | None:
        return self._units.get(unit_id)

    async def in_communes(self, communes: Collection[str], kinds: Collection[UnitKind]) -> list[Unit]:
        return self._in_order(unit for unit in self._units.values() if unit.commune in communes and unit.kind in kinds)

    async def within(self, box: BoundingBox, kinds: Collection[UnitKind]) -> list[Unit]:
        return self._in_order(
            unit for unit in self._units.values() if unit.position and unit.position in box and unit.kind in kinds
        )

    @staticmethod
    def _in_order(units: Iterable[Unit]) -> list[Unit]:
        return sorted(units, key=lambda unit: unit.unit_id)
