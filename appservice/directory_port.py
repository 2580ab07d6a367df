"""The directory of stations and associations, as the use cases see it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from appservice.domain.errors import InvalidInput
from appservice.domain.positions import BoundingBox
from appservice.domain.units import Source, Unit, UnitId, UnitKind


@dataclass(frozen=True, slots=True)
class Edition:
    """Which file the units of a source come from; whoever shows them names the file and its date (Licence Ouverte)."""

    source: Source
    file_name: str
    published: date
    imported_at: datetime
    units: int

    def check(self, units: Sequence[Unit]) -> None:
        """Raises `InvalidInput` unless these can be the units of this edition, as `UnitDirectory.replace` tells."""
        if any(unit.source is not self.source for unit in units):
            raise InvalidInput(f"A unit is not of the source {self.source}.")
        if len({unit.unit_id for unit in units}) != len(units):
            raise InvalidInput(f"Two units of {self.source} have the same id.")
        if self.units != len(units):
            raise InvalidInput(f"The edition of {self.source} counts {self.units} units, and {len(units)} are given.")


class UnitDirectory(Protocol):
    """Units by place. All of one source come from one file, and are replaced together."""

    async def replace(self, edition: Edition, units: Sequence[Unit]) -> None:
        """The units of a source, whatever it had before, and the edition; all in one transaction, or nothing.

        Raises `InvalidInput`, and changes nothing, if a unit is of another source, two have the same id, or the
        edition counts others than are given.
        """

    async def editions(self) -> list[Edition]:
        """What the directory holds, in order of the sources' names."""

    async def by_id(self, unit_id: UnitId) -> Unit | None: ...

    async def in_communes(self, communes: Collection[str], kinds: Collection[UnitKind]) -> list[Unit]:
        """The units of these kinds in any of these communes (INSEE codes), in order of their ids."""

    async def within(self, box: BoundingBox, kinds: Collection[UnitKind]) -> list[Unit]:
        """The units of these kinds whose position is known and in the box, in order of their ids."""
