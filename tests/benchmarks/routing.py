"""The territory: how long it takes to load, what it weighs, how long a route takes. Figures, not assertions.

python -m tests.benchmarks.routing
"""

import json
import statistics
import sys
import time
import tracemalloc
from pathlib import Path

from appservice.domain.competence import Competence
from appservice.domain.desk import Force
from appservice.domain.desk_competence import DeskCompetence
from appservice.domain.desk_routing import DeskRouting
from appservice.domain.ids import DeskId
from appservice.domain.postal_code import PostalCode
from appservice.domain.territory import Territory
from appservice.routing_data.loading import load_territory

RESULTS = Path(__file__).parent / "results" / "routing.json"
DESKS = (
    DeskCompetence(DeskId("idf-police"), Force.POLICE, regions=frozenset({"11"})),
    DeskCompetence(DeskId("idf-gendarmerie"), Force.GENDARMERIE, regions=frozenset({"11"})),
    DeskCompetence(DeskId("bretagne-police"), Force.POLICE, regions=frozenset({"53"})),
    DeskCompetence(DeskId("bretagne-gendarmerie"), Force.GENDARMERIE, regions=frozenset({"53"})),
    DeskCompetence(DeskId("national"), everywhere=True),
)


def routing(territory: Territory) -> DeskRouting:
    """As with an imported file: every commune's force is known."""
    forces = {insee: (Force.POLICE, Force.GENDARMERIE)[int(insee[-1]) % 2] for insee in territory.communes}
    competence = Competence(forces, {"11": Force.POLICE, "53": Force.GENDARMERIE})
    return DeskRouting(territory, competence, DESKS, DeskId("national"))


def route_takes(ready: DeskRouting, code: PostalCode) -> float:
    """In µs, the best of three: what else the machine did meanwhile is no part of a route."""
    took = []
    for _ in range(3):
        before = time.perf_counter()
        ready.route(code)
        took.append((time.perf_counter() - before) * 1_000_000)
    return min(took)


def main() -> None:
    figures: dict[str, float] = {}
    before = time.perf_counter()
    territory = load_territory()
    figures["load, ms"] = (time.perf_counter() - before) * 1000
    before = time.perf_counter()
    ready = routing(territory)
    figures["check and settle the desks, ms"] = (time.perf_counter() - before) * 1000

    took = [route_takes(ready, PostalCode(digits)) for digits in territory.postal_codes]
    figures["route, median, µs"] = statistics.median(took)
    figures["route, 99 of 100, µs"] = statistics.quantiles(took, n=100)[98]
    figures["route, slowest, µs"] = max(took)

    del territory, ready
    tracemalloc.start()
    kept = load_territory()
    figures["territory, MB"] = tracemalloc.get_traced_memory()[0] / 1_000_000
    routed = routing(kept)
    figures["territory, forces and desks, MB"] = tracemalloc.get_traced_memory()[0] / 1_000_000
    tracemalloc.stop()

    width = max(map(len, figures))
    for what, figure in figures.items():
        print(f"  {what:<{width}}  {figure:8.1f}")
    print(f"\n{len(took)} codes, {len(routed.territory.communes)} communes, Python {sys.version.split()[0]}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({what: round(figure, 1) for what, figure in figures.items()}, indent=2))


if __name__ == "__main__":
    main()
