"""The module's section of homeserver.yaml, as a frozen object. An unknown or missing key is an error that names it."""

from collections.abc import Mapping
from dataclasses import dataclass

# Not from synapse.module_api, which would load the whole homeserver with it.
from synapse.config import ConfigError
from synapse.types import UserID


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
    if not isinstance(warden, str) or not UserID.is_valid(warden):
        raise ConfigError(
            'signalement_policy: `warden` must be a Matrix id such as "@veilleuse:example.org"', ["warden"]
        )
    return PolicyConfig(warden)
