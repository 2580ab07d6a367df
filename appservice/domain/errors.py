"""The one tree of errors. Raised inside, translated once at each edge (HTTP answer, Matrix text, exit status).

No message carries a token, a postal code or a word that somebody typed.
"""


class VeilleuseError(Exception):
    """Anything that this project raises on purpose."""


class ConfigurationError(VeilleuseError):
    """The configuration, the registration or a secret file cannot be used; the message says where and what to do."""


class InvalidInput(VeilleuseError):
    """What came from outside does not have the form it must have; nothing was changed."""


class Unreadable(VeilleuseError):
    """What is in the database cannot be read: it is away, somebody edited it, or took tables out of it."""


class InvalidTransition(VeilleuseError):
    """The signalement is not in a state from which this can happen; nothing was changed."""


class NoLongerActive(VeilleuseError):
    """Another process may have become the active one: this one has to stop."""


class HomeserverError(VeilleuseError):
    """A request to the homeserver did not succeed."""


class HomeserverUnavailable(HomeserverError):
    """The homeserver did not answer, or not in its right mind (5xx, 429): worth another try later."""


class HomeserverRefused(HomeserverError):
    """The homeserver answered no. `code` is Matrix's errcode (`M_FORBIDDEN`, …)."""

    def __init__(self, code: str, explanation: str) -> None:
        super().__init__(f"{code}: {explanation}")
        self.code = code


class Superseded(InvalidTransition):
    """Somebody else changed the signalement since it was read; nothing was changed. Read it again, and decide again."""
