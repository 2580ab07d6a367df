"""What agents do with conversations: take, hand over, listen in, close, and say how they are."""

from dataclasses import dataclass

from appservice.desk.commands.command import (
    Close,
    HandOver,
    ListenIn,
    MarkHard,
    SetDanger,
    StopListening,
    Take,
)
from appservice.desk.console import answers
from appservice.desk.console.asking import Asked, Meaning, NotDone, require_of_desk
from appservice.desk.console.marked import marked
from appservice.desk.console.people import Nobody, recipient
from appservice.desk.console.refusing import NeedsReference, refused
from appservice.desk.words import Words
from appservice.domain.refusals import AlreadyTaken, NoSuchAgent, Refusal
from appservice.domain.signalement import Signalement
from appservice.ports import Desks, Stores
from appservice.usecases import claim, close, hand_over, listen_in, mark_danger, mark_hard


@dataclass(frozen=True, slots=True)
class ConversationActs:
    """The use cases behind the commands."""

    claim: claim.Claim
    hand_over: hand_over.HandOver
    listen_in: listen_in.ListenIn
    close: close.Close
    mark_danger: mark_danger.MarkDanger
    mark_hard: mark_hard.MarkHard


OnConversation = Take | HandOver | ListenIn | StopListening | Close | SetDanger | MarkHard


class Conversations:
    def __init__(
        self, acts: ConversationActs, stores: Stores, desks: Desks, meaning: Meaning, server_name: str
    ) -> None:
        self._acts = acts
        self._stores = stores
        self._desks = desks
        self._meaning = meaning
        self._server_name = server_name

    async def __call__(self, command: OnConversation, asked: Asked) -> Words:
        """Carries it out. Raises `NotDone` where that is refused, `NeedsReference`, `HomeserverError`."""
        if isinstance(command, Take) and command.reference is None and not asked.about:
            return await self._take_next(asked)
        signalement: Signalement | None = None
        try:
            find = self._meaning.listened if isinstance(command, StopListening) else self._meaning.of
            signalement = await find(asked, command.reference)
            if not isinstance(command, ListenIn | StopListening):
                require_of_desk(signalement, asked)
            return await self._do(command, signalement, asked)
        except Refusal as refusal:
            reference = signalement.reference if signalement else str(command.reference)
            raise NotDone(refused(refusal, reference, asked.language)) from None

    async def _do(self, command: OnConversation, signalement: Signalement, asked: Asked) -> Words:
        reference, agent, language = signalement.reference, asked.agent, asked.language
        match command:
            case Take():
                return answers.taken(await self._acts.claim.take(reference, agent), self._server_name, language)
            case HandOver():
                return await self._hand_over(command, signalement, asked)
            case ListenIn():
                listened = await self._acts.listen_in(reference, agent)
                return answers.listening(listened, self._server_name, language)
            case StopListening():
                alone = await self._acts.listen_in.no_longer(reference, agent)
                return answers.no_longer_listening(alone, alone.agent_mxid == agent, language)
            case Close():
                closed = await self._acts.close(reference, agent, command.outcome)
                return answers.closed(closed, command.outcome, language)
            case SetDanger():
                marked_so = await self._acts.mark_danger(reference, agent, command.in_danger)
                return answers.danger(marked_so, language)
            case MarkHard():
                return answers.hard(await self._acts.mark_hard(reference, agent, command.hard), command.hard, language)

    async def _take_next(self, asked: Asked) -> Words:
        """The most urgent of the desk, and if that is gone, the next. Whoever replies to something else is asked."""
        queue = await self._stores.waiting_at(asked.desk.desk_id)
        if queue and asked.elsewhere:
            raise NeedsReference([each.reference for each in queue])
        for signalement in queue:
            try:
                taken = await self._acts.claim.take(signalement.reference, asked.agent)
                return answers.taken(taken, self._server_name, asked.language)
            except AlreadyTaken:
                continue
            except Refusal as refusal:
                raise NotDone(refused(refusal, signalement.reference, asked.language)) from None
        return marked("Personne n'attend." if asked.language == "fr" else "Nobody waits.")

    async def _hand_over(self, command: HandOver, signalement: Signalement, asked: Asked) -> Words:
        to = recipient(command.to, asked.mentions, asked.desk, self._desks.all())
        if isinstance(to, Nobody):
            raise NotDone(answers.nobody(command.to, to.near, asked.language))
        if to.agent is not None:
            handed = await self._acts.hand_over.to_agent(signalement.reference, asked.agent, to.agent)
        elif to.desk is not None:
            handed = await self._acts.hand_over.to_desk(signalement.reference, asked.agent, to.desk)
        else:
            raise NoSuchAgent(to.name)
        return answers.handed_over(handed, to.name, asked.language)
