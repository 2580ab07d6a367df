"""What Synapse loads: reads the configuration and hangs the endpoint into the homeserver."""

from synapse.module_api import ModuleApi
from synapse.module_api.errors import ConfigError

from policies.signalement_policy.config import PolicyConfig, parse_config
from policies.signalement_policy.endpoint import PATH, Endpoint
from policies.signalement_policy.homeserver import Homeserver


class SignalementPolicy:
    def __init__(self, config: PolicyConfig, api: ModuleApi) -> None:
        if not api.is_mine(config.warden):
            raise ConfigError(f"signalement_policy: `warden` must be a user of {api.server_name}", ["warden"])
        api.register_web_resource(PATH, Endpoint(Homeserver(api, config.warden)))

    @staticmethod
    def parse_config(section: object) -> PolicyConfig:
        """Called by Synapse while it reads its configuration. Raises `ConfigError`."""
        return parse_config(section)
