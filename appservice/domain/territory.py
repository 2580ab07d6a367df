"""The territory: postal code → communes → department → region, overseas included, and what a code tells by itself.

A postal code is La Poste's, a commune INSEE's: they cross. A code may cover 46 communes, or lie in two departments; a
prefix is not always a department. So a code that the table has is answered by the table alone, and only the others
(CEDEX codes, chiefly) by the rule of `department_by_rule`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from appservice.domain.postal_code import PostalCode

# In Corsica the third digit tells. South: 200, 201, and for CEDEX 203, 205, 207. North: 202, 206, and for CEDEX 204.
_CORSICA = {"0": "2A", "1": "2A", "3": "2A", "5": "2A", "7": "2A", "2": "2B", "4": "2B", "6": "2B"}
# La Réunion has CEDEX codes in 977 and 978 too, although INSEE gives these numbers to two other territories.
_OVERSEAS_BY_PREFIX = {
    **{prefix: prefix for prefix in ("971", "972", "973", "974", "975", "976", "984", "986", "987", "988")},
    "977": "974",
    "978": "974",
}
_OVERSEAS_CODES = {"97099": "977"}  # Saint-Barthélemy Cedex


@dataclass(frozen=True, slots=True)
class Region:
    """INSEE's region, or an overseas territory that has no region and stands for its own."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Department:
    code: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune, or a municipal arrondissement of Paris, Lyon or Marseille; `city` is then the code of that city.

    `population` is the legal one, 0 where nobody counted. `intercommunality` is the SIREN number of the group of
    communes that it belongs to (EPCI; around Paris the EPT), None for the few without one. The three cities themselves
    have no postal codes: their arrondissements have them.
    """

    insee: str
    name: str
    department: str
    region: str
    city: str | None = None
    population: int = 0
    postal_codes: tuple[str, ...] = ()
    intercommunality: str | None = None


class Territory:
    """Built once, never changed. Every look-up takes the same time, whatever is asked."""

    def __init__(
        self,
        regions: Iterable[Region],
        departments: Iterable[Department],
        communes: Iterable[Commune],
        vintage: str = "",
    ) -> None:
        """`vintage` says where the table is from and of when, in words for people."""
        self.vintage = vintage
        self.regions: Mapping[str, Region] = MappingProxyType({region.code: region for region in regions})
        self.departments: Mapping[str, Department] = MappingProxyType({each.code: each for each in departments})
        self.communes: Mapping[str, Commune] = MappingProxyType({commune.insee: commune for commune in communes})
        by_code: dict[str, list[Commune]] = {}
        within: dict[str, list[Commune]] = {}
        for commune in self.communes.values():
            for code in commune.postal_codes:
                by_code.setdefault(code, []).append(commune)
            if commune.city is not None:
                within.setdefault(commune.city, []).append(commune)
        self._by_code = {code: tuple(sorted(there, key=lambda each: each.insee)) for code, there in by_code.items()}
        self._within = {city: tuple(there) for city, there in within.items()}

    @property
    def postal_codes(self) -> Iterable[str]:
        """Every code of the table, without order."""
        return self._by_code.keys()

    def communes_of(self, postal_code: PostalCode) -> tuple[Commune, ...]:
        """In the order of their INSEE codes; none for CEDEX codes, and for codes that are none."""
        return self._by_code.get(postal_code.digits, ())

    def departments_of(self, postal_code: PostalCode) -> tuple[str, ...]:
        """Of the code's communes; without communes, by the rule. Two at most; none where nothing is known."""
        there = self.communes_of(postal_code)
        if there:
            return tuple(sorted({commune.department for commune in there}))
        by_rule = department_by_rule(postal_code)
        return (by_rule,) if by_rule is not None and by_rule in self.departments else ()

    def department_of(self, postal_code: PostalCode) -> str | None:
        """The one department that the code lies in; None where there are two, or nothing is known."""
        departments = self.departments_of(postal_code)
        return departments[0] if len(departments) == 1 else None

    def arrondissements_of(self, insee: str) -> tuple[Commune, ...]:
        """The municipal arrondissements of Paris, Lyon or Marseille; none for any other commune."""
        return self._within.get(insee, ())


def department_by_rule(postal_code: PostalCode) -> str | None:
    """The department that a code without communes belongs to, by its digits.

    CEDEX codes are given within the department of the office that delivers. None for Monaco (980), the armed forces
    abroad (00), foreign numbers, and anything that no rule covers: nothing is known then, and nobody is reproached.
    Compared with the 3,511 CEDEX codes of the local directory of the DILA (February 2016): right for each.
    """
    digits = postal_code.digits
    prefix = digits[:2]
    if prefix == "20":
        return _CORSICA.get(digits[2])
    if prefix in ("97", "98"):
        return _OVERSEAS_CODES.get(digits) or _OVERSEAS_BY_PREFIX.get(digits[:3])
    return prefix if "01" <= prefix <= "95" else None
