"""From a postal code to one desk, or to one question. There is always an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appservice.domain.competence import Competence, CompetentForce
from appservice.domain.desk import Force
from appservice.domain.desk_competence import Claims, DeskCompetence, Settled, findings, idle_claims, unknown_names
from appservice.domain.errors import ConfigurationError, InvalidInput
from appservice.domain.ids import DeskId
from appservice.domain.postal_code import PostalCode
from appservice.domain.territory import Commune, Territory


class Why(StrEnum):
    """How the desk was found. Stored and shown: append, never rename. None of them tells the postal code."""

    TERRITORY = "territory"
    """The desk serves the place, whatever the force."""

    COMPETENT_FORCE = "competent_force"
    """The force that the official file names decided between desks."""

    DEFAULT_FORCE = "default_force"
    """The force is not known for at least one commune, and its region's default, or the lone desk there, was taken."""

    DEPARTMENT_ONLY = "department_only"
    """The code has no commune (CEDEX); its department is known, and the region's default force is assumed."""

    MOST_INHABITANTS = "most_inhabitants"
    """The communes belong to several desks, and the person does not know theirs: the desk of most inhabitants."""

    COMMUNE_NEEDED = "commune_needed"
    """The communes belong to several desks: the person is asked which it is."""

    NOTHING_KNOWN = "nothing_known"
    """Monaco, abroad, or no code at all: the desk of last resort, without a question or a reproach."""


@dataclass(frozen=True, slots=True)
class ServedCommune:
    commune: Commune
    force: CompetentForce
    desk_id: DeskId


@dataclass(frozen=True, slots=True)
class Route:
    """`communes` are all those of the code. `desk_id` is None exactly where the commune must be asked.

    `overflow` is who to try, in this order: `desk_id` first, nobody twice, the last resort among them.
    """

    communes: tuple[ServedCommune, ...]
    desk_id: DeskId | None
    why: Why
    overflow: tuple[DeskId, ...]

    @property
    def ask_commune(self) -> bool:
        return self.desk_id is None


class DeskRouting:
    """Every postal code's route, to one of `desks`.

    To the desks in `led_to`, stations and associations, agents lead: no code does, but they may be in an overflow, and
    have one.
    """

    def __init__(
        self,
        territory: Territory,
        competence: Competence,
        desks: Sequence[DeskCompetence],
        last_resort: DeskId,
        led_to: Sequence[DeskCompetence] = (),
    ) -> None:
        """Raises `ConfigurationError`, one line a fault, naming desks, departments and communes."""
        faults = check(territory, competence, desks, last_resort, led_to)
        if faults:
            raise ConfigurationError("\n".join(faults))
        self.territory = territory
        self.competence = competence
        self.last_resort = last_resort
        self._desks = tuple(desks)
        self._claims = Claims(territory, desks)
        self._order = {desk.desk_id: position for position, desk in enumerate(desks)}
        reach = {desk.desk_id: _regions_of(territory, desk) for desk in desks}
        self._overflow = {
            desk.desk_id: _overflow(
                desk, desks, last_resort, {other: reach[desk.desk_id] & reach[other] for other in reach}
            )
            for desk in desks
        } | {desk.desk_id: (desk.desk_id, *desk.overflow, last_resort) for desk in led_to}

    def route(self, postal_code: PostalCode, commune: str | None = None) -> Route:
        """`commune` is an INSEE code, asked for where the first answer was a question. Raises `InvalidInput` if it is
        not one of the code's communes.
        """
        served, reasons = self._served(postal_code)
        if commune is not None:
            chosen = [place for place, each in enumerate(served) if each.commune.insee == commune]
            if not chosen:
                raise InvalidInput("The commune is not one of those that the postal code covers.")
            return self._to(served[chosen[0]].desk_id, reasons[chosen[0]], served)
        if not served:
            return self._without_communes(postal_code)
        if len({each.desk_id for each in served}) > 1:
            return Route(served, None, Why.COMMUNE_NEEDED, ())
        return self._to(served[0].desk_id, max(reasons, key=_WEAKEST_LAST.index), served)

    def route_without_commune(self, postal_code: PostalCode) -> Route:
        """The same for a person who does not know the commune: never a question."""
        route = self.route(postal_code)
        if not route.ask_commune:
            return route
        inhabitants: dict[DeskId, int] = {}
        for each in route.communes:
            inhabitants[each.desk_id] = inhabitants.get(each.desk_id, 0) + each.commune.population
        most = min(inhabitants, key=lambda desk: (-inhabitants[desk], self._order[desk]))
        return self._to(most, Why.MOST_INHABITANTS, route.communes)

    def overflow_of(self, desk_id: DeskId) -> tuple[DeskId, ...]:
        """The desk itself, then who helps out, in order. Who is there at the moment is not asked.

        For a station or an association, unless it names others, it is the desk of last resort; so it is for a desk
        that is no longer there.
        """
        return self._overflow.get(desk_id, (desk_id, self.last_resort))

    @property
    def chains(self) -> Mapping[DeskId, tuple[DeskId, ...]]:
        """`overflow_of` for each desk that codes lead to."""
        return {desk.desk_id: self._overflow[desk.desk_id] for desk in self._desks}

    def idle_claims(self) -> list[str]:
        """See `desk_competence.idle_claims`."""
        return idle_claims(self.territory, self.competence, self._desks)

    def _to(self, desk_id: DeskId, why: Why, served: tuple[ServedCommune, ...] = ()) -> Route:
        return Route(served, desk_id, why, self._overflow[desk_id])

    def _served(self, postal_code: PostalCode) -> tuple[tuple[ServedCommune, ...], list[Why]]:
        served, reasons = [], []
        for commune in self.territory.communes_of(postal_code):
            force = self.competence.force_of(commune)
            settled = self._claims.of_commune(commune, force.force)
            served.append(ServedCommune(commune, force, settled.desks[0]))
            reasons.append(_why(settled, force))
        return tuple(served), reasons

    def _without_communes(self, postal_code: PostalCode) -> Route:
        code = self.territory.department_of(postal_code)
        if code is None:
            return self._to(self.last_resort, Why.NOTHING_KNOWN)
        department = self.territory.departments[code]
        force = self.competence.default_of(department.region).force
        return self._to(self._claims.of_department(department, force).desks[0], Why.DEPARTMENT_ONLY)


# A code whose communes were settled in different ways tells the least certain of them.
_WEAKEST_LAST = (Why.TERRITORY, Why.COMPETENT_FORCE, Why.DEFAULT_FORCE)


def check(
    territory: Territory,
    competence: Competence,
    desks: Sequence[DeskCompetence],
    last_resort: DeskId,
    led_to: Sequence[DeskCompetence] = (),
) -> list[str]:
    """Everything that keeps these desks from answering everybody once, in sentences; empty where all is well."""
    names = [desk.desk_id for desk in (*desks, *led_to)]
    faults = [
        f"Two desks are called {str(name)!r}." for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if last_resort not in [desk.desk_id for desk in desks]:
        faults.append(f"The desk of last resort, {str(last_resort)!r}, is not among the desks.")
    for desk in (*desks, *led_to):
        faults.extend(
            f"Desk {str(desk.desk_id)!r}: its overflow names {str(other)!r}, which is no desk."
            for other in desk.overflow
            if other not in names
        )
    faults.extend(
        f"There is no region {code}, for which a default force is given."
        for code in sorted(competence.regions_with_default - territory.regions.keys())
    )
    unknown = unknown_names(territory, (*desks, *led_to))
    if not unknown:
        faults.extend(str(finding) for finding in findings(territory, competence, desks))
    return [*faults, *unknown]


def _why(settled: Settled, force: CompetentForce) -> Why:
    if not settled.by_force:
        return Why.TERRITORY
    return Why.COMPETENT_FORCE if force.known else Why.DEFAULT_FORCE


def _regions_of(territory: Territory, desk: DeskCompetence) -> frozenset[str]:
    departments = {territory.departments[code].region for code in desk.departments}
    communes = {territory.communes[insee].region for insee in desk.communes}
    return desk.regions | departments | communes


def _overflow(
    desk: DeskCompetence,
    desks: Sequence[DeskCompetence],
    last_resort: DeskId,
    shared: dict[DeskId, frozenset[str]],
) -> tuple[DeskId, ...]:
    """Own desk, same force elsewhere, the other force, those without force, last resort. Among equals neighbours of one
    region come first, and then the order of the configuration holds.
    """

    def rank(other: DeskCompetence) -> tuple[bool, bool, bool]:
        return other.force != desk.force, other.force is Force.NONE, not shared[other.desk_id]

    others = desk.overflow or tuple(other.desk_id for other in sorted(desks, key=rank) if other.desk_id != last_resort)
    return tuple(dict.fromkeys((desk.desk_id, *others, last_resort)))
