"""`units …`: stations and associations."""

import argparse
import asyncio
from datetime import date
from pathlib import Path

from appservice.commands.registering import Commands, command, group, moment
from appservice.config import load_settings
from appservice.world import SystemClock


def register(commands: Commands) -> None:
    units = group(commands, "units", "stations and associations")
    importing = command(units, "import", _import, "replace the units of one official file")
    importing.add_argument("what", choices=["police", "gendarmerie", "associations"])
    importing.add_argument("file", type=Path)
    importing.add_argument("--published", type=date.fromisoformat, metavar="DATE", help="unless the file's name tells")
    importing.add_argument(
        "--force", action="store_true", help="even if it is older than the one before, or far smaller"
    )
    near = command(units, "near", _near, "tell the units of a commune and around it, and whether they are open")
    near.add_argument("commune", metavar="INSEE")
    near.add_argument("--at", type=moment, metavar="ISO-TIME", help="with its offset; default: now")


def _import(arguments: argparse.Namespace) -> None:
    from appservice.units_command import import_units

    database = load_settings(arguments.config).appservice.database
    now = SystemClock().now()
    importing = import_units(database, arguments.what, arguments.file, arguments.published, now, force=arguments.force)
    print(asyncio.run(importing))


def _near(arguments: argparse.Namespace) -> None:
    from appservice.units_command import units_near

    database = load_settings(arguments.config).appservice.database
    at = arguments.at or SystemClock().now()
    lines = asyncio.run(units_near(database, arguments.commune, at))
    print("\n".join(lines) or "No unit is known there: import the official files (`veilleuse units import`).")
