"""The ministry's file of territorial competence of the national police and gendarmerie → the force of each commune.

"Compétence territoriale gendarmerie et police nationales", Ministère de l'Intérieur, on data.gouv.fr: one commune a
line, columns separated by `;`, every value in quotes, `PN` or `GN` in `institution`. It is refreshed daily and not
carried here: an operator imports it. Of its oddities, each is met: `id_service` empty or `0` where there is none,
blanks around a service's name, several postal codes joined by `-`, a byte order mark, either end of line.
"""

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from appservice.domain.desk import Force
from appservice.domain.errors import ConfigurationError
from appservice.domain.territory import Territory

_INSTITUTIONS = {"PN": Force.POLICE, "GN": Force.GENDARMERIE}
_REFUSED_AT_MOST = 0.1
_LOST_AT_MOST = 0.1
_REFUSALS_SHOWN = 10
_COLUMNS = ("code_commune", "institution", "id_service", "service", "codes_postaux")


@dataclass(frozen=True, slots=True)
class CompetentService:
    """A line: the unit that serves a commune. `unit_id` is the gendarmerie's public number of it; police have none."""

    insee: str
    force: Force
    service: str
    unit_id: str | None
    postal_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompetenceFile:
    """`refused` says in sentences, with its number, which lines count for nothing: those communes stay unknown."""

    services: Mapping[str, CompetentService]
    refused: tuple[str, ...]

    @property
    def forces(self) -> dict[str, Force]:
        """By INSEE code: what `Competence` takes."""
        return {insee: service.force for insee, service in self.services.items()}

    def summary(self, territory: Territory) -> list[str]:
        """What was not taken, and what the table does not have or has alone: lines for the operator."""
        lines = [f"{len(self.refused)} lines were not taken{':' if self.refused else '.'}"]
        lines += [f"  {line}" for line in self.refused[:_REFUSALS_SHOWN]]
        if len(self.refused) > _REFUSALS_SHOWN:
            lines.append(f"  … and {len(self.refused) - _REFUSALS_SHOWN} more")
        return [*lines, *self.against(territory)]

    def against(self, territory: Territory) -> tuple[str, ...]:
        """Where file and table differ, in sentences: their vintages do, and nobody should learn it from a victim."""
        known = territory.communes
        strangers = sorted(insee for insee in self.services if insee not in known)
        # A city stands for its arrondissements, and they for it.
        missing = sorted(
            commune.insee
            for commune in known.values()
            if commune.postal_codes and commune.insee not in self.services and commune.city not in self.services
        )
        codes = {code for service in self.services.values() for code in service.postal_codes}
        new_codes = sorted(codes - set(territory.postal_codes))
        return tuple(
            f"{len(found)} {what}: {', '.join(found[:10])}{' …' if len(found) > 10 else ''}."
            for found, what in (
                (strangers, "communes of the file are not in the table"),
                (missing, "communes of the table are not in the file, and have their region's default"),
                (new_codes, "postal codes of the file are not in the table"),
            )
            if found
        )


def read_competence(path: Path) -> CompetenceFile:
    """Raises `ConfigurationError` if the file cannot be read, is another file, or has not one line that counts."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, delimiter=";")
            missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
            if missing:
                raise ConfigurationError(
                    f"{path}: not the file of territorial competence; it has no column {', '.join(missing)}."
                )
            read = _parse(_numbered(rows))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error):
        raise ConfigurationError(f"{path}: not a text in UTF-8 with columns separated by semicolons.") from None
    if not read.services:
        raise ConfigurationError(f"{path}: no commune in it has a force.")
    return read


def examine_competence(source: Path, target: Path, *, force: bool = False) -> CompetenceFile:
    """Reads a file that is to take `target`'s place. Raises `ConfigurationError` as `read_competence` does, and unless
    `force` if it seems to be only a part of itself: many lines that cannot be taken, or far fewer communes than before.
    """
    read = read_competence(source)
    services, refused = len(read.services), len(read.refused)
    if not force and refused > _REFUSED_AT_MOST * (services + refused):
        raise ConfigurationError(
            f"{source}: {refused} lines of {services + refused} cannot be taken; nothing was changed. "
            f"{read.refused[0]} If the file is right, take it with --force."
        )
    before = _communes_in(target)
    if not force and services < (1 - _LOST_AT_MOST) * before:
        raise ConfigurationError(
            f"{source} names {services} communes, and the file in use {before}: it seems to be only a part of itself; "
            "nothing was changed. If it is right, take it with --force."
        )
    return read


def _communes_in(target: Path) -> int:
    try:
        return len(read_competence(target).services)
    except ConfigurationError:
        return 0  # there is none, or none that could be lost


def keep_competence(source: Path, target: Path) -> None:
    """Puts a copy of `source`, byte for byte, in `target`'s place, in one step.

    Raises `ConfigurationError`, and leaves `target` as it was.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        beside.write_bytes(source.read_bytes())
        beside.replace(target)
    except OSError as error:
        raise ConfigurationError(f"{target}: {error.strerror}.") from None


def _numbered(rows: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str]]]:
    for row in rows:
        yield rows.line_num, {column: (row[column] or "").strip() for column in _COLUMNS}


def _parse(lines: Iterator[tuple[int, dict[str, str]]]) -> CompetenceFile:
    services: dict[str, CompetentService] = {}
    refused: list[str] = []
    disputed: set[str] = set()
    for number, row in lines:
        insee, force = row["code_commune"].upper(), _INSTITUTIONS.get(row["institution"].upper())
        if len(insee) != 5 or not insee.isascii() or not insee.isalnum():
            refused.append(f"Line {number}: {insee!r} is no commune's code.")
        elif force is None:
            refused.append(f"Line {number}, commune {insee}: institution {row['institution']!r} is neither PN nor GN.")
        elif insee in services and services[insee].force != force:
            refused.append(f"Line {number}, commune {insee}: both forces claim it; neither is taken.")
            disputed.add(insee)
        elif insee not in services:
            services[insee] = _service(insee, force, row)
    return CompetenceFile({insee: each for insee, each in services.items() if insee not in disputed}, tuple(refused))


def _service(insee: str, force: Force, row: Mapping[str, str]) -> CompetentService:
    unit_id = row["id_service"] if row["id_service"].strip("0") else None
    postal_codes = tuple(code for code in row["codes_postaux"].split("-") if code)
    return CompetentService(insee, force, row["service"], unit_id, postal_codes)
