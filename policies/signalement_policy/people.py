"""Who somebody is to the rules."""

from enum import StrEnum


class Role(StrEnum):
    WARDEN = "warden"
    GUEST = "guest"

    ROBOT = "robot"
    """A desk bot, or the account of any other application service."""

    PERSON = "person"
    """An ordinary account of this homeserver."""

    FOREIGNER = "foreigner"
    """An account of another homeserver."""


class Actor(StrEnum):
    """Who broke a rule, as it is counted."""

    SERVICE = "service"
    """The application service, one of its bots, or another application service."""

    GUEST = "guest"
    AGENT = "agent"
    """Somebody who is in a desk or in a signalement."""

    STRANGER = "stranger"
