"""The command line: `veilleuse …`, or `python -m appservice …`."""

import argparse
import asyncio
import json
import sys
from datetime import date, datetime
from pathlib import Path

from appservice.config import load_settings
from appservice.domain.errors import ConfigurationError, InvalidInput, VeilleuseError
from appservice.logs import set_up_logs
from appservice.serving import told_to_stop
from appservice.world import SystemClock


def main() -> int:
    arguments = _parser().parse_args()
    try:
        arguments.run(arguments)
    except VeilleuseError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="veilleuse", description="Anonymous, end-to-end encrypted signalements.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    config = argparse.ArgumentParser(add_help=False)
    config.add_argument("-c", "--config", type=Path, default=Path("config.yaml"), help="default: %(default)s")

    for name, run, purpose in (
        ("run", _run, "run the application service"),
        ("portal", _portal, "run one replica of the guest portal"),
        ("check", _check, "read the configuration, and say what is wrong with it"),
        ("registration", _registration, "write the registration file for the homeserver, with new tokens"),
        ("secrets", _secrets, "write the secret files that are missing"),
    ):
        command = commands.add_parser(name, parents=[config], help=purpose, description=purpose.capitalize() + ".")
        command.set_defaults(run=run)

    route = commands.add_parser("route", parents=[config], help="tell which desk a postal code leads to, and why")
    route.add_argument("code", help="five digits")
    route.add_argument("--commune", metavar="INSEE", help="one of the communes that the code covers")
    route.add_argument("--at", type=datetime.fromisoformat, metavar="ISO-TIME", help="the moment asked about")
    route.add_argument("--json", action="store_true", help="as one JSON object")
    route.set_defaults(run=_route)

    territory = commands.add_parser("territory", help="postal codes, communes, forces").add_subparsers(
        required=True, metavar="COMMAND"
    )
    check = territory.add_parser("check", parents=[config], help="prove that every code is answered, by one desk")
    check.set_defaults(run=_territory_check)
    importing = territory.add_parser("import", parents=[config], help="take over an official file")
    importing.add_argument("what", choices=["competence"], help="competence: police or gendarmerie, by commune")
    importing.add_argument("file", type=Path)
    importing.set_defaults(run=_territory_import)

    units = commands.add_parser("units", help="stations and associations").add_subparsers(
        required=True, metavar="COMMAND"
    )
    importing = units.add_parser("import", parents=[config], help="replace the units of one official file")
    importing.add_argument("what", choices=["police", "gendarmerie", "associations"])
    importing.add_argument("file", type=Path)
    importing.add_argument("--published", type=date.fromisoformat, metavar="DATE", help="unless the file's name tells")
    importing.set_defaults(run=_units_import)
    near = units.add_parser("near", parents=[config], help="the units of a commune, and whether they are open")
    near.add_argument("commune", metavar="INSEE")
    near.add_argument("--at", type=datetime.fromisoformat, metavar="ISO-TIME", help="with its offset; default: now")
    near.set_defaults(run=_units_near)

    demo = commands.add_parser(
        "demo",
        help="run everything on this machine, with demo desks and agents",
        description="Start a homeserver, the application service and the portal; stop them at Ctrl-C.",
    )
    demo.add_argument("--directory", type=Path, default=Path(".demo"), help="where all of it is kept (%(default)s)")
    demo.add_argument("--port-base", type=int, default=8440, help="first of three ports (%(default)s)")
    demo.set_defaults(run=_demo)
    return parser


def _run(arguments: argparse.Namespace) -> None:
    # Imported late, here and below: `veilleuse check` need not wait for what only the service uses.
    from appservice.wiring import Service

    async def run() -> None:
        await Service(load_settings(arguments.config)).run(told_to_stop())

    set_up_logs()
    asyncio.run(run())


def _portal(arguments: argparse.Namespace) -> None:
    from guest_portal.__main__ import run

    set_up_logs()
    asyncio.run(run(arguments.config))


def _check(arguments: argparse.Namespace) -> None:
    settings = load_settings(arguments.config)
    settings.routing()
    print(f"{arguments.config}: in order, {len(settings.desks)} desks.")


def _registration(arguments: argparse.Namespace) -> None:
    from appservice.registration import write_registration

    path = write_registration(load_settings(arguments.config))
    print(f"Wrote {path}. Name it under app_service_config_files in homeserver.yaml, and restart Synapse.")


def _secrets(arguments: argparse.Namespace) -> None:
    from appservice.registration import write_secrets

    written = write_secrets(load_settings(arguments.config))
    print("\n".join(f"Wrote {path}." for path in written) or "Nothing is missing.")


def _route(arguments: argparse.Namespace) -> None:
    from appservice.route_command import route_json

    route = route_json(load_settings(arguments.config).routing(), arguments.code, arguments.commune, arguments.at)
    if arguments.json:
        print(json.dumps(route, ensure_ascii=False))
    else:
        places = ", ".join(commune["name"] for commune in route["communes"]) or "no known place"
        print(f"{route['postal_code']} ({places}): {route['desk'] or 'the commune must be asked'}, {route['why']}.")
        print(f"Overflow: {', '.join(route['overflow']) or 'none before the commune is known'}.")


def _territory_check(arguments: argparse.Namespace) -> None:
    from appservice.route_command import territory_report

    print("\n".join(territory_report(load_settings(arguments.config).routing())))


def _territory_import(arguments: argparse.Namespace) -> None:
    from appservice.route_command import territory_report
    from appservice.routing_data.competence_file import import_competence

    settings = load_settings(arguments.config)
    target = settings.territory.competence_file
    if target is None:
        raise ConfigurationError(f"{arguments.config}: name territory.competence_file, where the file is to be kept.")
    imported = import_competence(arguments.file, target)
    print(f"Imported {len(imported.forces)} communes into {target}.")
    print("\n".join(territory_report(settings.routing())))


def _units_import(arguments: argparse.Namespace) -> None:
    from appservice.units_command import import_units

    database = load_settings(arguments.config).appservice.database
    now = SystemClock().now()
    print(asyncio.run(import_units(database, arguments.what, arguments.file, arguments.published, now)))


def _units_near(arguments: argparse.Namespace) -> None:
    from appservice.units_command import units_near

    database = load_settings(arguments.config).appservice.database
    at = arguments.at or SystemClock().now()
    if at.tzinfo is None:
        raise InvalidInput("A moment needs its offset, like 2026-11-25T09:30+01:00.")
    lines = asyncio.run(units_near(database, arguments.commune, at))
    print("\n".join(lines) or "No unit is known in this commune.")


def _demo(arguments: argparse.Namespace) -> None:
    from appservice.embedded.demo import Demo

    asyncio.run(Demo(arguments.directory.resolve(), arguments.port_base).run())


if __name__ == "__main__":
    sys.exit(main())
