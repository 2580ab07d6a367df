"""`run`, `portal`, `check`, `registration`, `secrets`: the service itself, and what it needs once."""

import argparse
import asyncio

from appservice.commands.registering import Commands, command
from appservice.config import RETENTION, load_settings
from appservice.logs import set_up_logs
from appservice.serving import told_to_stop
from appservice.world import SystemClock


def register(commands: Commands) -> None:
    command(commands, "run", _run, "run the application service")
    command(commands, "portal", _portal, "run one replica of the guest portal")
    command(commands, "compliance", _compliance, "run the auditors' bot")
    command(commands, "check", _check, "read the configuration, and say what is wrong with it")
    command(commands, "registration", _registration, "write the registration file for the homeserver, with new tokens")
    command(commands, "secrets", _secrets, "write the secret files that are missing")


def _run(arguments: argparse.Namespace) -> None:
    from appservice.wiring import Service

    async def run() -> None:
        await Service(load_settings(arguments.config), arguments.config).run(told_to_stop())

    set_up_logs()
    asyncio.run(run())


def _portal(arguments: argparse.Namespace) -> None:
    from guest_portal.__main__ import run

    set_up_logs()
    run(arguments.config)


def _compliance(arguments: argparse.Namespace) -> None:
    from policies.compliance_bot.__main__ import run

    set_up_logs()
    asyncio.run(run(arguments.config))


def _check(arguments: argparse.Namespace) -> None:
    from appservice.retention_file import load_retention
    from appservice.route_command import warnings

    settings = load_settings(arguments.config)
    told = warnings(settings.routing(), [desk.desk() for desk in settings.desks], SystemClock().now())
    load_retention(settings.appservice.retention or RETENTION)
    print(f"{arguments.config}: in order, {len(settings.desks)} desks.")
    for warning in told:
        print(f"Warning: {warning}")


def _registration(arguments: argparse.Namespace) -> None:
    from appservice.registration import write_registration

    path = write_registration(load_settings(arguments.config))
    print(f"Wrote {path}. Name it under app_service_config_files in homeserver.yaml, and restart Synapse.")


def _secrets(arguments: argparse.Namespace) -> None:
    from appservice.registration import write_secrets

    written = write_secrets(load_settings(arguments.config))
    print("\n".join(f"Wrote {path}." for path in written) or "Nothing is missing.")
