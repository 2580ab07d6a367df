"""`route` and `territory …`: which desk a place leads to."""

import argparse
import json
import sys
from pathlib import Path

from appservice.commands.registering import CONFIG, Commands, command, group, local_moment
from appservice.config import DeskSettings, Settings, load_settings
from appservice.domain.errors import ConfigurationError
from appservice.world import SystemClock

_INSTEAD = (Path(".demo/config.yaml"), Path("config.example.yaml"))


def register(commands: Commands) -> None:
    route = command(commands, "route", _route, "tell which desk a postal code leads to, and why")
    route.add_argument("code", help="five digits; any other code is of a place abroad")
    route.add_argument("--commune", metavar="INSEE", help="one of the communes that the code covers, or: unknown")
    route.add_argument(
        "--at",
        type=local_moment,
        metavar="ISO-TIME",
        help="who is on duty then; without an offset, on Paris's clock (default: the desk, on duty or not)",
    )
    route.add_argument("--json", action="store_true", help="as one JSON object")

    territory = group(commands, "territory", "postal codes, communes, forces")
    command(territory, "check", _check, "prove that every code is answered, by one desk")
    importing = command(territory, "import", _import, "take over an official file")
    importing.add_argument("what", choices=["competence"], help="competence: police or gendarmerie, by commune")
    importing.add_argument("file", type=Path)
    importing.add_argument("--force", action="store_true", help="even if the file seems to be only a part of itself")


def _settings(arguments: argparse.Namespace) -> Settings:
    """Where none are named or there, those of the demo or the example, which is told: these commands only read."""
    config: Path = arguments.config
    if config == CONFIG and not config.exists():
        config = next((other for other in _INSTEAD if other.exists()), config)
        if config != CONFIG:
            print(f"There is no {CONFIG}: this is by {config}. Name another with -c.", file=sys.stderr)
    return load_settings(config)


def _route(arguments: argparse.Namespace) -> None:
    from appservice.route_command import route_json

    settings = _settings(arguments)
    shifts = {desk.desk_id: desk.shifts for desk in map(DeskSettings.desk, settings.desks)}
    route = route_json(settings.routing(), arguments.code, arguments.commune, arguments.at, shifts)
    if arguments.json:
        print(json.dumps(route, ensure_ascii=False))
    else:
        places = ", ".join(commune["name"] for commune in route["communes"]) or "no known place"
        print(f"{route['postal_code']} ({places}): {route['desk'] or 'the commune must be asked'}, {route['why']}.")
        print(f"Overflow: {', '.join(route['overflow']) or 'none before the commune is known'}.")


def _check(arguments: argparse.Namespace) -> None:
    from appservice.route_command import territory_report, warnings

    settings = _settings(arguments)
    routing = settings.routing()
    told = warnings(routing, [desk.desk() for desk in settings.desks], SystemClock().now())
    print("\n".join((*territory_report(routing), *(f"Warning: {warning}" for warning in told))))


def _import(arguments: argparse.Namespace) -> None:
    from appservice.route_command import territory_report
    from appservice.routing_data.competence_file import examine_competence, keep_competence

    settings = load_settings(arguments.config)
    target = settings.territory.competence_file
    if target is None:
        raise ConfigurationError(f"{arguments.config}: name territory.competence_file, where the file is to be kept.")
    read = examine_competence(arguments.file, target, force=arguments.force)
    routing = settings.routing_by(read.forces)  # first: a file that the desks cannot work with changes nothing
    keep_competence(arguments.file, target)
    print(f"Imported {len(read.services)} communes into {target}.")
    print("\n".join((*read.summary(routing.territory), *territory_report(routing))))
