"""No suppressed count can be told from the published ones: shown with an attacker who knows how the table is made."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from appservice.domain.disclosure import MARGIN, ROUNDED_TO, SMALLEST, TOTAL, Publication, publish

Counts = dict[tuple[int, int], int]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Counts, int, int]:
    height, width = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    count = st.one_of(st.integers(0, 14), st.integers(0, 400))
    return {(i, j): draw(count) for i in range(height) for j in range(width)}, height, width


def published(counts: Counts, height: int, width: int) -> Publication[int, int]:
    return publish(counts, tuple(range(height)), tuple(range(width)))


def exact(counts: Counts, row: object, column: object) -> int:
    return sum(
        count for (i, j), count in counts.items() if (row is TOTAL or i == row) and (column is TOTAL or j == column)
    )


class Attacker:
    """Knows every published count exactly, not only rounded, that none is negative, and that totals add up.

    What it can find out of any other count are the ends of an interval, by linear programming.
    """

    def __init__(self, table: Publication[int, int], counts: Counts) -> None:
        self._place = {cell: number for number, cell in enumerate(table.counts)}
        size = len(self._place)
        lines = []
        for row in table.rows:
            lines.append({**{(row, j): 1 for j in table.columns if j is not TOTAL}, (row, TOTAL): -1})
        for column in table.columns:
            lines.append({**{(i, column): 1 for i in table.rows if i is not TOTAL}, (TOTAL, column): -1})
        self._sums = np.zeros((len(lines), size))
        for number, line in enumerate(lines):
            for cell, sign in line.items():
                self._sums[number, self._place[cell]] = sign
        self._bounds = [
            (0, None) if shown is None else (exact(counts, *cell),) * 2 for cell, shown in table.counts.items()
        ]

    def width(self, cell: tuple[object, object]) -> float:
        """Of the interval in which the count must be; infinite where there is no upper end."""
        ends = []
        for sign in (1, -1):
            objective = np.zeros(len(self._place))
            objective[self._place[cell]] = sign  # type: ignore[index]
            found = linprog(objective, A_eq=self._sums, b_eq=np.zeros(len(self._sums)), bounds=self._bounds)
            if found.status == 3:  # unbounded
                return float("inf")
            assert found.status == 0, found.message
            ends.append(sign * found.fun)
        return float(ends[1] - ends[0])


@given(tables())
@example(({(0, 0): 3, (0, 1): 30, (1, 0): 40, (1, 1): 50}, 2, 2))
@example(({(i, j): 13 if j else 0 for i in range(2) for j in range(5)}, 2, 5))
@example(({(0, 0): 0}, 1, 1))
@example(({(i, j): 0 for i in range(3) for j in range(3)}, 3, 3))
@settings(max_examples=120, deadline=None)
def test_nobody_can_tell_a_suppressed_count_to_within_the_margin(table: tuple[Counts, int, int]) -> None:
    publication = published(*table)
    attacker = Attacker(publication, table[0])
    for cell, shown in publication.counts.items():
        if shown is None:
            assert attacker.width(cell) >= MARGIN - 1e-6, cell


@given(tables())
def test_small_counts_are_suppressed_and_the_others_rounded(table: tuple[Counts, int, int]) -> None:
    for (row, column), shown in published(*table).counts.items():
        count = exact(table[0], row, column)
        if count < SMALLEST:
            assert shown is None
        if shown is not None:
            assert shown % ROUNDED_TO == 0
            assert abs(shown - count) <= ROUNDED_TO // 2


def test_the_attacker_finds_a_lone_suppressed_count() -> None:
    """Were the totals published beside a lone gap, the attacker would fill it: the test above can fail."""
    counts = {(0, 0): 3, (0, 1): 30, (1, 0): 40, (1, 1): 50}
    naive = Publication(
        (0, 1, TOTAL),
        (0, 1, TOTAL),
        {(i, j): None if (i, j) == (0, 0) else exact(counts, i, j) for i in (0, 1, TOTAL) for j in (0, 1, TOTAL)},
    )
    assert Attacker(naive, counts).width((0, 0)) == pytest.approx(0)


def test_large_counts_are_all_published() -> None:
    counts = {(i, j): 20 + 7 * i + j for i in range(4) for j in range(4)}
    assert published(counts, 4, 4).suppressed == 0


def test_one_small_count_costs_as_few_others_as_it_must() -> None:
    counts = {(i, j): 100 for i in range(4) for j in range(4)} | {(0, 0): 3}
    publication = published(counts, 4, 4)
    assert publication.suppressed == 4
    assert publication.counts[TOTAL, TOTAL] == 1505


def test_a_large_table_of_small_counts_is_done() -> None:
    """A hundred departments by a quarter's weeks."""
    counts = {(i, j): (i * 7 + j * 3) % 23 for i in range(100) for j in range(13)}
    publication = published(counts, 100, 13)
    assert publication.counts[TOTAL, TOTAL] is not None


def test_a_table_without_rows_has_nothing_to_tell() -> None:
    assert published({}, 0, 3).suppressed == 4
