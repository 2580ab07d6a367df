"""The homeserver's own module: does, for the application service, what only the homeserver can do, and nothing more.

In homeserver.yaml:

    modules:
      - module: policies.signalement_policy.SignalementPolicy
        config:
          warden: "@veilleuse:example.org"
"""

from policies.signalement_policy.module import SignalementPolicy

__all__ = ["SignalementPolicy"]
