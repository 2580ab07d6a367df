"""The supervision room as the shift leaders' console. An agent who is no leader gets a polite no."""

from typing import Protocol

from appservice.desk.commands.command import (
    AskHelp,
    Command,
    ForceClose,
    ListConversations,
    ListenIn,
    Misunderstood,
    Reassign,
    SetDanger,
    ShowBoard,
    StopListening,
    Understood,
    Verb,
)
from appservice.desk.commands.reading import read
from appservice.desk.commands.vocabulary import OF_LEADERS
from appservice.desk.console import answers, explaining, refusing
from appservice.desk.console.asking import Answering, Asked, Meaning
from appservice.desk.console.board import Board
from appservice.desk.console.conversations import ConversationActs
from appservice.desk.console.corrections import Corrections
from appservice.desk.console.knowing import names_something
from appservice.desk.console.people import Nobody, recipient
from appservice.desk.console.refusing import NeedsReference
from appservice.desk.hearing import Heard, Reacted
from appservice.desk.words import Words
from appservice.domain.desk import Desk
from appservice.domain.errors import HomeserverError
from appservice.domain.ids import Reference, RoomId, UserId
from appservice.domain.refusals import NoSuchAgent, Refusal
from appservice.ports import Desks

VERBS = OF_LEADERS | {Verb.LIST, Verb.LISTEN_IN, Verb.STOP_LISTENING, Verb.DANGER, Verb.HELP}


class Supervision(Protocol):
    """Who leads, and where, as the configuration has it now."""

    def desk(self) -> Desk | None:
        """The shift leaders as the agents of a desk; None if there are none."""

    def room(self) -> RoomId | None:
        """None while there is no such room."""


class SupervisionConsole:
    def __init__(
        self,
        supervision: Supervision,
        acts: ConversationActs,
        meaning: Meaning,
        desks: Desks,
        board: Board,
        answer: Answering,
        server_name: str,
        bot_names: frozenset[str],
    ) -> None:
        self._supervision = supervision
        self._acts = acts
        self._meaning = meaning
        self._desks = desks
        self._board = board
        self._answer = answer
        self._server_name = server_name
        self._bot_names = bot_names
        self._corrections = Corrections()

    async def heard(self, heard: Heard) -> None:
        """Words from a device that its owner vouches for."""
        names, desk = self._bot_names, self._supervision.desk()
        if desk is None or heard.room_id != self._supervision.room():
            return
        result = read(heard.body, mentioned=bool(names & heard.mentions), names=names, known=self._knows)
        if not isinstance(result, Understood):
            self._corrections.leave_open(heard)
        if result is None:
            return
        if UserId(heard.sender) not in desk.agents:
            words: Words | None = refusing.leaders_only(result.language)
        elif isinstance(result, Misunderstood):
            words = explaining.told(result)
        else:
            asked = Asked(UserId(heard.sender), desk, result.language, (), heard.mentions - names)
            words = await self._carried_out(result.command, asked, heard)
        if words is not None:
            await self._answer(heard, words, f"answer-{heard.event_id}")

    async def corrected(self, edit: Heard) -> None:
        """Other words for earlier ones: they count as said so at first, unless those were carried out."""
        await self._corrections.put_right(edit, self.heard)

    async def reacted(self, reacted: Reacted) -> None:
        """Reactions mean nothing here: the board is about everybody, and leaders take nobody."""

    async def _carried_out(self, command: Command, asked: Asked, heard: Heard) -> Words | None:
        reference = getattr(command, "reference", None)
        try:
            return await self._do(command, asked, heard)
        except NeedsReference as needed:
            self._corrections.leave_open(heard)
            return refusing.which(needed, asked.language)
        except Refusal as refusal:
            self._corrections.leave_open(heard)
            return refusing.refused(refusal, str(reference), asked.language)
        except HomeserverError:
            return refusing.unavailable(asked.language)

    async def _do(self, command: Command, asked: Asked, heard: Heard) -> Words | None:
        leader, language = asked.agent, asked.language
        match command:
            case ListConversations():
                return await self._board.listed(language)
            case ShowBoard():
                await self._board.post_anew(f"board-{heard.event_id}")
                return None
            case Reassign():
                return await self._reassign(command, asked, heard)
            case ForceClose():
                reference = await self._meant(command.reference, asked)
                closed = await self._acts.close(reference, leader, command.outcome, as_leader=True)
                return answers.closed(closed, command.outcome, language)
            case ListenIn():
                reference = await self._meant(command.reference, asked)
                listened = await self._acts.listen_in(reference, leader, as_leader=True)
                return answers.listening(listened, self._server_name, language)
            case StopListening():
                listened_to = await self._meaning.listened(asked, command.reference)
                alone = await self._acts.listen_in.no_longer(listened_to.reference, leader)
                return answers.no_longer_listening(alone, alone.agent_mxid == leader, language)
            case SetDanger():
                reference = await self._meant(command.reference, asked)
                marked = await self._acts.mark_danger(reference, leader, command.in_danger, as_leader=True)
                return answers.danger(marked, language)
            case AskHelp():
                return explaining.help_for(command.about, language, VERBS)
        return refusing.for_desks(language)

    async def _reassign(self, command: Reassign, asked: Asked, heard: Heard) -> Words:
        signalement = await self._meaning.of(asked, command.reference)
        to = recipient(command.to, asked.mentions, self._desks.desk(signalement.desk_id), self._desks.all())
        if isinstance(to, Nobody):
            self._corrections.leave_open(heard)
            return answers.nobody(command.to, to.near, asked.language)
        reference = signalement.reference
        if to.agent is not None:
            handed = await self._acts.hand_over.to_agent(reference, asked.agent, to.agent, as_leader=True)
        elif to.desk is not None:
            handed = await self._acts.hand_over.to_desk(reference, asked.agent, to.desk, as_leader=True)
        else:
            raise NoSuchAgent(to.name)
        return answers.handed_over(handed, to.name, asked.language)

    def _knows(self, command: Command) -> bool:
        return names_something(command, None, self._desks.all(), lambda _: False)

    async def _meant(self, reference: Reference | None, asked: Asked) -> Reference:
        return (await self._meaning.of(asked, reference)).reference
