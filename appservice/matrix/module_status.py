"""Whether the homeserver has the module that this service works with, made for this service."""

from collections.abc import Mapping

INTERFACE = 4
"""The version of the module's interface that this service speaks: `version` in the answer to `GET …/status`."""

INSTALL = (
    "Install it in Synapse's environment (pip install veilleuse-signalement-policy), add it under `modules:` in"
    " homeserver.yaml, restart Synapse; see docs/operators.md."
)


def absent(code: str) -> str:
    """What to say when the homeserver answered with this error."""
    return (
        f"The homeserver has no module policies.signalement_policy, or does not know this service ({code}). {INSTALL}"
    )


def problem_with(status: Mapping[str, object], warden: str) -> str | None:
    """What is wrong with the module that gave this answer, and what to do; `None` if nothing is."""
    version = status.get("version")
    if version != INTERFACE:
        older = not isinstance(version, int) or version < INTERFACE
        what = f"speaks version {version} of its interface, this service version {INTERFACE}"
        remedy = f"Update the module. {INSTALL}" if older else "Update this service."
        return f"The homeserver's module policies.signalement_policy {what}. {remedy}"
    if status.get("warden") != warden:
        return (
            f"The homeserver's module watches over {status.get('warden')}, this service is {warden}:"
            " set `warden` in the module's configuration."
        )
    return None
