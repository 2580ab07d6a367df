"""Makes what an installation needs once: the registration with its tokens, and the files of secrets."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from ruamel.yaml import YAML

from appservice.config import Settings
from appservice.domain.audit.checkpoint import new_secret
from appservice.domain.errors import ConfigurationError
from appservice.domain.ids import AUDIT_BOT_LOCALPART, BOT_PREFIX, GUEST_PREFIX, WARDEN_LOCALPART
from appservice.files import private_file


def write_registration(settings: Settings) -> Path:
    """Writes the registration file with new tokens. Raises `ConfigurationError` if there is one: it is in use."""
    path = settings.appservice.registration
    server = settings.homeserver.server_name.replace(".", r"\.")
    registration: dict[str, Any] = {
        "id": "veilleuse",
        "url": f"http://{settings.appservice.listen.host}:{settings.appservice.listen.port}",
        "as_token": secrets.token_urlsafe(48),
        "hs_token": secrets.token_urlsafe(48),
        "sender_localpart": WARDEN_LOCALPART,
        "rate_limited": False,
        # Typing and receipts are signs of life: an agent who gives none while somebody waits is asked.
        "receive_ephemeral": True,
        "namespaces": {
            "users": [
                {"exclusive": True, "regex": f"@{GUEST_PREFIX}[a-z2-7]{{26}}:{server}"},
                {"exclusive": True, "regex": f"@{BOT_PREFIX}[a-z0-9-]+:{server}"},
                {"exclusive": True, "regex": f"@{AUDIT_BOT_LOCALPART}:{server}"},
            ],
            "rooms": [],
            "aliases": [],
        },
    }
    _refuse_existing(path)
    with private_file(path) as file:
        YAML().dump(registration, file)
    return path


def write_secrets(settings: Settings) -> list[Path]:
    """Writes those files of secrets that do not exist yet, and returns them."""
    portal = settings.guest_portal
    wanted: dict[Path, Callable[[], str]] = {
        portal.appservice_token_file: lambda: secrets.token_urlsafe(48),
        portal.session_keys_file: lambda: Fernet.generate_key().decode(),
        settings.audit.checkpoint_keys_file: new_secret,
        settings.audit.token_file: lambda: secrets.token_urlsafe(48),
    }
    written = []
    for path, make in wanted.items():
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with private_file(path) as file:
                file.write(make() + "\n")
            written.append(path)
    return written


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise ConfigurationError(
            f"{path} exists: the homeserver may be using its tokens. To renew them, move the file away first."
        )
