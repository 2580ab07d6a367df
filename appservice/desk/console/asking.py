"""Who asks what, where: and which conversation is meant."""

from dataclasses import dataclass
from typing import Protocol

from appservice.desk.commands.command import Language
from appservice.desk.console.refusing import NeedsReference
from appservice.desk.hearing import Heard, Reacted
from appservice.desk.words import Words
from appservice.domain.desk import Desk
from appservice.domain.errors import VeilleuseError
from appservice.domain.ids import Reference, UserId
from appservice.domain.refusals import NoSuchSignalement, NotOfTheDesk
from appservice.domain.signalement import Signalement
from appservice.ports import Stores


class Answering(Protocol):
    """The bot's voice, in the room where it was asked."""

    async def __call__(self, to: Heard | Reacted, words: Words, once: str) -> None:
        """Answers beside what was said, without a notification. The same `once` again says nothing more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An agent of a desk, in its room. `about`: those that the message told of that is replied to; `elsewhere`: it told
    of none."""

    agent: UserId
    desk: Desk
    language: Language
    about: tuple[Reference, ...] = ()
    mentions: frozenset[str] = frozenset()
    elsewhere: bool = False


class NotDone(VeilleuseError):
    """Nothing came of a command: it may be put right. `words` tell the agent why."""

    def __init__(self, words: Words) -> None:
        super().__init__("a command was not carried out")
        self.words = words


class Meaning:
    """Which signalement an agent means."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def of(self, asked: Asked, reference: Reference | None) -> Signalement:
        """By the reference, by what is replied to, or because the agent has no other.

        Raises `NeedsReference`, `NoSuchSignalement`.
        """
        if reference is None and len(asked.about) > 1:
            raise NeedsReference(list(asked.about))
        reference = reference or next(iter(asked.about), None)
        if reference is not None:
            named = await self._stores.by_reference(reference)
            if named is None:
                raise NoSuchSignalement(f"there is no {reference}")
            return named
        own = await self._stores.with_agent(asked.agent)
        if len(own) != 1:
            raise NeedsReference([each.reference for each in own])
        return own[0]

    async def listened(self, asked: Asked, reference: Reference | None) -> Signalement:
        """As `of`; where nothing tells, it is the one that the agent listens in to, before any that the agent has."""
        if reference is None and not asked.about:
            heard = [one for one in await self._stores.active() if asked.agent in one.listeners]
            if len(heard) > 1:
                raise NeedsReference([each.reference for each in heard])
            if heard:
                return heard[0]
        return await self.of(asked, reference)


def require_of_desk(signalement: Signalement, asked: Asked) -> None:
    """Raises `NotOfTheDesk` unless it is at the desk in whose room is asked, or the agent is in it."""
    own = asked.agent == signalement.agent_mxid or asked.agent in signalement.listeners
    if signalement.desk_id != asked.desk.desk_id and not own:
        raise NotOfTheDesk(f"{signalement.reference} is not of {asked.desk.desk_id}")
