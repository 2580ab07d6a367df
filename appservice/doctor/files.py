"""Files: are they there, are they what they must be, and who else can read them?"""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.fernet import Fernet

from appservice.config import Registration, Settings, former_and_next, read_secrets
from appservice.doctor.findings import Finding, Severity
from appservice.domain.audit.checkpoint import Signer
from appservice.domain.errors import ConfigurationError, InvalidInput
from appservice.domain.ids import WARDEN_LOCALPART

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def examine_files(config: Path, settings: Settings) -> Iterator[Finding]:
    appservice, portal, audit = settings.appservice, settings.guest_portal, settings.audit
    yield from _secrets("keys.appservice_token", portal.appservice_token_file, lambda token: len(token) >= 16)
    yield from _secrets("keys.session_keys", portal.session_keys_file, _is_fernet)
    yield from _secrets("keys.checkpoint_keys", audit.checkpoint_keys_file, _is_ed25519)
    for registration in (appservice.registration, *former_and_next(appservice.registration)):
        yield from _private("permissions.registration", registration)
    yield from _private("permissions.data_directory", appservice.data_directory, "700")
    scheme, _, rest = appservice.database.partition("://")
    if scheme == "sqlite":
        yield from _private("permissions.database", Path(rest.removeprefix("/")))
    elif "@" in rest:
        yield from _private("permissions.config", config, because=": the database's password is in it")


def examine_registration(settings: Settings, registration: Registration) -> Iterator[Finding]:
    again = "Move the file away, run `veilleuse registration`, and restart Synapse."
    server = settings.homeserver.server_name.replace(".", r"\.")
    listen = settings.appservice.listen
    if registration.sender_localpart != WARDEN_LOCALPART:
        yield Finding(
            "registration.sender_localpart",
            f"The service is called {registration.sender_localpart!r}, not {WARDEN_LOCALPART!r}.",
            again,
        )
    if not all(
        namespace.exclusive and namespace.regex.endswith(f":{server}") for namespace in registration.namespaces.users
    ):
        yield Finding(
            "registration.namespaces",
            "A namespace is not exclusive, or of another server: others could take the name of a guest.",
            again,
        )
    if registration.rate_limited:
        yield Finding(
            "registration.rate_limited",
            "Synapse limits how fast the service may act: openings and erasures would wait.",
            f"Write `rate_limited: false` in {settings.appservice.registration}, and restart Synapse.",
        )
    if not registration.url.endswith(f":{listen.port}"):
        yield Finding(
            "registration.url",
            f"Synapse pushes to {registration.url}, the service listens on port {listen.port}.",
            f"Write the service's address as `url` in {settings.appservice.registration}, and restart Synapse.",
            Severity.WARNING,  # it may be behind something that leads there
        )


def examine_page(manifest: Path) -> Iterator[Finding]:
    if not manifest.exists():
        yield Finding(
            "portal.page", "The page is not built.", "Run `make page`, or install a wheel, which contains it."
        )


def _secrets(check: str, path: Path, is_good: Callable[[str], bool]) -> Iterator[Finding]:
    try:
        secrets = read_secrets(path)
    except ConfigurationError as error:
        what, _, remedy = str(error).partition("; ") if "; " in str(error) else str(error).partition(". ")
        yield Finding(check, what.rstrip(".") + ".", remedy[:1].upper() + remedy[1:])
        return
    for number, secret in enumerate(secrets, start=1):
        if not is_good(secret):
            yield Finding(
                check,
                f"{path}: line {number} is not such a key.",
                "Remove the line; `veilleuse secrets` writes a good one if the file is missing.",
            )


def _is_fernet(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _is_ed25519(key: str) -> bool:
    try:
        Signer(key)
    except InvalidInput:
        return False
    return True


def _private(check: str, path: Path, mode: str = "600", because: str = "") -> Iterator[Finding]:
    if path.exists() and path.stat().st_mode & _OTHERS:
        yield Finding(check, f"{path}: others than its owner may read it{because}.", f"Run: chmod {mode} {path}")
