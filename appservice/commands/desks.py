"""`desks …`: Spaces, rooms and members on Matrix, as the configuration says."""

import argparse
import asyncio

from appservice.commands.registering import Commands, command, group
from appservice.config import load_registration, load_settings


def register(commands: Commands) -> None:
    desks = group(commands, "desks", "the desks on Matrix, compared with the configuration")
    for name, run, purpose in (
        ("plan", _plan, "tell what apply would change; status 1 if there is anything, 0 if not"),
        ("apply", _apply, "make the desks what the configuration says; status 1 if something was refused"),
    ):
        command(desks, name, run, purpose)


def _plan(arguments: argparse.Namespace) -> int:
    changes, _ = _ask(arguments, "plan")
    print("\n".join(changes) or "Nothing to change.")
    return 1 if changes else 0


def _apply(arguments: argparse.Namespace) -> int:
    changes, refused = _ask(arguments, "apply")
    print("\n".join((*changes, *refused)) or "Nothing to change.")
    return 1 if refused else 0


def _ask(arguments: argparse.Namespace, do: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the service, if it runs; else as the service, on its port, so that it cannot start meanwhile."""
    from appservice.desk_office import edition_of
    from appservice.desks_route import DesksAnswer, DesksRequest, NobodyThere, ask_service

    edition = edition_of(arguments.config)
    settings = load_settings(arguments.config)
    token = load_registration(settings.appservice.registration).as_token
    listen = settings.appservice.listen
    asked = DesksRequest.model_validate({"do": do, "edition": edition})

    async def ask() -> DesksAnswer:
        try:
            return await ask_service(f"http://{listen.host}:{listen.port}", token, asked)
        except NobodyThere:
            from appservice.wiring import Service

            return await Service(settings, arguments.config).change_desks_alone(asked)

    answer = asyncio.run(ask())
    return answer.changes, answer.refused
