"""What a directory of units must do: the same asked of the fake, of SQLite and of PostgreSQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from appservice.directory_port import Edition, UnitDirectory
from appservice.domain.errors import InvalidInput
from appservice.domain.opening_hours import OpeningHours, Span
from appservice.domain.positions import BoundingBox, Position
from appservice.domain.units import Source, Unit, UnitId, UnitKind
from appservice.store.database import Database
from appservice.store.units import SqlUnitDirectory
from tests.fakes.world import START
from tests.unit.units import OFFICE_HOURS, a_unit

EVERY_KIND = frozenset(UnitKind)
BRITTANY = BoundingBox(47.2, -5.2, 49.0, -1.0)


def an_edition(units: Sequence[Unit], source: Source = Source.GENDARMERIE) -> Edition:
    return Edition(source, "export-gn2.csv", date(2026, 10, 1), START, len(units))


async def put(directory: UnitDirectory, *units: Unit, source: Source = Source.GENDARMERIE) -> None:
    await directory.replace(an_edition(units, source), units)


@pytest.mark.parametrize(
    "hours",
    [
        None,
        OFFICE_HOURS,
        OpeningHours.always(),
        OpeningHours(((),) * 7, ()),
        OpeningHours(((Span(1320, 1800),),) * 7, (Span(0, 1),)),
    ],
)
@pytest.mark.parametrize(("phone", "position"), [(None, None), ("+33299000000", Position(48.117266, -1.6777926))])
async def test_a_unit_comes_back_as_it_was(
    directory: UnitDirectory, hours: OpeningHours | None, phone: str | None, position: Position | None
) -> None:
    unit = a_unit(hours=hours, phone=phone, position=position, name="Brigade d'Étel « œ »")
    await put(directory, unit)
    assert await directory.by_id(unit.unit_id) == unit
    assert await directory.in_communes([unit.commune], EVERY_KIND) == [unit]
    assert await directory.by_id(UnitId("gendarmerie:none")) is None


async def test_a_source_is_replaced_as_a_whole_and_others_are_left(directory: UnitDirectory) -> None:
    station = a_unit("1", source=Source.POLICE, kind=UnitKind.POLICE)
    await put(directory, station, source=Source.POLICE)
    await put(directory, a_unit("1"), a_unit("2"))
    changed, new = a_unit("2", name="Brigade de Bourgneuf"), a_unit("3")
    await put(directory, changed, new)
    assert await directory.in_communes(["35238"], EVERY_KIND) == [changed, new, station]
    assert [(edition.source, edition.units) for edition in await directory.editions()] == [
        (Source.GENDARMERIE, 2),
        (Source.POLICE, 1),
    ]


async def test_an_edition_comes_back_as_it_was(directory: UnitDirectory) -> None:
    assert await directory.editions() == []
    await put(directory, a_unit())
    assert await directory.editions() == [an_edition([a_unit()])]


@pytest.mark.parametrize("fault", ["a unit of another source", "an id given twice", "a wrong count"])
async def test_what_is_refused_changes_nothing(directory: UnitDirectory, fault: str) -> None:
    await put(directory, a_unit("1"))
    units = [
        a_unit("2"),
        a_unit("3", source=Source.POLICE) if "source" in fault else a_unit("2" if "id" in fault else "3"),
    ]
    edition = an_edition(units if "count" not in fault else units[:1])
    with pytest.raises(InvalidInput):
        await directory.replace(edition, units)
    assert await directory.in_communes(["35238"], EVERY_KIND) == [a_unit("1")]
    assert await directory.editions() == [an_edition([a_unit("1")])]


async def test_units_are_found_by_commune_and_kind(directory: UnitDirectory) -> None:
    here, there = a_unit("1"), a_unit("2", commune="75111")
    legal = a_unit("3", source=Source.LOCAL_DIRECTORY, kind=UnitKind.LEGAL_ADVICE)
    await put(directory, here, there)
    await put(directory, legal, source=Source.LOCAL_DIRECTORY)
    assert await directory.in_communes(["35238"], [UnitKind.GENDARMERIE]) == [here]
    assert await directory.in_communes(["75056", "75111"], EVERY_KIND) == [there]
    assert await directory.in_communes(["35238", "75111"], EVERY_KIND) == [legal, here, there]
    assert await directory.in_communes([], EVERY_KIND) == await directory.in_communes(["35238"], []) == []


async def test_units_are_found_in_a_box_edges_included(directory: UnitDirectory) -> None:
    inside, edge = a_unit("1", position=Position(48.1, -1.7)), a_unit("2", position=Position(49.0, -1.0))
    outside, nowhere = a_unit("3", position=Position(48.1, -0.99)), a_unit("4", position=None)
    await put(directory, edge, inside, outside, nowhere)
    assert await directory.within(BRITTANY, EVERY_KIND) == [inside, edge]
    assert await directory.within(BRITTANY, [UnitKind.POLICE]) == await directory.within(BRITTANY, []) == []


async def test_some_thousands_of_units_are_replaced_at_once(directory: UnitDirectory) -> None:
    units = [a_unit(f"{number:04}", position=Position(46 + number / 1000, 2)) for number in range(1701)]
    for _ in range(2):
        await put(directory, *units)
    assert await directory.within(BoundingBox(46, 2, 46.0995, 2), EVERY_KIND) == units[:100]


async def test_a_replacement_that_fails_half_way_leaves_what_was(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'veilleuse.db'}")
    await database.start()
    directory = SqlUnitDirectory(database)
    await put(directory, a_unit("1"))
    units = [a_unit(f"{number}") for number in range(100)]
    broken = replace(units[-1])
    object.__setattr__(broken, "name", None)  # what the table refuses, in the last of several statements
    with pytest.raises(Exception, match="NOT NULL"):
        await put(directory, *units[:-1], broken)
    assert await directory.in_communes(["35238"], EVERY_KIND) == [a_unit("1")]
    await database.stop()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT name FROM unit WHERE commune IN ('35238') AND kind IN ('police')", "unit_commune"),
        (
            "SELECT name FROM unit WHERE latitude BETWEEN 47 AND 49 AND longitude BETWEEN -2 AND -1 AND kind = 'a'",
            "unit_position",
        ),
    ],
)
async def test_no_search_reads_the_whole_table(tmp_path: Path, query: str, index: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'veilleuse.db'}")
    await database.start()
    plan = [row["detail"] for row in await database.rows(f"EXPLAIN QUERY PLAN {query}")]
    assert plan
    assert all(step.startswith(f"SEARCH unit USING INDEX {index}") for step in plan)
    await database.stop()
