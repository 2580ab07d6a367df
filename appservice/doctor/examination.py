"""The whole examination, in the order in which one fault may be the reason for the next."""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from appservice.config import Registration, Settings, load_registration, load_settings
from appservice.doctor.files import examine_files, examine_page, examine_registration
from appservice.doctor.findings import Finding
from appservice.doctor.homeserver_settings import Document, examine_logging, examine_settings
from appservice.doctor.running import examine_database, examine_homeserver, examine_ports, examine_rooms_ahead
from appservice.domain.errors import ConfigurationError, VeilleuseError
from appservice.domain.ids import WARDEN_LOCALPART
from appservice.ports import Clock

_PAGE = Path(__file__).parents[2] / "guest_portal" / "static" / "manifest.json"


async def examine(config: Path, homeserver_yaml: Sequence[Path], clock: Clock) -> AsyncIterator[Finding]:
    """Everything there is to say. Without a configuration that can be read, that is all that is said.

    `homeserver_yaml`: Synapse's files, in the order in which it reads them; without any, its settings are not examined.
    """
    try:
        settings = load_settings(config)
        settings.routing()
    except VeilleuseError as error:
        for line in str(error).splitlines():
            yield Finding("configuration", line, "Correct this line; config.example.yaml explains every key.")
        return
    try:
        registration = load_registration(settings.appservice.registration)
    except ConfigurationError as error:
        registration = None
        yield Finding(
            "registration.file", str(error), "Run `veilleuse registration`, name the file in homeserver.yaml."
        )
    for finding in _at_rest(config, settings, registration):
        yield finding
    if homeserver_yaml:
        for finding in examine_homeserver_yaml(homeserver_yaml, settings):
            yield finding
    for examined in (
        examine_database(settings.appservice.database),
        examine_homeserver(settings, registration, clock),
        examine_ports(settings),
        examine_rooms_ahead(settings),
    ):
        async for finding in examined:
            yield finding


def examine_homeserver_yaml(files: Sequence[Path], settings: Settings) -> Iterator[Finding]:
    """As Synapse does: what a later file says of a key takes the place of what an earlier one says."""
    document: Document = {}
    try:
        for file in files:
            document = {**document, **_read(file)}
    except ConfigurationError as error:
        yield Finding("synapse.file", str(error), "Give --homeserver-config the file that Synapse is started with.")
        return
    server_name = settings.homeserver.server_name
    yield from examine_settings(document, server_name, f"@{WARDEN_LOCALPART}:{server_name}")
    beside = files[0].parent
    named = [beside / one for one in document.get("app_service_config_files") or []]
    if settings.appservice.registration.resolve() not in [one.resolve() for one in named]:
        yield Finding(
            "synapse.app_service_config_files",
            f"Synapse is not told of {settings.appservice.registration}.",
            "Name it under app_service_config_files in homeserver.yaml, and restart Synapse.",
        )
    if (log := document.get("log_config")) is None:
        return
    try:
        yield from examine_logging(_read(beside / log))
    except ConfigurationError as error:
        yield Finding("synapse.log_config", str(error), "Write a log configuration there; see docs/deployment.")


def _at_rest(config: Path, settings: Settings, registration: Registration | None) -> Iterator[Finding]:
    yield from examine_files(config, settings)
    if registration is not None:
        yield from examine_registration(settings, registration)
    yield from examine_page(_PAGE)


def _read(path: Path) -> Document:
    try:
        document = YAML(typ="safe").load(path)
    except (OSError, YAMLError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} holds no settings.")
    return document
