"""How commands are registered, and the options that several have."""

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from appservice.domain.desk import PARIS

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What `add_subparsers` returns; it has no public name."""
CONFIG = Path("config.yaml")
Run = Callable[[argparse.Namespace], int | None]


def command(commands: Commands, name: str, run: Run, purpose: str) -> argparse.ArgumentParser:
    """Adds a command that reads the configuration; `purpose` begins in lower case and has no full stop."""
    added = commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
    added.add_argument("-c", "--config", type=Path, default=CONFIG, help="default: %(default)s")
    added.set_defaults(run=run)
    return added


def group(commands: Commands, name: str, purpose: str) -> Commands:
    """Adds a word that further commands follow."""
    return commands.add_parser(name, help=purpose).add_subparsers(required=True, metavar="COMMAND")


def moment(text: str) -> datetime:
    """For `type=`: a moment in ISO 8601, with its offset."""
    at = _moment(text)
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a moment with its offset, like 2026-11-25T09:30+01:00")
    return at


def local_moment(text: str) -> datetime:
    """For `type=`: the same, on Paris's clock where it has no offset."""
    at = _moment(text)
    if at is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a moment, like 2026-11-25T09:30 or 2026-11-25T09:30+01:00")
    return at if at.tzinfo is not None else at.replace(tzinfo=PARIS)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
