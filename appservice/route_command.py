"""What `route` and `territory check` say: dictionaries and sentences, for the command line to print."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypedDict

from appservice.domain.availability import DeskState, choose
from appservice.domain.desk import PARIS, Desk
from appservice.domain.desk_routing import DeskRouting, Why
from appservice.domain.ids import DeskId
from appservice.domain.postal_code import PostalCode
from appservice.domain.shifts import Shifts, unattended
from appservice.domain.territory import Territory
from appservice.usecases.find_desk import UNKNOWN_COMMUNE

_GAPS_SHOWN = 5


class CommuneJson(TypedDict):
    """Codes are INSEE's. `force` is `police` or `gendarmerie`, or `default` where the official file says nothing."""

    insee: str
    name: str
    department: str
    region: str
    force: str


class RouteJson(TypedDict):
    """`postal_code` is as it was given where it tells no place. `desk` is None where the commune must be asked."""

    postal_code: str
    communes: list[CommuneJson]
    ask_commune: bool
    desk: str | None
    why: str
    overflow: list[str]


def route_json(
    routing: DeskRouting,
    code: str,
    commune: str | None = None,
    at: datetime | None = None,
    shifts: Mapping[DeskId, Shifts] | None = None,
) -> RouteJson:
    """Raises `InvalidInput` if `code` is empty, or `commune` none of its communes.

    `commune` may be `unknown`, as on the page. What is no French code leads to the desk of last resort.

    At the moment `at`, which must be aware, the desk is the first of the chain whose `shifts` have somebody there, and
    `why` tells whom it stands in for. Without a moment it is the competent desk. Pauses of agents play no part here.
    """
    postal_code = PostalCode.as_given(code)
    if commune == UNKNOWN_COMMUNE:
        route = routing.route_without_commune(postal_code)
    else:
        route = routing.route(postal_code, commune.strip().upper() if commune else None)
    desk, why = route.desk_id, route.why.value
    if at is not None and desk is not None:
        choice = choose(route.overflow, routing.last_resort, partial(_on_duty, shifts or {}, at))
        desk = choice.desk_id
        why = "; ".join([why, *(f"{passed} {state}" for passed, state in choice.passed)])
    return {
        "postal_code": postal_code.digits if route.why is not Why.NOTHING_KNOWN else code.strip(),
        "communes": [
            {
                "insee": served.commune.insee,
                "name": served.commune.name,
                "department": served.commune.department,
                "region": served.commune.region,
                "force": served.force.word,
            }
            for served in route.communes
        ],
        "ask_commune": route.ask_commune,
        "desk": desk,
        "why": why,
        "overflow": list(route.overflow),
    }


def _on_duty(shifts: Mapping[DeskId, Shifts], at: datetime, desk: DeskId) -> DeskState:
    on_duty = desk not in shifts or shifts[desk].on_duty(at)
    return DeskState.FREE if on_duty else DeskState.OFF_SHIFT


def unanswered(routing: DeskRouting) -> list[str]:
    """The table's codes that lead to neither a desk nor a question, or whose question cannot be answered. None, ever:
    this is the proof that `territory check` gives, code by code.
    """
    lost = []
    for digits in sorted(routing.territory.postal_codes):
        code = PostalCode(digits)
        route = routing.route(code)
        answers = [routing.route(code, each.commune.insee) for each in route.communes]
        answers.append(routing.route_without_commune(code))
        if any(answer.desk_id is None or not answer.overflow for answer in answers):
            lost.append(digits)
    return lost


def territory_report(routing: DeskRouting) -> list[str]:
    """What a routing that could be built is made of, in sentences. Holes and overlaps have been refused before."""
    territory, competence = routing.territory, routing.competence
    codes = list(territory.postal_codes)
    asked = sum(routing.route(PostalCode(digits)).ask_commune for digits in codes)
    lost = unanswered(routing)
    without = sorted(set(territory.regions) - competence.regions_with_default)
    others = Counter(routing.route(PostalCode(digits)).why for digits in _codes_outside(territory))
    return [
        f"Table: {territory.vintage}.",
        f"{len(codes)} postal codes, {len(territory.communes)} communes, {len(territory.departments)} departments.",
        f"Police or gendarmerie: known for {len(competence)} communes"
        + (f"; no default force in regions {', '.join(without)}." if without else "; a default force in every region."),
        f"{len(codes) - asked - len(lost)} codes lead to one desk, {asked} to one question, {len(lost)} nowhere"
        + (f": {', '.join(lost)}." if lost else "."),
        f"Of the other numbers of five digits {others[Why.DEPARTMENT_ONLY]} lead to a desk by department (CEDEX), "
        f"{others[Why.NOTHING_KNOWN]} tell no place and lead to {str(routing.last_resort)!r}, as does what is none.",
    ]


def _codes_outside(territory: Territory) -> list[str]:
    """Every other number of five digits: what a person may write besides."""
    return sorted({f"{number:05}" for number in range(100_000)} - set(territory.postal_codes))


def warnings(routing: DeskRouting, desks: Sequence[Desk], now: datetime) -> list[str]:
    """What is allowed, and hardly meant: claims by which a desk never gets anybody, and hours of this week at which
    nobody is on duty in a whole chain, the desk of last resort included. In sentences.
    """
    monday = now.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
        days=now.astimezone(PARIS).weekday()
    )
    shifts = {desk.desk_id: desk.shifts for desk in desks if desk.agents}
    alone: dict[tuple[tuple[datetime, datetime], ...], list[DeskId]] = {}
    for desk_id, chain in routing.chains.items():
        there = [shifts[each] for each in chain if each in shifts]
        gaps = unattended(there, monday.astimezone(UTC), (monday + timedelta(days=7)).astimezone(UTC))
        alone.setdefault(tuple(gaps), []).append(desk_id)
    return [
        *routing.idle_claims(),
        *(
            f"Who is led to {', '.join(of)} finds nobody on duty, the desk of last resort included, {_when(gaps)}."
            for gaps, of in alone.items()
            if gaps
        ),
    ]


def _when(gaps: Sequence[tuple[datetime, datetime]]) -> str:
    spans = [
        f"from {begins.astimezone(PARIS):%A %H:%M} to {ends.astimezone(PARIS):%A %H:%M}"
        for begins, ends in gaps[:_GAPS_SHOWN]
    ]
    more = f" and {len(gaps) - _GAPS_SHOWN} times more" if len(gaps) > _GAPS_SHOWN else ""
    return f"{', '.join(spans)}{more} (Paris)"
