"""The command line: `veilleuse …`, or `python -m appservice …`."""

import argparse
import asyncio
import sys
from pathlib import Path

from appservice.config import load_settings
from appservice.domain.errors import VeilleuseError
from appservice.logs import set_up_logs
from appservice.serving import told_to_stop


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
    print(f"{arguments.config}: in order, {len(settings.desks)} desks.")


def _registration(arguments: argparse.Namespace) -> None:
    from appservice.registration import write_registration

    path = write_registration(load_settings(arguments.config))
    print(f"Wrote {path}. Name it under app_service_config_files in homeserver.yaml, and restart Synapse.")


def _secrets(arguments: argparse.Namespace) -> None:
    from appservice.registration import write_secrets

    written = write_secrets(load_settings(arguments.config))
    print("\n".join(f"Wrote {path}." for path in written) or "Nothing is missing.")


def _demo(arguments: argparse.Namespace) -> None:
    from appservice.embedded.demo import Demo

    asyncio.run(Demo(arguments.directory.resolve(), arguments.port_base).run())


if __name__ == "__main__":
    sys.exit(main())
