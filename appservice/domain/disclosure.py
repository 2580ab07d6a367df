"""Which counts of a table may be published, so that nobody can be picked out: not by a number, not by subtraction, and
not by asking for which numbers the table would have been made like this.

A count under `SMALLEST` is suppressed, zero included; every other one is rounded to `ROUNDED_TO`. Totals could give a
suppressed count away, in two manners, and each has its remedy:

- By subtraction. So more cells are suppressed, until none that is suppressed could be told to within less than `MARGIN`
  if all the others were known. The table with its totals is a graph: a node for each row and column (the totals' too),
  an edge for each cell. Numbers can be shifted between suppressed cells along a cycle, up and down in turns, without
  changing any other one; so a cell is protected if it lies on a cycle of suppressed cells that bears such a shift.
  Where there is none, the cycle that costs least is suppressed: Castro, "Statistical disclosure control in tabular
  data: network flows", 2012.
- By the rule itself, which anybody can read here: that one cell was chosen and not another can exclude all values but
  one. So nothing is chosen by a suppressed count (each stands as `STAND_IN` while cells are chosen), and each total of
  a small count is blurred by a random number that nobody knows (`blurring`), of any size, though it rarely exceeds 25.
  A total of large counts alone is as exact as they are.

Hence, for whoever knows the rule, and every count but one that is suppressed, each of its values, 0 to 10, remains
possible, if not as likely: for each there are random numbers that make the same table of it
(`tests/unit/domain/test_disclosure.py`). The price: where counts are small, what is published does not add up exactly.
"""

import heapq
import hmac
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from math import log
from typing import Generic, TypeVar

SMALLEST = 11
ROUNDED_TO = 5
MARGIN = 5

STAND_IN = SMALLEST // 2

BLUR = 5.0
"""A total is as likely off by a number as by one that is so much less, times e: two times in three by up to 5."""

Blur = Callable[[object, object], int]
"""What is added to the total of a row and a column, by what they are called."""


class Total:
    """The row or column that adds up the others."""

    def __repr__(self) -> str:
        return "TOTAL"


TOTAL = Total()

Row = TypeVar("Row")
Column = TypeVar("Column")
Cell = tuple[int, int]
Node = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Publication(Generic[Row, Column]):
    """`counts`: each cell, totals included, rounded; None where it is suppressed."""

    rows: tuple[Row | Total, ...]
    columns: tuple[Column | Total, ...]
    counts: Mapping[tuple[Row | Total, Column | Total], int | None]

    @property
    def suppressed(self) -> int:
        return sum(count is None for count in self.counts.values())


def publish(
    counts: Mapping[tuple[Row, Column], int], rows: tuple[Row, ...], columns: tuple[Column, ...], blur: Blur
) -> Publication[Row, Column]:
    """The table with a total row and a total column. A cell that `counts` does not have counts zero."""
    names_of_rows: tuple[Row | Total, ...] = (*rows, TOTAL)
    names_of_columns: tuple[Column | Total, ...] = (*columns, TOTAL)
    exact = _with_totals([[counts.get((row, column), 0) for column in columns] for row in rows], len(columns))
    small_in_line = {
        total
        for i in range(len(rows))
        for j in range(len(columns))
        if exact[i][j] < SMALLEST
        for total in ((i, len(columns)), (len(rows), j), (len(rows), len(columns)))
    }
    told = {
        (i, j): exact[i][j] + (blur(row, column) if (i, j) in small_in_line else 0)
        for i, row in enumerate(names_of_rows)
        for j, column in enumerate(names_of_columns)
    }
    small = {cell for cell, count in told.items() if count < SMALLEST}
    suppressed = _Table(
        [[STAND_IN if (i, j) in small else told[i, j] for j in range(len(columns))] for i in range(len(rows))],
        len(columns),
        small,
    ).protected()
    published = {
        (row, column): None if (i, j) in suppressed else rounded(told[i, j])
        for i, row in enumerate(names_of_rows)
        for j, column in enumerate(names_of_columns)
    }
    return Publication(names_of_rows, names_of_columns, published)


def blurring(key: bytes, table: str) -> Blur:
    """From a two-sided geometric distribution; the same again for the same total of the same table and key."""

    def blur(row: object, column: object) -> int:
        digest = hmac.digest(key, f"veilleuse-statistics-v1\n{table}\n{row}\n{column}".encode(), "sha256")
        return _geometric(digest[:8]) - _geometric(digest[8:16])

    return blur


def _geometric(randomness: bytes) -> int:
    """0 with the greatest probability, and each next number with less by the same factor."""
    return int(-BLUR * log((int.from_bytes(randomness) + 1) / 2**64))


def _with_totals(counts: list[list[int]], columns: int) -> list[list[int]]:
    with_sums = [[*row, sum(row)] for row in counts]
    return [*with_sums, [sum(row[j] for row in with_sums) for j in range(columns + 1)]]


def rounded(count: int) -> int:
    """To the nearest multiple of `ROUNDED_TO`."""
    return ROUNDED_TO * ((count + ROUNDED_TO // 2) // ROUNDED_TO)


class _Table:
    """Counts with a total row and column; which of them are suppressed."""

    def __init__(self, counts: list[list[int]], columns: int, suppressed: Collection[Cell]) -> None:
        self.counts = _with_totals(counts, columns)
        self._last = (len(counts), columns)
        self.suppressed = set(suppressed)

    def protected(self) -> Collection[Cell]:
        """Suppresses more until every suppressed cell is protected; all that are suppressed then."""
        waiting, protected = sorted(self.suppressed), set[Cell]()
        for cell in waiting:
            if cell not in protected:
                cycle = self._cheapest_cycle(cell)
                self.suppressed |= cycle
                protected |= cycle  # the shift that protects the cell moves all of them
        return self.suppressed

    def _cheapest_cycle(self, cell: Cell) -> set[Cell]:
        """The cells of a cycle through `cell` that bears a shift."""
        found = [way for up in (True, False) if (way := self._way_back(cell, up=up)) is not None]
        if not found:  # a table without room for any shift is not published at all
            return set(self._cells())
        _, cells = min(found, key=lambda way: way[0])
        return {cell, *cells}

    def _way_back(self, cell: Cell, *, up: bool) -> tuple[int, set[Cell]] | None:
        """If `cell` goes up (or down) by the margin: the cheapest cells to make good for it, and their price.

        From the cell's column back to its row, through cells that go the other way, then this way, and so on: the
        cheapest way, by Dijkstra's algorithm. None if there is no way.
        """
        if not self._can_shift(cell, up=up):
            return None
        start, goal = ("column", cell[1]), ("row", cell[0])
        best = {start: 0}
        came: dict[Node, tuple[Node, Cell]] = {}
        queue = [(0, start)]
        while queue:
            cost, node = heapq.heappop(queue)
            if node == goal:
                return cost, set(_walked(came, start, goal))
            if cost > best[node]:
                continue
            for other, step in self._steps(node, up):
                dearer = cost + self._price(step)
                if step != cell and dearer < best.get(other, dearer + 1):
                    best[other], came[other] = dearer, (node, step)
                    heapq.heappush(queue, (dearer, other))
                    if dearer == 0 and other == goal:  # nothing is cheaper
                        return 0, set(_walked(came, start, goal))
        return None

    def _steps(self, node: Node, up: bool) -> Iterator[tuple[Node, Cell]]:
        kind, place = node
        if kind == "column":
            for i in range(self._last[0] + 1):
                if self._can_shift((i, place), up=not up):
                    yield ("row", i), (i, place)
        else:
            for j in range(self._last[1] + 1):
                if self._can_shift((place, j), up=up):
                    yield ("column", j), (place, j)

    def _can_shift(self, cell: Cell, *, up: bool) -> bool:
        """Whether the cell can go up, or down, in the balance of its lines, in which totals count negatively."""
        is_sum = (cell[0] == self._last[0]) is not (cell[1] == self._last[1])
        return up is not is_sum or self._count(cell) >= MARGIN

    def _price(self, cell: Cell) -> int:
        """What is lost with the cell. A total is worth more than all that it adds up."""
        if cell in self.suppressed:
            return 0
        is_total = cell[0] == self._last[0] or cell[1] == self._last[1]
        return self._count(cell) + (self._count(self._last) if is_total else 0)

    def _count(self, cell: Cell) -> int:
        return self.counts[cell[0]][cell[1]]

    def _cells(self) -> Iterator[Cell]:
        return ((i, j) for i in range(self._last[0] + 1) for j in range(self._last[1] + 1))


def _walked(came: Mapping[Node, tuple[Node, Cell]], start: Node, goal: Node) -> Iterator[Cell]:
    node = goal
    while node != start:
        node, cell = came[node]
        yield cell
