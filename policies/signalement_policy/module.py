"""What each process of Synapse loads: reads the configuration, puts the rules in force; in the main process, also hangs
the endpoint into the homeserver."""

from synapse.module_api import ModuleApi
from synapse.module_api.errors import ConfigError

from policies.signalement_policy.config import PolicyConfig, parse_config, require_service
from policies.signalement_policy.endpoint import PATH, Endpoint
from policies.signalement_policy.enforcement import Enforcement
from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.violations import Violations


class SignalementPolicy:
    def __init__(self, config: PolicyConfig, api: ModuleApi) -> None:
        if not api.is_mine(config.warden):
            raise ConfigError(f"signalement_policy: `warden` must be a user of {api.server_name}", ["warden"])
        homeserver = Homeserver(api, config.warden)
        require_service(config, homeserver.services, knows_tokens=homeserver.knows_tokens)
        violations = Violations(homeserver)
        Enforcement(homeserver, violations).stand_in_the_way()
        violations.start()
        homeserver.listen_to_other_processes()
        if homeserver.is_main_process:
            # Elsewhere what is under way would be remembered by a process that is not asked again.
            api.register_web_resource(PATH, Endpoint(homeserver, violations))

    @staticmethod
    def parse_config(section: object) -> PolicyConfig:
        """Called by Synapse while it reads its configuration. Raises `ConfigError`."""
        return parse_config(section)
