"""From an auditor's words to the bot's: who is answered, what is noted in the record, what is said."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from appservice.desk.hearing import Heard
from appservice.desk.words import Words
from appservice.domain.errors import HomeserverRefused, InvalidInput, Unreadable
from appservice.domain.ids import RoomId, UserId
from appservice.ports import Clock
from policies.compliance_bot.answers import Answer, Answers, Attachment
from policies.compliance_bot.questions import NotUnderstood, Question, Topic, ask
from policies.compliance_bot.service import ServiceUnavailable
from policies.compliance_bot.tables import paragraph
from policies.compliance_bot.wording import EXPLANATIONS, WORDINGS

_LOG = logging.getLogger(__name__)


class Voice(Protocol):
    """Says things in the auditors' room. The same transaction id again says nothing more."""

    async def say(self, words: Words, transaction_id: str) -> None: ...

    async def answer(self, to: Heard, words: Words, transaction_id: str) -> None:
        """In reply to a question, without a notification."""

    async def share(self, attachment: Attachment, transaction_id: str) -> None: ...


class Notes(Protocol):
    """What the bot has the service write into the record. Raises `ServiceUnavailable`."""

    async def asked(self, auditor: UserId, topic: Topic) -> None: ...

    async def posted(self, covered: int) -> None: ...


class Answering:
    """`room` is the auditors' room: what is said elsewhere, or by somebody else, is not answered."""

    def __init__(
        self, answers: Answers, voice: Voice, notes: Notes, clock: Clock, room: RoomId, auditors: Collection[UserId]
    ) -> None:
        self._answers = answers
        self._voice = voice
        self._notes = notes
        self._clock = clock
        self._room = room
        self._auditors = frozenset(auditors)

    async def hear(self, heard: Heard) -> None:
        if heard.room_id != self._room or heard.sender not in self._auditors:
            _LOG.info("%s is not an auditor's question", heard.event_id)
            return
        now = self._clock.now()
        asked = ask(heard.body, now)
        if isinstance(asked, NotUnderstood):
            answer = Answer(_correction(asked))
        else:
            answer = await self._answer(asked, UserId(heard.sender), now)
        transaction_id = f"answer-{heard.event_id}"
        try:
            # Before the words, which are to be true: files may be refused.
            await self._share(answer, transaction_id)
        except HomeserverRefused as refusal:
            answer = Answer(paragraph(WORDINGS[asked.language].not_uploaded.format(refusal)))
        await self._voice.answer(heard, answer.words, transaction_id)

    async def tell(self, answer: Answer, transaction_id: str) -> None:
        """Unasked."""
        await self._voice.say(answer.words, transaction_id)
        await self._share(answer, transaction_id)

    async def _share(self, answer: Answer, transaction_id: str) -> None:
        for number, attachment in enumerate(answer.attachments):
            await self._voice.share(attachment, f"{transaction_id}-{number}")

    async def _answer(self, question: Question, auditor: UserId, now: datetime) -> Answer:
        wording = WORDINGS[question.language]
        try:
            # Before anything is told: there is no answer that the record does not know of.
            await self._notes.asked(auditor, question.topic)
            answer = await self._answers.to(question, now)
            if answer.covered is not None:
                await self._notes.posted(answer.covered)
        except InvalidInput as refusal:
            return Answer(paragraph(str(refusal)))
        except Unreadable as reason:
            return Answer(paragraph(wording.unreadable.format(reason)))
        except ServiceUnavailable as reason:
            return Answer(paragraph(wording.not_now.format(reason)))
        return answer


def _correction(asked: NotUnderstood) -> Words:
    wording = WORDINGS[asked.language]
    if asked.topic is not None:
        examples = dict(zip(_IN_ORDER, EXPLANATIONS[asked.language], strict=True))
        return paragraph(wording.wrong_words.format(examples[asked.topic][0]))
    if asked.nearest is not None:
        return paragraph(wording.did_you_mean.format(asked.nearest))
    return paragraph(wording.not_understood)


_IN_ORDER: list[Topic] = [topic for topic in Topic if topic is not Topic.HELP]
