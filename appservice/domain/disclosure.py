"""Which counts of a table may be published, so that nobody can be picked out: not by a number, and not by subtraction.

A count under `SMALLEST` is suppressed, zero included; every other one is rounded to `ROUNDED_TO`. Totals would give a
suppressed count away, so more cells are suppressed with it, until whoever knows *all* published counts exactly, totals
included, can still not tell any suppressed one to within less than `MARGIN`. Rounding comes on top.

The table with its totals is a graph: a node for each row and column (the totals' too), an edge for each cell. Numbers
can be shifted between suppressed cells along a cycle, up and down in turns, without changing any published one; so a
cell is protected if it lies on a cycle of suppressed cells that bears a shift by `MARGIN`. Where there is none, the
cycle that costs least is suppressed: Castro, "Statistical disclosure control in tabular data: network flows", 2012.
"""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

SMALLEST = 11
ROUNDED_TO = 5
MARGIN = 5


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
    counts: Mapping[tuple[Row, Column], int], rows: tuple[Row, ...], columns: tuple[Column, ...]
) -> Publication[Row, Column]:
    """The table with a total row and a total column. A cell that `counts` does not have counts zero."""
    table = _Table([[counts.get((row, column), 0) for column in columns] for row in rows], len(columns))
    table.protect()
    names_of_rows: tuple[Row | Total, ...] = (*rows, TOTAL)
    names_of_columns: tuple[Column | Total, ...] = (*columns, TOTAL)
    published = {
        (row, column): None if (i, j) in table.suppressed else rounded(table.counts[i][j])
        for i, row in enumerate(names_of_rows)
        for j, column in enumerate(names_of_columns)
    }
    return Publication(names_of_rows, names_of_columns, published)


def rounded(count: int) -> int:
    """To the nearest multiple of `ROUNDED_TO`."""
    return ROUNDED_TO * ((count + ROUNDED_TO // 2) // ROUNDED_TO)


class _Table:
    """Counts with a total row and column; which of them are suppressed."""

    def __init__(self, counts: list[list[int]], columns: int) -> None:
        with_sums = [[*row, sum(row)] for row in counts]
        self.counts = [*with_sums, [sum(row[j] for row in with_sums) for j in range(columns + 1)]]
        self._last = (len(counts), columns)
        self.suppressed = {cell for cell in self._cells() if self._count(cell) < SMALLEST}

    def protect(self) -> None:
        """Suppresses more until every suppressed cell is protected."""
        waiting, protected = sorted(self.suppressed), set[Cell]()
        for cell in waiting:
            if cell not in protected:
                cycle = self._cheapest_cycle(cell)
                self.suppressed |= cycle
                protected |= cycle  # the shift that protects the cell moves all of them

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
