"""`demo`: everything on one machine."""

import argparse
import asyncio
from pathlib import Path

from appservice.commands.registering import Commands

_DATABASES = ("sqlite", "postgres")


def register(commands: Commands) -> None:
    demo = commands.add_parser(
        "demo",
        help="run everything on this machine, with demo desks and agents",
        description="Start a homeserver, the application service and the portal; stop them at Ctrl-C.",
    )
    demo.add_argument("--directory", type=Path, default=Path(".demo"), help="where all of it is kept (%(default)s)")
    demo.add_argument("--port-base", type=int, default=8440, help="first of some ports in a row (%(default)s)")
    kind = demo.add_mutually_exclusive_group()
    kind.add_argument("--database", choices=_DATABASES, help=f"default: {_DATABASES[0]}")
    kind.add_argument(
        "--scale",
        action="store_true",
        help="as for a country, on PostgreSQL: a worker of the homeserver, two portals, a second service, nginx",
    )
    demo.set_defaults(run=_demo)


def _demo(arguments: argparse.Namespace) -> None:
    from appservice.embedded.demo import Demo
    from appservice.embedded.installation import DatabaseKind

    database = DatabaseKind(arguments.database or _DATABASES[0])
    demo = Demo(arguments.directory.resolve(), arguments.port_base, database, scaled=arguments.scale)
    asyncio.run(demo.run())
