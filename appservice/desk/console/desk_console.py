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
    Language,
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
    Understood,
    Withdraw,
)
from appservice.desk.commands.reading import read
from appservice.desk.commands.talk import changes_something
from appservice.desk.console import answers, explaining, refusing
from appservice.desk.console.asking import Answering, Asked, NotDone, require_of_desk
from appservice.desk.console.conversations import Conversations
from appservice.desk.console.corrections import Corrections
from appservice.desk.console.knowing import names_something
from appservice.desk.console.orientations import Orientations
from appservice.desk.console.pointing import Pointed, Pointing
from appservice.desk.console.reactions import takes
from appservice.desk.console.refusing import NeedsReference
from appservice.desk.console.shift import Shift
from appservice.desk.hearing import Heard, Reacted
from appservice.desk.words import Words
from appservice.domain.desk import Desk
from appservice.domain.desk_plan import bot_name
from appservice.domain.errors import HomeserverError
from appservice.domain.ids import DeskId, SignalementId, UserId
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
    """`heard`, `corrected` and `reacted` are what the desk's bot calls back. What is heard twice is answered once."""

    def __init__(
        self,
        desk: DeskId,
        bot: UserId,
        stores: Stores,
        desks: Desks,
        parts: Parts,
        pointing: Pointing,
        answer: Answering,
    ) -> None:
        """The desk need not be known yet; it must be when something is heard."""
        self._desk_id = desk
        self._bot = bot
        self._stores = stores
        self._desks = desks
        self._parts = parts
        self._pointing = pointing
        self._corrections = Corrections()
        self._answer = answer

    async def heard(self, heard: Heard) -> None:
        """Words from a device that its agent vouches for. Of anybody but the desk's agents they mean nothing."""
        if not self._is_of_agent(heard):
            return
        await self._note_sign(UserId(heard.sender))
        words = await self._answered(heard)
        if words is not None:
            await self._answer(heard, words, f"answer-{heard.event_id}")

    async def corrected(self, edit: Heard) -> None:
        """Other words for earlier ones: they count as said so at first, unless those were carried out."""
        await self._corrections.put_right(edit, self.heard)

    async def _answered(self, heard: Heard) -> Words | None:
        """What to answer; None: it is talk."""
        heard = await self._pointing.spelled_out(heard)
        replies = heard.replies_to is not None or heard.thread is not None
        result = self._read(heard, pointed=replies)
        try:
            pointed = await self._pointing.by_reply(heard) if replies and result is not None else Pointed()
            if replies and not pointed.references:
                result = self._read(heard, pointed=False)
            if isinstance(result, Understood):
                agent, mentions = UserId(heard.sender), heard.mentions - self._names
                about, elsewhere = pointed.references, pointed.elsewhere
                asked = Asked(agent, self._desk, result.language, about, mentions, elsewhere)
                done = await self._do(result.command, asked)
                if not changes_something(result.command):
                    self._corrections.leave_open(heard)
                return done
        except HomeserverError:
            return refusing.unavailable(_language_of(result))
        except NotDone as why:
            words: Words | None = why.words
        except NeedsReference as needed:
            words = refusing.which(needed, _language_of(result))
        else:
            words = explaining.told(result) if result is not None else None
        self._corrections.leave_open(heard)
        return words

    def _read(self, heard: Heard, *, pointed: bool) -> Understood | Misunderstood | None:
        names = self._names
        return read(heard.body, mentioned=self._bot in heard.mentions, pointed=pointed, names=names, known=self._knows)

    @property
    def _names(self) -> frozenset[str]:
        return frozenset({self._bot, bot_name(self._desk)})

    async def reacted(self, reacted: Reacted) -> None:
        """A hand or a tick on an announcement takes it. The announcement itself then says so: no more is said."""
        if not self._is_of_agent(reacted):
            return
        agent = UserId(reacted.sender)
        await self._note_sign(agent)
        try:
            signalement = await self._pointing.by_reaction(reacted)
        except HomeserverError:
            await self._answer(reacted, refusing.unavailable("fr"), f"answer-{reacted.event_id}")
            return
        if signalement is None or signalement.agent_mxid == agent:
            return
        asked = Asked(agent, self._desk, "fr")
        if not takes(reacted.key):
            if signalement.state is State.WAITING:
                once = f"how-{signalement.signalement_id}-{signalement.stay}-{agent}"
                await self._answer(reacted, answers.how_to_take(signalement), once)
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


def _language_of(result: Understood | Misunderstood | None) -> Language:
    return "fr" if result is None else result.language
