"""Keys and tokens that are changed while everything runs, in steps between which each process knows both.

A file of secrets has one a line. The first is used; the others are known: what is under them is accepted. So a new one
is *added* at the end, and once every process knows it, *used*; the former one is *dropped* when nothing is under it any
more. The registration, which Synapse reads too, has a file beside it for the other pair of tokens.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path

from cryptography.fernet import Fernet
from ruamel.yaml import YAML

from appservice.config import Settings, former_and_next, load_registration, read_secrets
from appservice.domain.audit.checkpoint import new_secret
from appservice.domain.errors import ConfigurationError
from appservice.files import private_file
from appservice.ports import Clock


class Step(Enum):
    ADD = "add"
    USE = "use"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Rotation:
    """Of one file."""

    file: Path
    make: Callable[[], str]
    used_by: str
    """Who uses the first line."""
    known_by: str
    """Who accepts what is under any of them."""
    kept_for: timedelta | None = timedelta()
    """How long what is under a former one lasts after the last use of it; None: for good."""


def rotations(settings: Settings) -> dict[str, Rotation]:
    """By the name that the command line has for it."""
    portal, audit = settings.guest_portal, settings.audit

    def token() -> str:
        return secrets.token_urlsafe(48)

    def session_key() -> str:
        return Fernet.generate_key().decode()

    replicas = "every replica of the portal, one after the other"
    bot, service = "the auditors' bot", "the application service"
    return {
        "session": Rotation(portal.session_keys_file, session_key, replicas, replicas, portal.session_lasts_for),
        "portal": Rotation(portal.appservice_token_file, token, replicas, service),
        "audit": Rotation(audit.token_file, token, bot, service),
        "checkpoint": Rotation(audit.checkpoint_keys_file, new_secret, bot, bot, None),
    }


def rotate(rotation: Rotation, step: Step, clock: Clock) -> str:
    """Takes the step, and returns what is to be done next. Raises `ConfigurationError` if it is not its turn."""
    first, *others = read_secrets(rotation.file)
    match step:
        case Step.ADD:
            if others and rotation.kept_for is not None:
                raise ConfigurationError(f"{rotation.file} has two already: `use` the new one, or `drop` the former.")
            _write(rotation.file, [first, *others, rotation.make()])
            return f"Restart {rotation.known_by}; then `use` it."
        case Step.USE:
            if not others:
                raise ConfigurationError(f"{rotation.file} has no other: `add` one first.")
            _write(rotation.file, [others[-1], first, *others[:-1]])
            return f"Restart {rotation.used_by}{_until(rotation)}."
        case Step.DROP:
            _refuse_early(rotation, clock.now())
            _write(rotation.file, [first])
            return f"Restart {rotation.known_by}, at your leisure."


def _until(rotation: Rotation) -> str:
    """The end of the sentence that tells how long the former one stays."""
    if rotation.kept_for is None:
        return ". The former one stays: what it has signed is verified by it"
    hours = rotation.kept_for / timedelta(hours=1)
    return f"; {hours:g} hours later `drop` the former one" if hours else "; then `drop` the former one"


def _refuse_early(rotation: Rotation, now: datetime) -> None:
    if rotation.kept_for is None:
        raise ConfigurationError("What a former key has signed is verified by it: it stays.")
    used_since = datetime.fromtimestamp(rotation.file.stat().st_mtime, UTC)
    until = used_since + rotation.kept_for
    if now < until:
        raise ConfigurationError(
            f"What is under the former one is of use until {until:%Y-%m-%d %H:%M} UTC, or longer, by the last restart:"
            " drop it after that."
        )


def rotate_registration(settings: Settings, step: Step) -> str:
    """The same for the two tokens between the service and the homeserver, which changes over when it is restarted."""
    path = settings.appservice.registration
    former, following = former_and_next(path)
    match step:
        case Step.ADD:
            _refuse(
                following.exists() or former.exists(), "A change is under way: `use` it, or `drop` what was before."
            )
            load_registration(path)
            document = YAML().load(path)
            document |= {"as_token": secrets.token_urlsafe(48), "hs_token": secrets.token_urlsafe(48)}
            with private_file(following) as file:
                YAML().dump(document, file)
            _keep_owner(following, path)
            return "Restart the application service; then `use` it."
        case Step.USE:
            _refuse(not following.exists(), "There is no other: `add` one first.")
            os.link(path, former)
            following.replace(path)
            return "Restart Synapse; then `drop` the former one."
        case Step.DROP:
            _refuse(not former.exists(), "There is no former one.")
            former.unlink()
            return "Restart the application service, at your leisure."


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise ConfigurationError(why)


def _write(path: Path, lines: list[str]) -> None:
    """At once, so that nobody reads half of it; its owner stays."""
    whole = path.with_name(f"{path.name}.new")
    with private_file(whole) as file:
        file.write("".join(f"{line}\n" for line in lines))
    _keep_owner(whole, path)
    whole.replace(path)


def _keep_owner(new: Path, of: Path) -> None:
    owner = of.stat()
    if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
        os.chown(new, owner.st_uid, owner.st_gid)
