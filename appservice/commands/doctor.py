"""`doctor`: what is wrong with an installation, and what to do about it."""

import argparse
import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from appservice.commands.registering import Commands, command
from appservice.world import SystemClock

if TYPE_CHECKING:
    from appservice.doctor.findings import Finding


def register(commands: Commands) -> None:
    doctor = command(commands, "doctor", _doctor, "examine this installation; status 1 if something is wrong with it")
    doctor.add_argument(
        "--homeserver-config",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="Synapse's homeserver.yaml, to examine its settings too; several times, if it reads several",
    )
    doctor.add_argument("--json", action="store_true", help="as one JSON object")


def _doctor(arguments: argparse.Namespace) -> int:
    from appservice.doctor.examination import examine
    from appservice.doctor.findings import Severity

    async def findings() -> "list[Finding]":
        return [one async for one in examine(arguments.config, arguments.homeserver_config, SystemClock())]

    found = asyncio.run(findings())
    faults = sum(one.severity is Severity.FAULT for one in found)
    if arguments.json:
        listed = [asdict(one) | {"severity": one.severity.value} for one in found]
        print(json.dumps({"healthy": faults == 0, "findings": listed}, ensure_ascii=False, indent=2))
    else:
        for one in found:
            print(one)
        print(f"{faults} faults, {len(found) - faults} warnings.")
        if not arguments.homeserver_config:
            print("Synapse's settings were not examined: name its file with --homeserver-config.")
    return 0 if faults == 0 else 1
