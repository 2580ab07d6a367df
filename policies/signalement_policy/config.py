"""The module's section of homeserver.yaml, as a frozen object. An unknown or missing key is an error that names it."""

from collections.abc import Mapping
from dataclasses import dataclass

# Not from synapse.module_api, which would load the whole homeserver with it.
from synapse.config import ConfigError
from synapse.types import UserID

_KEYS = ("warden", "durable")


@dataclass(frozen=True)
class PolicyConfig:
    warden: str
    """The application service's own user (`sender_localpart` of its registration), as a whole Matrix id."""
    durable: bool = True
    """On SQLite: whether a transaction waits for the disk. If not, nothing is lost with a process, but with the machine
    the last seconds may be: for demonstrations and tests."""


def parse_config(section: object) -> PolicyConfig:
    """Raises `ConfigError`, which stops Synapse's start and names the key that is wrong."""
    if not isinstance(section, Mapping):
        raise ConfigError("signalement_policy: `config` must be a mapping with the key `warden`")
    for key in section:
        if key not in _KEYS:
            raise ConfigError(f"signalement_policy: unknown key `{key}`; there are {' and '.join(_KEYS)}", [str(key)])
    warden = section.get("warden")
    if not isinstance(warden, str) or not UserID.is_valid(warden):
        raise ConfigError(
            'signalement_policy: `warden` must be a Matrix id such as "@veilleuse:example.org"', ["warden"]
        )
    durable = section.get("durable", True)
    if not isinstance(durable, bool):
        raise ConfigError("signalement_policy: `durable` must be true or false", ["durable"])
    return PolicyConfig(warden, durable)
