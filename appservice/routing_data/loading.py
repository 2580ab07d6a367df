"""The carried table of communes, departments and regions → a `Territory`."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from appservice.domain.territory import Commune, Department, Region, Territory

HERE = Path(__file__).parent
COMMUNES, DEPARTMENTS, REGIONS, SOURCE = "communes.csv", "departments.csv", "regions.csv", "source.json"


def load_territory(directory: Path = HERE) -> Territory:
    """Reads the files that `appservice.routing_data.build` writes. About 0.1 s: call it once, at the start."""
    departments = {
        code: Department(code, name, region) for code, name, region in _rows(directory / DEPARTMENTS)
    }  # fmt: skip
    return Territory(
        (Region(code, name) for code, name in _rows(directory / REGIONS)),
        departments.values(),
        _communes(directory / COMMUNES, departments),
        _vintage(directory / SOURCE),
    )


def department_of_commune(insee: str) -> str:
    """The first two characters of INSEE's code of a commune, three overseas; `build` checks it for each of them."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def _communes(path: Path, departments: dict[str, Department]) -> Iterator[Commune]:
    shared: dict[str, str] = {}
    for insee, name, city, population, postal_codes, intercommunality in _rows(path):
        # The department's own strings, so that 35,000 communes share a hundred of them; the same for their groups.
        department = departments[department_of_commune(insee)]
        yield Commune(
            insee,
            name,
            department.code,
            department.region,
            city or None,
            int(population),
            tuple(postal_codes.split()),
            shared.setdefault(intercommunality, intercommunality) or None,
        )


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows


def _vintage(path: Path) -> str:
    source = json.loads(path.read_text(encoding="utf-8"))
    return f"{source['package']} {source['version']}, with {source['additions']} additions"
