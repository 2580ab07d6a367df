"""CEDEX codes with where they lie: of the reference list if it stands beside the project, else made by the rule.

The list (of 2016, Licence Ouverte) is not carried: nothing but these tests would need it.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from appservice.domain.territory import Territory

_LIST = next(Path(__file__).parents[3].glob("*/data/cedex_2016.csv"), None)


@dataclass(frozen=True, slots=True)
class Cedex:
    code: str
    department: str
    region: str


def cedex_codes(territory: Territory) -> list[Cedex]:
    if _LIST is not None:
        with _LIST.open(encoding="utf-8", newline="") as file:
            return [
                Cedex(row["code_cedex"], row["code_departement"], row["code_region"]) for row in csv.DictReader(file)
            ]
    return [
        Cedex(code, department.code, department.region)
        for department in territory.departments.values()
        if len(department.code) == 2 and department.code.isdigit()
        for number in range(900, 1000)
        if (code := f"{department.code}{number}") not in territory.postal_codes
    ]
