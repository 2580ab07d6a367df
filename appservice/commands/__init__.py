"""The commands of `veilleuse`: a module for each subject, which registers its own with `argparse`.

What a command needs is imported when it runs: `veilleuse check` need not wait for what only the service uses. A command
returns its exit status, or None for 0; a `VeilleuseError` that it raises is told on standard error, with status 2.
"""

import argparse

from appservice.commands import audit, demo, desks, doctor, keys, purge, service, statistics, territory, units

_SUBJECTS = (service, doctor, keys, desks, territory, units, purge, audit, statistics, demo)


def parser() -> argparse.ArgumentParser:
    """Arguments that it has parsed have `run`, to be called with them."""
    whole = argparse.ArgumentParser(prog="veilleuse", description="Anonymous, end-to-end encrypted signalements.")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for subject in _SUBJECTS:
        subject.register(commands)
    return whole
