"""The console of one desk: hears its agents in its room, has done what they ask, and answers. Nobody else is heard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from appservice.desk.commands.command import (
    AskHelp,
    BecomeAvailable,
    Close,
    Command,
    EndShift,
    FindUnits,
    ForceClose,
    HandOver,
    ListConversations,
    ListenIn,
    MarkHard,
    Misunderstood,
    Propose,
    ReadText,
    Reassign,
    SetDanger,
    ShowBoard,
    StopListening,
    Take,
    TakePause,
    Withdraw,
)
from appservice.desk.commands.reading import read
from appservice.desk.console import answers, explaining, refusing
from appservice.desk.console.asking import Answering, Asked, require_of_desk
from appservice.desk.console.conversations import Conversations
from appservice.desk.console.knowing import names_something
from appservice.desk.console.orientations import Orientations
from appservice.desk.console.reactions import takes
from appservice.desk.console.refusing import NeedsReference
from appservice.desk.console.shift import Shift
from appservice.desk.hearing import Heard, Reacted
from appservice.desk.words import Words
from appservice.domain.desk import Desk
from appservice.domain.desk_plan import bot_name
from appservice.domain.errors import HomeserverError
from appservice.domain.ids import DeskId, EventId, SignalementId, UserId
from appservice.domain.refusals import AlreadyTaken, Refusal
from appservice.domain.signalement import Signalement, State
from appservice.ports import Desks, Stores
from appservice.usecases.claim import Claim


class SignsOfAgents(Protocol):
    async def still_here(self, signalement_id: SignalementId) -> None:
        """The agent who has this conversation has given a sign of life."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What carries out the commands; one of each for all desks."""

    conversations: Conversations
    orientations: Orientations
    shift: Shift
    claim: Claim
    signs: SignsOfAgents
    is_town: Callable[[str], bool]
    """Whether a commune is called exactly so."""


class DeskConsole:
    """`heard` and `reacted` are what the desk's bot calls back. What is heard twice is answered once."""

    def __init__(
        self, desk: DeskId, bot: UserId, stores: Stores, desks: Desks, parts: Parts, answer: Answering
    ) -> None:
        """The desk need not be known yet; it must be when something is heard."""
        self._desk_id = desk
        self._bot = bot
        self._stores = stores
        self._desks = desks
        self._parts = parts
        self._answer = answer

    async def heard(self, heard: Heard) -> None:
        """Words from a device that its agent vouches for. Of anybody but the desk's agents they mean nothing."""
        if not self._is_of_agent(heard):
            return
        await self._note_sign(UserId(heard.sender))
        names = frozenset({self._bot, bot_name(self._desk)})
        result = read(heard.body, mentioned=self._bot in heard.mentions, names=names, known=self._knows)
        if result is None:
            return
        if isinstance(result, Misunderstood):
            words = explaining.told(result)
        else:
            about = tuple(EventId(each) for each in (heard.replies_to, heard.thread) if each is not None)
            mentions = heard.mentions - names
            asked = Asked(UserId(heard.sender), self._desk, result.language, about, mentions)
            words = await self._carried_out(result.command, asked)
        await self._answer(heard, words, f"answer-{heard.event_id}")

    async def reacted(self, reacted: Reacted) -> None:
        """A hand or a tick on an announcement takes it. The announcement itself then says so: no more is said."""
        if not self._is_of_agent(reacted):
            return
        agent = UserId(reacted.sender)
        await self._note_sign(agent)
        signalement = await self._stores.by_announcement(EventId(reacted.reacts_to))
        if signalement is None or signalement.agent_mxid == agent:
            return
        asked = Asked(agent, self._desk, "fr")
        if not takes(reacted.key):
            if signalement.state is State.WAITING:
                await self._answer(reacted, answers.how_to_take(signalement), f"how-{reacted.event_id}")
            return
        await self._take(signalement, asked, reacted)

    async def _take(self, signalement: Signalement, asked: Asked, reacted: Reacted) -> None:
        once = f"answer-{reacted.event_id}"
        try:
            require_of_desk(signalement, asked)
            await self._parts.claim.take(signalement.reference, asked.agent)
        except AlreadyTaken as refusal:
            # Fifty hands at once, of which one was first: one answer is for all the others.
            once = f"late-{signalement.signalement_id}-{signalement.revision}"
            await self._answer(reacted, refusing.refused(refusal, signalement.reference, "fr"), once)
        except Refusal as refusal:
            await self._answer(reacted, refusing.refused(refusal, signalement.reference, "fr"), once)
        except HomeserverError:
            await self._answer(reacted, refusing.unavailable("fr"), once)

    async def _carried_out(self, command: Command, asked: Asked) -> Words:
        try:
            return await self._do(command, asked)
        except NeedsReference as needed:
            return refusing.which(needed, asked.language)
        except HomeserverError:
            return refusing.unavailable(asked.language)

    async def _do(self, command: Command, asked: Asked) -> Words:
        match command:
            case Take() | HandOver() | ListenIn() | StopListening() | Close() | SetDanger() | MarkHard():
                return await self._parts.conversations(command, asked)
            case Propose() | FindUnits() | Withdraw():
                return await self._parts.orientations(command, asked)
            case ListConversations() | BecomeAvailable() | TakePause() | EndShift():
                return await self._parts.shift(command, asked)
            case ReadText():
                return answers.ready_text_for(command.name, command.language, asked.language)
            case AskHelp():
                return explaining.help_for(command.about, asked.language)
            case ShowBoard() | Reassign() | ForceClose():
                return refusing.for_leaders(asked.language)

    async def _note_sign(self, agent: UserId) -> None:
        """Whatever an agent says or does here shows that it is there, for everybody it talks with."""
        for signalement in await self._stores.with_agent(agent):
            await self._parts.signs.still_here(signalement.signalement_id)

    def _knows(self, command: Command) -> bool:
        return names_something(command, self._desk, self._desks.all(), self._parts.is_town)

    def _is_of_agent(self, heard: Heard | Reacted) -> bool:
        in_room = heard.room_id == self._desks.rooms(self._desk_id).desk_room_id
        return in_room and UserId(heard.sender) in self._desk.agents

    @property
    def _desk(self) -> Desk:
        return self._desks.desk(self._desk_id)
