"""Rebuilds the carried table from the npm package @etalab/decoupage-administratif, unpacked in a directory.

    npm pack @etalab/decoupage-administratif && tar xzf etalab-decoupage-administratif-*.tgz
    python -m appservice.routing_data.build package

The same package gives the same bytes. What La Poste's list does not have comes from `additions.csv`, a row at a time
with its source. Nothing is written if a check fails.
"""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from appservice.domain.errors import ConfigurationError, VeilleuseError
from appservice.routing_data.loading import (
    COMMUNES,
    DEPARTMENTS,
    HERE,
    REGIONS,
    SOURCE,
    department_of_commune,
)

ADDITIONS = HERE / "additions.csv"
# Former communes that live on as parts of others are left out: no postal code and no competence names them.
_KINDS = ("commune-actuelle", "arrondissement-municipal")


class _Package(BaseModel):
    name: str
    version: str


class _Region(BaseModel):
    code: str
    nom: str


class _Department(BaseModel):
    code: str
    nom: str
    region: str


class _Commune(BaseModel):
    code: str
    nom: str
    type: str
    departement: str = ""
    region: str = ""
    commune: str = ""
    population: int = 0
    postal_codes: list[str] = Field(default_factory=list, alias="codesPostaux")


class _Member(BaseModel):
    code: str


class _Intercommunality(BaseModel):
    siren: str = Field(alias="code", pattern=r"^[0-9]{9}$")
    members: list[_Member] = Field(alias="membres")


def build(package: Path, target: Path = HERE, additions: Path = ADDITIONS) -> str:
    """Writes the four files into `target`; returns what was counted, for people. Raises `ConfigurationError`."""
    about = _read(package / "package.json", TypeAdapter(_Package))
    regions = _read(package / "data" / "regions.json", TypeAdapter(list[_Region]))
    departments = _read(package / "data" / "departements.json", TypeAdapter(list[_Department]))
    published = _read(package / "data" / "communes.json", TypeAdapter(list[_Commune]))
    communes = {commune.code: commune for commune in published if commune.type in _KINDS}
    for city in {commune.commune for commune in communes.values() if commune.commune}:
        communes[city].postal_codes = []
    # The greater Paris is one EPCI of 131 communes; its twelve territories (EPT) say better what lies together.
    groups = [
        group
        for name in ("epci.json", "ept.json")
        for group in _read(package / "data" / name, TypeAdapter(list[_Intercommunality]))
    ]
    group_of = {member.code: group.siren for group in groups for member in group.members}
    added = _add(communes, additions)
    _check(regions, departments, communes)

    written = {
        REGIONS: _csv(("code", "name"), ((each.code, each.nom) for each in regions)),
        DEPARTMENTS: _csv(("code", "name", "region"), ((each.code, each.nom, each.region) for each in departments)),
        COMMUNES: _csv(
            ("insee", "name", "city", "population", "postal_codes", "intercommunality"),
            (
                (
                    each.code,
                    each.nom,
                    each.commune,
                    str(each.population),
                    " ".join(sorted(set(each.postal_codes))),
                    group_of.get(each.commune or each.code, ""),
                )
                for each in communes.values()
            ),
        ),
        SOURCE: json.dumps({"package": about.name, "version": about.version, "additions": added}, indent=2) + "\n",
    }
    for name, text in written.items():
        (target / name).write_text(text, encoding="utf-8", newline="")
    codes = {code for commune in communes.values() for code in commune.postal_codes}
    return (
        f"{about.name} {about.version}: {len(regions)} regions, {len(departments)} departments, "
        f"{len(communes)} communes and arrondissements, {len(codes)} postal codes ({added} rows added)."
    )


def _add(communes: dict[str, _Commune], additions: Path) -> int:
    """Puts the rows of `additions` in; returns how many were news to the package."""
    news = 0
    with additions.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            insee, code = row["insee"], row["postal_code"]
            if insee not in communes:
                raise ConfigurationError(f"{additions.name}: commune {insee} is not in the package any more.")
            if code not in communes[insee].postal_codes:
                communes[insee].postal_codes.append(code)
                news += 1
    return news


def _check(regions: Sequence[_Region], departments: Sequence[_Department], communes: dict[str, _Commune]) -> None:
    """Raises `ConfigurationError` if the package is not what the loader takes for granted."""
    region_of = {department.code: department.region for department in departments}
    faults = [f"department {code}: no region {region}" for code, region in region_of.items()
              if region not in {each.code for each in regions}]  # fmt: skip
    for commune in communes.values():
        department = department_of_commune(commune.code)
        if commune.departement != department or region_of.get(department) != commune.region:
            faults.append(f"commune {commune.code}: department {commune.departement}, region {commune.region}")
        if any(len(code) != 5 or not code.isdecimal() for code in commune.postal_codes):
            faults.append(f"commune {commune.code}: a postal code that has not five digits")
        if commune.commune and commune.commune not in communes:
            faults.append(f"commune {commune.code}: no city {commune.commune}")
    if faults:
        raise ConfigurationError("The package does not fit together:\n" + "\n".join(faults))


def _csv(header: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(sorted(rows))
    return text.getvalue()


Parsed = TypeVar("Parsed")


def _read(path: Path, form: TypeAdapter[Parsed]) -> Parsed:
    try:
        return form.validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}. Give the directory that the package unpacked.") from None
    except ValidationError as error:
        raise ConfigurationError(f"{path}: not what the package used to hold: {error.errors()[0]['msg']}.") from None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m appservice.routing_data.build PACKAGE_DIRECTORY")
    try:
        print(build(Path(sys.argv[1])))
    except VeilleuseError as error:
        sys.exit(str(error))
