"""What the readers share: what they give, what they notice, and when they give up."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from appservice.domain.errors import InvalidInput
from appservice.domain.units import Source, Unit, UnitId

Row = TypeVar("Row")

_REFUSED_AT_MOST = 0.1
_REFUSALS_SHOWN = 10


class Oddity(StrEnum):
    """What was noticed of a unit that was taken nevertheless."""

    NO_PHONE = "no telephone number"
    PHONE_NOT_UNDERSTOOD = "telephone number not understood, left out"
    NO_POSITION = "no position"
    POSITION_MENDED = "position mended: coordinates swapped, or a sign lost"
    POSITION_REFUSED = "position not in its département, left out"
    NO_HOURS = "no opening hours"
    HOURS_NOT_UNDERSTOOD = "opening hours not understood, left out"
    HOURS_CONDITIONAL = "opening hours with a condition in words, left out"
    COMMUNE_MENDED = "commune code mended: a zero lost, or a code that INSEE has replaced"
    TEXT_MENDED = "text mended: UTF-8 taken for Windows-1252 on the way"
    NO_DATE = "no date of its own, the file's is taken"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that gave no unit. `line` counts from 1; no value of the row is in `reason`."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file gave. `noticed` has the lines of each oddity, `passed_over` counts what is not looked for."""

    source: Source
    file_name: str
    published: date
    units: tuple[Unit, ...]
    refusals: tuple[Refusal, ...]
    noticed: dict[Oddity, list[int]]
    passed_over: int
    encoding: str

    def summary(self) -> str:
        """A few lines for the operator."""
        lines = [
            f"{self.file_name} ({self.source}, published {self.published.isoformat()}, {self.encoding}):",
            f"  {len(self.units)} units, {len(self.refusals)} rows refused, {self.passed_over} records of other kinds",
        ]
        kinds = Counter(unit.kind for unit in self.units)
        lines += [f"  {kind}: {count}" for kind, count in sorted(kinds.items())]
        lines += [f"  {oddity}: {_lines(found)}" for oddity, found in sorted(self.noticed.items())]
        lines += [f"  line {refusal.line}: {refusal.reason}" for refusal in self.refusals[:_REFUSALS_SHOWN]]
        if len(self.refusals) > _REFUSALS_SHOWN:
            lines.append(f"  … and {len(self.refusals) - _REFUSALS_SHOWN} more rows refused")
        return "\n".join(lines)


def _lines(found: list[int]) -> str:
    shown = ", ".join(map(str, found[:5]))
    return f"{len(found)} (line{'s' if len(found) > 1 else ''} {shown}{', …' if len(found) > 5 else ''})"


@dataclass
class Notes:
    """What the reader of one row writes down, while it goes on."""

    line: int
    noticed: dict[Oddity, list[int]]

    def notice(self, oddity: Oddity) -> None:
        lines = self.noticed.setdefault(oddity, [])
        if lines[-1:] != [self.line]:
            lines.append(self.line)


@dataclass
class Gathering(Generic[Row]):
    """Rows in, units out: refusals are counted, and too many of them refuse the file."""

    source: Source
    file_name: str
    published: date
    parse: Callable[[Row, Notes], Unit | None]
    """Raises `InvalidInput` for a row that gives no unit, returns None for one that is not looked for."""
    units: dict[UnitId, Unit] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    noticed: dict[Oddity, list[int]] = field(default_factory=dict)
    passed_over: int = 0

    def gather(self, rows: Iterable[tuple[int, Row]], encoding: Callable[[], str]) -> Reading:
        """Raises `InvalidInput` if no row gave a unit, or more than a tenth of them were refused."""
        for line, row in rows:
            try:
                self._take(self.parse(row, Notes(line, self.noticed)))
            except InvalidInput as refusal:
                self.refusals.append(Refusal(line, str(refusal)))
        if not self.units or len(self.refusals) > _REFUSED_AT_MOST * (len(self.units) + len(self.refusals)):
            first = f" First, line {self.refusals[0].line}: {self.refusals[0].reason}" if self.refusals else ""
            raise InvalidInput(
                f"{self.file_name}: {len(self.units)} units and {len(self.refusals)} rows refused: "
                f"this is not the file it should be, and nothing of it was taken.{first}"
            )
        return Reading(
            self.source,
            self.file_name,
            self.published,
            tuple(self.units.values()),
            tuple(self.refusals),
            self.noticed,
            self.passed_over,
            encoding(),
        )

    def _take(self, unit: Unit | None) -> None:
        if unit is None:
            self.passed_over += 1
        elif unit.unit_id in self.units:
            raise InvalidInput("This unit was in an earlier row.")
        else:
            self.units[unit.unit_id] = unit
