"""Official files of units, taken over or refused."""

from datetime import date
from pathlib import Path

import pytest

from appservice.domain.errors import InvalidInput
from appservice.store.database import Database
from appservice.store.units import SqlUnitDirectory
from appservice.units_command import import_units
from tests.fakes.world import START

HEADER = "service;telephone;code_commune_insee;voie;code_postal;commune;geocodage_x_GPS;geocodage_y_GPS\n"
TODAY = START.date()


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'units.db'}"


def stations(tmp_path: Path, count: int) -> Path:
    file = tmp_path / "export-pn.csv"
    file.write_text(
        HEADER + "".join(f"Commissariat {n};0130000000;78621;{n} rue;78190;Trappes;2.0;48.7\n" for n in range(count))
    )
    return file


async def editions(database_url: str) -> list[tuple[date, int]]:
    database = Database(database_url)
    await database.start()
    try:
        return [(each.published, each.units) for each in await SqlUnitDirectory(database).editions()]
    finally:
        await database.stop()


async def test_a_file_from_the_future_is_refused(database: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="still to come"):
        await import_units(database, "police", stations(tmp_path, 2), date(TODAY.year + 1, 1, 1), START, force=True)


@pytest.mark.parametrize(
    ("published", "count", "said"), [(date(2025, 1, 1), 20, "is of 2025-01-01"), (TODAY, 1, "has 1 units")]
)
async def test_what_is_older_or_far_smaller_is_taken_by_force_only(
    database: str, tmp_path: Path, published: date, count: int, said: str
) -> None:
    before = date(2025, 6, 1)
    await import_units(database, "police", stations(tmp_path, 20), before, START)
    with pytest.raises(InvalidInput, match=said):
        await import_units(database, "police", stations(tmp_path, count), published, START)
    assert await editions(database) == [(before, 20)]
    await import_units(database, "police", stations(tmp_path, count), published, START, force=True)
    assert await editions(database) == [(published, count)]
    await import_units(database, "police", stations(tmp_path, count), TODAY, START)
