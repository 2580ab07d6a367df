"""No suppressed count can be told from the published ones: shown with an attacker who knows how the table is made."""

from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from appservice.domain.disclosure import (
    MARGIN,
    ROUNDED_TO,
    SMALLEST,
    STAND_IN,
    TOTAL,
    Blur,
    Publication,
    blurring,
    publish,
)

Counts = dict[tuple[int, int], int]


@st.composite
def tables(draw: st.DrawFn) -> tuple[Counts, int, int]:
    height, width = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    count = st.one_of(st.integers(0, 14), st.integers(0, 400))
    return {(i, j): draw(count) for i in range(height) for j in range(width)}, height, width


def sharp(row: object, column: object) -> int:
    return 0


def published(counts: Counts, height: int, width: int, blur: Blur = sharp) -> Publication[int, int]:
    return publish(counts, tuple(range(height)), tuple(range(width)), blur)


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
def test_nobody_can_subtract_a_suppressed_count_to_within_the_margin(table: tuple[Counts, int, int]) -> None:
    """Each small count being what stands for it while cells are chosen: the choice is to know no other."""
    counts = {cell: count if count >= SMALLEST else STAND_IN for cell, count in table[0].items()}
    publication = published(counts, *table[1:])
    attacker = Attacker(publication, counts)
    for cell, shown in publication.counts.items():
        if shown is None:
            assert attacker.width(cell) >= MARGIN - 1e-6, cell


@st.composite
def tables_of_which_one_count_is_unknown(draw: st.DrawFn) -> tuple[Counts, int, int, tuple[int, int]]:
    counts, height, width = draw(tables())
    unknown = draw(st.sampled_from(sorted(counts)))
    return counts | {unknown: draw(st.integers(0, SMALLEST - 1))}, height, width, unknown


@given(tables_of_which_one_count_is_unknown(), st.lists(st.integers(-30, 30), min_size=11, max_size=11))
@example(({(0, 0): 0, (0, 1): 1, (1, 0): 0, (1, 1): 10}, 2, 2, (0, 0)), [0] * 11)
@example(({(0, 0): 0, (0, 1): 1, (1, 0): 0, (1, 1): 10}, 2, 2, (1, 1)), [0] * 11)
@example(({(0, 0): 0, (0, 1): 0, (0, 2): 11}, 1, 3, (0, 0)), [0] * 11)
@example(({(0, 0): 12, (0, 1): 10, (0, 2): 11}, 1, 3, (0, 1)), [0] * 11)
@settings(deadline=None)
def test_who_knows_the_rule_and_all_other_counts_can_exclude_no_value_of_a_suppressed_one(
    table: tuple[Counts, int, int, tuple[int, int]], numbers: list[int]
) -> None:
    """For each value there are numbers to blur the totals by that make the same publication."""
    counts, height, width, unknown = table
    totals = [(TOTAL, TOTAL), *((i, TOTAL) for i in range(height)), *((TOTAL, j) for j in range(width))]
    drawn = dict(zip(totals, numbers, strict=False))
    seen = published(counts, height, width, lambda row, column: drawn[row, column])
    assert seen.counts[unknown] is None
    for value in range(SMALLEST):
        off = counts[unknown] - value
        others = drawn | {total: drawn[total] + off for total in totals if _adds_up(total, unknown)}
        same = published(counts | {unknown: value}, height, width, lambda row, column: others[row, column])  # noqa: B023
        assert same == seen


def _adds_up(total: tuple[object, object], cell: tuple[int, int]) -> bool:
    return all(of is TOTAL or of == place for of, place in zip(total, cell, strict=True))


def test_sharp_totals_would_give_a_suppressed_count_away_to_who_knows_the_rule() -> None:
    """Were they not blurred, an attacker who tries every table would find out: the test above can fail."""
    seen = published({(0, 0): 0, (0, 1): 0, (0, 2): 11}, 1, 3)
    possible = [
        table
        for table in product(range(SMALLEST), range(SMALLEST), range(SMALLEST, 16))
        if published({(0, j): count for j, count in enumerate(table)}, 1, 3) == seen
    ]
    assert {first for first, _, _ in possible} == {0, 1}


def test_the_blur_is_small_and_of_any_size_and_the_same_again() -> None:
    numbers = [blurring(bytes([key % 256, key // 256]), "a table")(TOTAL, "W45") for key in range(20_000)]
    assert abs(sum(numbers) / len(numbers)) < 0.25
    assert sum(abs(number) <= 5 for number in numbers) / len(numbers) == pytest.approx(0.70, abs=0.04)
    assert sum(abs(number) > 25 for number in numbers) / len(numbers) < 0.01
    assert set(range(-SMALLEST, SMALLEST + 1)) <= set(numbers)
    one, other = blurring(b"key", "a table"), blurring(b"key", "another")
    places = [(row, column) for row in range(20) for column in range(20)]
    assert [one(*place) for place in places] == [blurring(b"key", "a table")(*place) for place in places]
    assert [one(*place) for place in places] != [other(*place) for place in places]


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


def test_large_counts_are_all_published_and_their_totals_not_blurred() -> None:
    counts = {(i, j): 20 + 7 * i + j for i in range(4) for j in range(4)}
    publication = published(counts, 4, 4, lambda row, column: 1000)
    assert publication.suppressed == 0
    assert publication.counts[TOTAL, TOTAL] == 510


def test_only_totals_of_small_counts_are_blurred() -> None:
    counts = {(i, j): 100 for i in range(3) for j in range(3)} | {(0, 0): 3}
    publication = published(counts, 3, 3, lambda row, column: 50)
    assert publication.counts[2, TOTAL] == publication.counts[TOTAL, 2] == 300
    assert publication.counts[TOTAL, TOTAL] == 855


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
