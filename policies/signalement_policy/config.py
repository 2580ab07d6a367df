"""The module's section of homeserver.yaml, as a frozen object. An unknown or missing key is an error that names it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

# Not from synapse.module_api, which would load the whole homeserver with it.
from synapse.config import ConfigError

from policies.signalement_policy.rules import example_of_a_guest

_USER_ID = re.compile(r"@[a-z0-9._=/+-]+:[A-Za-z0-9.:\[\]-]+")


@dataclass(frozen=True)
class PolicyConfig:
    warden: str
    """The application service's own user (`sender_localpart` of its registration), as a whole Matrix id."""


def parse_config(section: object) -> PolicyConfig:
    """Raises `ConfigError`, which stops Synapse's start and names the key that is wrong."""
    if not isinstance(section, Mapping):
        raise ConfigError("signalement_policy: `config` must be a mapping with the key `warden`")
    for key in section:
        if key != "warden":
            raise ConfigError(f"signalement_policy: unknown key `{key}`; the only one is `warden`", [str(key)])
    warden = section.get("warden")
    if not isinstance(warden, str) or _USER_ID.fullmatch(warden) is None:
        raise ConfigError(
            'signalement_policy: `warden` must be a Matrix id such as "@veilleuse:example.org"', ["warden"]
        )
    return PolicyConfig(warden)


class Service(Protocol):
    """What is to be known of an application service."""

    @property
    def sender(self) -> object: ...

    def is_exclusive_user(self, user_id: str) -> bool: ...


def require_service(config: PolicyConfig, services: Iterable[Service], *, knows_tokens: bool) -> None:
    """Raises `ConfigError` unless the homeserver has an application service whose own user is the warden, and to whom
    alone guests' names belong; or if another service gives out its tokens: without these, no rule about guests holds.
    """
    if not knows_tokens:
        raise ConfigError(
            "signalement_policy: not with `matrix_authentication_service`: whose a token is, is known there alone",
            ["matrix_authentication_service"],
        )
    wardens = [service for service in services if str(service.sender) == config.warden]
    if not wardens:
        raise ConfigError(
            f"signalement_policy: `warden` is {config.warden}, which is no `sender_localpart` of a registration in"
            " `app_service_config_files`",
            ["warden"],
        )
    if not any(service.is_exclusive_user(example_of_a_guest(config.warden)) for service in wardens):
        raise ConfigError(
            f"signalement_policy: the registration of {config.warden} has no namespace with `exclusive: true` for its"
            f" guests, such as {example_of_a_guest(config.warden)}",
            ["app_service_config_files"],
        )
