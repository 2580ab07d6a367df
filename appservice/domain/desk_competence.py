"""Which desk is competent where: what the configuration claims, settled, with every hole and overlap it leaves.

The more precise claim wins: a commune before a department, a department before a region, a region before everywhere.
Among claims of one precision, the desk of the competent force wins, and a desk without force takes what is left.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from appservice.domain.competence import FORCES, Competence
from appservice.domain.desk import Force
from appservice.domain.errors import ConfigurationError
from appservice.domain.ids import DeskId
from appservice.domain.territory import Commune, Department, Territory

_NAMED_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class DeskCompetence:
    """What one desk claims, in INSEE's codes. A desk that claims nothing can still be the last resort.

    `force` is whose desk it is. `forces` are those whose communes it serves: by default its own, and without any force
    whatever no other desk takes. `overflow`, if given, replaces the chain that `DeskRouting` would make.
    """

    desk_id: DeskId
    force: Force = Force.NONE
    regions: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    communes: frozenset[str] = frozenset()
    everywhere: bool = False
    forces: frozenset[Force] = frozenset()
    overflow: tuple[DeskId, ...] = ()

    @property
    def serves(self) -> frozenset[Force]:
        """Empty: this desk does not ask for the force."""
        return (self.forces or frozenset({self.force})) - {Force.NONE}


@dataclass(frozen=True, slots=True)
class Settled:
    """The desks left competent: one, as it should be; none is a hole; several cannot decide between them.

    `by_force`: it took the force to decide, or would have.
    """

    desks: tuple[DeskId, ...]
    by_force: bool


class Fault(StrEnum):
    HOLE = "hole"
    OVERLAP = "overlap"
    UNDECIDED = "undecided"
    """The desks differ by force alone, and the force is neither known nor assumed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault in one department. `communes` is empty where only codes without a commune (CEDEX) are concerned."""

    fault: Fault
    force: Force
    desks: tuple[DeskId, ...]
    department: Department
    communes: tuple[Commune, ...]
    whole_department: bool

    def __str__(self) -> str:
        desks = " and ".join(repr(str(desk)) for desk in self.desks)
        of_force = "" if self.force is Force.NONE else f" of the {self.force}"
        for_force = "" if self.force is Force.NONE else f" for the {self.force}"
        match self.fault:
            case Fault.HOLE:
                return f"No desk{of_force} serves {self._where()}. Name it at a desk, or let one serve everywhere."
            case Fault.OVERLAP:
                return f"Desks {desks} both serve {self._where()}{for_force}. Leave it to one of them."
        return (
            f"Desks {desks} share {self._where()} by force, and the competent force is not known there. "
            f"Give region {self.department.region} a default force."
        )

    def _where(self) -> str:
        department = f"department {self.department.code} ({self.department.name})"
        if self.whole_department:
            return department
        if not self.communes:
            return f"the codes of {department} that have no commune (CEDEX)"
        names = [f"{commune.insee} {commune.name}" for commune in self.communes[:_NAMED_AT_MOST]]
        more = len(self.communes) - len(names)
        return ", ".join(names) + (f" and {more} more communes" if more else "") + f", in {department}"


class Claims:
    """The desks' claims, by precision. Raises `ConfigurationError` if a desk names what does not exist."""

    def __init__(self, territory: Territory, desks: Sequence[DeskCompetence]) -> None:
        self._by_commune: dict[str, list[DeskCompetence]] = {}
        self._by_department: dict[str, list[DeskCompetence]] = {}
        self._by_region: dict[str, list[DeskCompetence]] = {}
        self._everywhere = [desk for desk in desks if desk.everywhere]
        self._settled: dict[tuple[str | None, str, Force], Settled] = {}
        if unknown := unknown_names(territory, desks):
            raise ConfigurationError("\n".join(unknown))
        for desk in desks:
            for region in desk.regions:
                self._by_region.setdefault(region, []).append(desk)
            for department in desk.departments:
                self._by_department.setdefault(department, []).append(desk)
            arrondissements = (each.insee for city in desk.communes for each in territory.arrondissements_of(city))
            for insee in desk.communes.union(arrondissements):
                self._by_commune.setdefault(insee, []).append(desk)

    def name(self, commune: Commune) -> bool:
        """Whether a desk claims this very commune, or the city that it is a part of."""
        return commune.insee in self._by_commune

    def of_commune(self, commune: Commune, force: Force) -> Settled:
        """`Force.NONE` where the force is neither known nor assumed."""
        insee = commune.insee if commune.insee in self._by_commune else None
        return self._settle(insee, commune.department, commune.region, force)

    def of_department(self, department: Department, force: Force) -> Settled:
        """For a code of which the department alone is known."""
        return self._settle(None, department.code, department.region, force)

    def _settle(self, insee: str | None, department: str, region: str, force: Force) -> Settled:
        key = (insee, department, force)
        settled = self._settled.get(key)
        if settled is None:
            levels = (
                self._by_commune.get(insee, []) if insee else [],
                self._by_department.get(department, []),
                self._by_region.get(region, []),
                self._everywhere,
            )
            settled = self._settled[key] = _settle(levels, force)
        return settled


def findings(territory: Territory, competence: Competence, desks: Sequence[DeskCompetence]) -> tuple[Finding, ...]:
    """Every hole and overlap, by department. Overlaps are looked for with both forces: competence changes, and a
    configuration that is sound today must not be refused tomorrow because of that.

    Raises `ConfigurationError` if a desk names what does not exist.
    """
    claims = Claims(territory, desks)
    here: dict[str, list[Commune]] = {code: [] for code in territory.departments}
    for commune in territory.communes.values():
        if commune.postal_codes:
            here[commune.department].append(commune)

    found: list[Finding] = []
    for department in territory.departments.values():
        assumed = competence.default_of(department.region).force
        without_commune = _faults(partial(claims.of_department, department), assumed)
        concerned: dict[_Fault, list[Commune]] = {fault: [] for fault in without_commune}
        alike: dict[tuple[str, Force], list[Commune]] = {}
        for commune in here[department.code]:
            claimed_itself = commune.insee if claims.name(commune) else ""
            alike.setdefault((claimed_itself, competence.force_of(commune).force), []).append(commune)
        for (_, force), communes in alike.items():
            for fault in _faults(partial(claims.of_commune, communes[0]), force):
                concerned.setdefault(fault, []).extend(communes)
        for each, communes in sorted(concerned.items()):
            whole = each in without_commune and len(communes) == len(here[department.code])
            in_order = tuple(sorted(communes, key=lambda commune: commune.insee))
            found.append(Finding(*each, department, in_order, whole))
    return tuple(found)


def idle_claims(territory: Territory, competence: Competence, desks: Sequence[DeskCompetence]) -> list[str]:
    """Claims by which a desk never gets anybody, in sentences: all of the place is others', by more precise claims or
    by force, whatever the force of a commune may become. `everywhere` is never idle: it is for what is left.
    """
    claims = Claims(territory, desks)
    answered: set[tuple[DeskId, str, str]] = set()
    for department in territory.departments.values():
        for desk in _winners(partial(claims.of_department, department), competence, department.region):
            answered |= {(desk, "department", department.code), (desk, "region", department.region)}
    for commune in filter(claims.name, territory.communes.values()):
        for desk in _winners(partial(claims.of_commune, commune), competence, commune.region):
            answered |= {(desk, "commune", place) for place in (commune.insee, commune.city) if place}
            answered |= {(desk, "department", commune.department), (desk, "region", commune.region)}
    return [
        f"Desk {str(desk.desk_id)!r} claims {kind} {code} ({named[code].name}), and never gets anybody there: others "
        "claim all of it more precisely, or by force."
        for desk in desks
        for kind, named, codes in (
            ("region", territory.regions, desk.regions),
            ("department", territory.departments, desk.departments),
            ("commune", territory.communes, desk.communes),
        )
        for code in sorted(codes)
        if (desk.desk_id, kind, code) not in answered
    ]


def _winners(settle: Callable[[Force], Settled], competence: Competence, region: str) -> set[DeskId]:
    forces = {*FORCES, competence.default_of(region).force}
    return {desk for force in forces for desk in settle(force).desks}


_Fault = tuple[Fault, Force, tuple[DeskId, ...]]


def _faults(settle: Callable[[Force], Settled], force: Force) -> list[_Fault]:
    """What is wrong in one place, given how claims on it settle, and the force that is competent or assumed there."""
    faults: list[_Fault] = []
    police, gendarmerie = (settle(either).desks for either in FORCES)
    if len(police) > 1 and police == gendarmerie:
        faults.append((Fault.OVERLAP, Force.NONE, police))
    else:
        faults.extend((Fault.OVERLAP, of, desks) for of, desks in zip(FORCES, (police, gendarmerie), strict=True)
                      if len(desks) > 1)  # fmt: skip
    left = settle(force).desks
    if not left:
        faults.append((Fault.HOLE, force, ()))
    elif len(left) > 1 and left not in (police, gendarmerie):
        faults.append((Fault.UNDECIDED, force, left))
    return faults


def _settle(levels: Iterable[Sequence[DeskCompetence]], force: Force) -> Settled:
    by_force = False
    for level in levels:
        # Passing over a desk because of its force is a decision by force as well.
        by_force = by_force or any(desk.serves for desk in level)
        of_the_force = [desk for desk in level if force in desk.serves]
        without_force = [desk for desk in level if not desk.serves]
        # Where no force is known or assumed, a desk that does not ask comes first, and a lone desk is no question.
        left = of_the_force or without_force or (level if force is Force.NONE else [])
        if left:
            return Settled(tuple(desk.desk_id for desk in left), by_force)
    return Settled((), by_force)


def unknown_names(territory: Territory, desks: Sequence[DeskCompetence]) -> list[str]:
    """What desks name and does not exist, in sentences."""
    known = (
        ("region", territory.regions.keys()),
        ("department", territory.departments.keys()),
        ("commune", territory.communes.keys()),
    )
    faults: list[str] = []
    for desk in desks:
        named = (desk.regions, desk.departments, desk.communes)
        for (kind, exist), codes in zip(known, named, strict=True):
            faults.extend(f"Desk {str(desk.desk_id)!r}: there is no {kind} {code}." for code in sorted(codes - exist))
    return faults
