"""`purge …`, `residue`, `retention plan`: erasures looked at, ordered, and verified; what goes when."""

import argparse
import asyncio
import json

from appservice.commands.registering import Commands, command, group
from appservice.config import RETENTION, load_settings
from appservice.world import SystemClock, SystemRandomness

_SOMETHING_IS_LEFT = 1


def register(commands: Commands) -> None:
    purge = group(commands, "purge", "erasures: under way, ordered by hand, verified")
    status = command(purge, "status", _status, "tell which erasures are under way, and how far they are")
    status.add_argument("--json", action="store_true", help="as a JSON list")
    run = command(purge, "run", _run, "order an erasure; the running service carries it out within a minute")
    run.add_argument("reference", metavar="REF", help="like K7QM-42")
    verify = command(purge, "verify", _verify, "count what is left of a signalement; status 1 if there is something")
    verify.add_argument("which", metavar="REF|ROOM_HASH", help="once it is erased, only the hash of the room is known")

    residue = command(commands, "residue", _residue, "count the homeserver's rows that name a room or a user, by table")
    residue.add_argument("which", metavar="ROOM_HASH|USER", help="a SHA-256, a room's id or a Matrix id")
    residue.add_argument("--json", action="store_true", help="as one JSON object")

    retention = group(commands, "retention", "how long what is kept")
    plan = command(retention, "plan", _plan, "tell which conversations are erased when, if nobody ends them before")
    plan.add_argument("--json", action="store_true", help="as a JSON list")


def _status(arguments: argparse.Namespace) -> None:
    from appservice.purge_command import erasures_under_way

    found = asyncio.run(erasures_under_way(load_settings(arguments.config).appservice.database))
    if arguments.json:
        print(json.dumps(found))
        return
    for one in found:
        print(
            "{reference}  {step}  {cause}, asked for at {requested_at}, tried {attempts} times, next at {next}".format(
                **one
            )
        )
    if not found:
        print("No erasure is under way.")


def _run(arguments: argparse.Namespace) -> None:
    from appservice.purge_command import order_erasure

    settings = load_settings(arguments.config).appservice
    asyncio.run(order_erasure(settings, arguments.reference, SystemClock(), SystemRandomness()))
    print(f"The erasure of {arguments.reference} is ordered. `veilleuse purge status` tells how far it is.")


def _verify(arguments: argparse.Namespace) -> int:
    from appservice.purge_command import verify_erasure

    verdict, clean = asyncio.run(verify_erasure(load_settings(arguments.config), arguments.which))
    print(verdict)
    return 0 if clean else _SOMETHING_IS_LEFT


def _residue(arguments: argparse.Namespace) -> None:
    from appservice.purge_command import rows_left

    tables = asyncio.run(rows_left(load_settings(arguments.config), arguments.which))
    if arguments.json:
        print(json.dumps(tables))
    else:
        print("\n".join(f"{count:>8}  {table}" for table, count in sorted(tables.items())) or "Nothing is left.")


def _plan(arguments: argparse.Namespace) -> None:
    from appservice.purge_command import planned
    from appservice.retention_file import load_retention

    settings = load_settings(arguments.config)
    retention = load_retention(settings.appservice.retention or RETENTION)
    plan = asyncio.run(planned(settings.appservice.database, retention))
    if arguments.json:
        print(json.dumps(plan))
    else:
        print("\n".join("{at}  {reference}  {state}".format(**due) for due in plan) or "There is no conversation.")
