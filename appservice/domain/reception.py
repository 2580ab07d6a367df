"""Where a station or an association that has a desk receives people, and people of which places."""

from dataclasses import dataclass

from appservice.domain.local_time import department_of, same_commune
from appservice.domain.territory import Commune, Department


@dataclass(frozen=True, slots=True)
class Reception:
    """Places in INSEE's codes; a desk that names none, and not `everywhere`, does not say, and is offered everywhere.

    `address`, `phone` and `hours`, a line each, are shown as an operator wrote them; None: not known.
    """

    regions: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    communes: frozenset[str] = frozenset()
    everywhere: bool = False
    address: str | None = None
    phone: str | None = None
    hours: tuple[str, ...] | None = None

    def nearness(self, department: Department | None, commune: Commune | None = None) -> int | None:
        """The smaller, the nearer; None: people of that place are not received. `commune` lies in `department`.

        A desk for one commune is offered in all of its department, as one may go there.
        """
        if commune is not None and not self.communes.isdisjoint(same_commune(commune.insee)):
            return 0
        if department is not None:
            if department.code in self.departments:
                return 1
            if department.code in map(department_of, self.communes):
                return 2
            if department.region in self.regions:
                return 3
        if self.everywhere:
            return 4
        return None if self.regions or self.departments or self.communes else 5
