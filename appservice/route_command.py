"""What `route` and `territory check` say: dictionaries and sentences, for the command line to print."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TypedDict

from appservice.domain.availability import DeskState, choose
from appservice.domain.desk_routing import DeskRouting, Why
from appservice.domain.ids import DeskId
from appservice.domain.postal_code import PostalCode
from appservice.domain.shifts import Shifts
from appservice.usecases.find_desk import UNKNOWN_COMMUNE


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
    return [
        f"Table: {territory.vintage}.",
        f"{len(codes)} postal codes, {len(territory.communes)} communes, {len(territory.departments)} departments.",
        f"Police or gendarmerie: known for {len(competence)} communes"
        + (f"; no default force in regions {', '.join(without)}." if without else "; a default force in every region."),
        f"{len(codes) - asked - len(lost)} codes lead to one desk, {asked} to one question, {len(lost)} nowhere"
        + (f": {', '.join(lost)}." if lost else "."),
    ]
