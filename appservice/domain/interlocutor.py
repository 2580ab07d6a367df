"""Who the guest talks with, as its page is told: a name for each, and never an address."""

from collections.abc import Iterable
from dataclasses import dataclass

from appservice.domain.desk import Desk
from appservice.domain.ids import UserId
from appservice.domain.signalement import Interruption

NAMELESS = "Agent"
"""Whom the configuration no longer knows."""


@dataclass(frozen=True, slots=True)
class Named:
    agent: UserId
    name: str


@dataclass(frozen=True, slots=True)
class Interlocutor:
    """The agent who is there, and those who listen in."""

    agent: Named
    listeners: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Nobody:
    """`why`: None before anybody came, or when the agent left by itself. `to`: the desk or agent it was handed to."""

    why: Interruption | None = None
    to: str | None = None


def name_for_guest(agent: UserId, own: Desk, desks: Iterable[Desk], leading: Desk | None) -> str:
    """The pseudonym that the agent has at the signalement's own desk; or at the first that knows it, with that desk's
    name, for each desk has an "Agent 1". Of a shift leader who is in no desk, the one among the `leading`.
    """
    if agent in own.agents:
        return own.name_of(agent)
    for desk in desks:
        if agent in desk.agents:
            return f"{desk.name_of(agent)} ({desk.name})"
    return leading.name_of(agent) if leading is not None and agent in leading.agents else NAMELESS
