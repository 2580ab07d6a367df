"""The homeserver's own module: does, for the application service, what only the homeserver can do, and nothing more.

In homeserver.yaml:

    modules:
      - module: policies.signalement_policy.module.SignalementPolicy
        config:
          warden: "@veilleuse:example.org"

`rules` and `config` can be imported without starting a homeserver.
"""

VERSION = "0.1.0"
"""Of the package, as in policies/pyproject.toml."""
