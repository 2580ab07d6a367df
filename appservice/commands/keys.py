"""`keys add|use|drop NAME`: keys and tokens changed while everything runs."""

import argparse
import asyncio
import sys

from appservice.commands.registering import Commands, command, group
from appservice.config import load_settings
from appservice.domain.errors import ConfigurationError
from appservice.world import SystemClock

_NAMES = ("session", "portal", "audit", "checkpoint", "registration")
_PURPOSES = {
    "add": "make a new one, which is known from the next restart on, and not used yet",
    "use": "use the new one from the next restart on; the former is still known",
    "drop": "forget the former one",
}


def register(commands: Commands) -> None:
    keys = group(commands, "keys", "keys and tokens, changed in three steps without an interruption")
    for step, purpose in _PURPOSES.items():
        added = command(keys, step, _rotate, purpose)
        added.add_argument("name", choices=_NAMES, help="what is changed; docs/operators.md says what each is")
        added.set_defaults(step=step)


def _rotate(arguments: argparse.Namespace) -> None:
    from appservice.audit_command import note
    from appservice.domain.audit.events import KeysChanged
    from appservice.domain.audit.values import Code
    from appservice.key_rotation import Step, rotate, rotate_registration, rotations

    settings, step, clock = load_settings(arguments.config), Step(arguments.step), SystemClock()
    if arguments.name == "registration":
        to_do = rotate_registration(settings, step)
    else:
        to_do = rotate(rotations(settings)[arguments.name], step, clock)
    try:
        asyncio.run(note(settings.appservice.database, KeysChanged(Code(arguments.name), Code(arguments.step)), clock))
    except ConfigurationError as reason:
        # Of a replica's keys on a machine of its own, say. What was done stays done.
        print(f"This is not in the audit record: {reason}", file=sys.stderr)
    print(to_do)
