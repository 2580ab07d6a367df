"""Who is answered, and what the record knows of it; and what the bot says unasked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appservice.desk.hearing import Heard
from appservice.desk.keepsake import Keepsake
from appservice.desk.words import Words
from appservice.domain.audit.checkpoint import Checkpoint, Signer, new_secret
from appservice.domain.audit.events import Alarm, Announced, Opened
from appservice.domain.audit.pseudonyms import Pseudonyms
from appservice.domain.audit.values import Code
from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable
from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.domain.signalement import Role
from appservice.store.audit import SqlAuditLog
from appservice.store.database import Database
from policies.compliance_bot.answering import Answering
from policies.compliance_bot.answers import Answers, Attachment
from policies.compliance_bot.checkpoints import CheckpointFile
from policies.compliance_bot.questions import Topic
from policies.compliance_bot.record import Record
from policies.compliance_bot.rules import Limits, Watch
from policies.compliance_bot.service import ServiceUnavailable
from policies.compliance_bot.watching import Watching
from tests.contract.test_compliance_answers import Names
from tests.fakes.audit import FakeKeyShelf
from tests.fakes.world import FakeClock, FakeRandomness
from tests.unit.factories import a_signalement

ROOM = RoomId("!audit")
AUDITOR = UserId("@auditor:fake")
WEDNESDAY = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)


class FakeVoice:
    """Like the homeserver, it says nothing again for a transaction that it knows."""

    def __init__(self) -> None:
        self.silent = self.takes_no_files = False
        self.said: dict[str, Words | Attachment] = {}

    @property
    def texts(self) -> list[str]:
        return [said.plain for said in self.said.values() if isinstance(said, Words)]

    async def say(self, words: Words, transaction_id: str) -> None:
        self._say(words, transaction_id)

    async def answer(self, to: Heard, words: Words, transaction_id: str) -> None:
        self._say(words, transaction_id)

    async def share(self, attachment: Attachment, transaction_id: str) -> None:
        if self.takes_no_files:
            raise HomeserverRefused("M_TOO_LARGE", "too large")
        self._say(attachment, transaction_id)

    def _say(self, what: Words | Attachment, transaction_id: str) -> None:
        if self.silent:
            raise HomeserverUnavailable("away")
        self.said.setdefault(transaction_id, what)


class FakeNotes:
    def __init__(self) -> None:
        self.away = False
        self.asked_for: list[tuple[UserId, Topic]] = []
        self.covered: list[int] = []

    async def asked(self, auditor: UserId, topic: Topic) -> None:
        if self.away:
            raise ServiceUnavailable("away")
        self.asked_for.append((auditor, topic))

    async def posted(self, covered: int) -> None:
        self.covered.append(covered)


class Auditors:
    def __init__(self, writing: Database, reading: Database, directory: Path) -> None:
        self.clock = FakeClock(WEDNESDAY)
        self.log = SqlAuditLog(writing, Pseudonyms(FakeKeyShelf(), FakeRandomness()), self.clock)
        self.record = Record(reading)
        self.directory = directory
        self.signer = Signer(new_secret())
        self.voice, self.notes = FakeVoice(), FakeNotes()
        self.starts()

    def starts(self) -> None:
        """A new process of the bot, with what the last one kept."""
        self.checkpoints = CheckpointFile(self.directory / "checkpoints.txt", (self.signer,))
        watch = Watch(Limits())
        answers = Answers(self.record, Names(self.log), self.checkpoints, watch)
        self.answering = Answering(answers, self.voice, self.notes, self.clock, ROOM, [AUDITOR])
        self.watching = Watching(
            self.record,
            watch,
            answers,
            self.answering,
            self.notes,
            Keepsake(self.directory / "bot"),
            self.clock,
            horizon=timedelta(days=60),
            checkpoint_every=timedelta(days=1),
        )

    async def hears(self, text: str, *, sender: str = AUDITOR, room: str = ROOM, event: str = "$1") -> None:
        await self.answering.hear(Heard(event, room, sender, text))

    async def somebody_waits(self) -> None:
        signalement = a_signalement()
        await self.log.append(Opened(DeskId("guyancourt"), None, Role.VICTIM, in_danger=False), of=signalement)
        await self.log.append(Announced(DeskId("guyancourt")), of=signalement)

    @property
    def alarms(self) -> list[str]:
        return [text for text in self.voice.texts if "ALARME" in text]


@pytest.fixture
async def auditors(tmp_path: Path) -> AsyncIterator[Auditors]:
    url = f"sqlite:///{tmp_path / 'veilleuse.db'}"
    writing, reading = Database(url), Database(url, read_only=True)
    await writing.start()
    await reading.start()
    yield Auditors(writing, reading, tmp_path)
    await reading.stop()
    await writing.stop()


async def test_an_auditor_is_answered_and_the_record_knows_of_the_question(auditors: Auditors) -> None:
    await auditors.hears("status")
    assert auditors.notes.asked_for == [(AUDITOR, Topic.STATUS)]
    assert auditors.voice.said.keys() == {"answer-$1"}


@pytest.mark.parametrize(("sender", "room"), [("@agent:fake", ROOM), (AUDITOR, "!elsewhere")])
async def test_nobody_else_and_nowhere_else_is_answered(auditors: Auditors, sender: str, room: str) -> None:
    await auditors.hears("status", sender=sender, room=room)
    assert auditors.voice.said == {}
    assert auditors.notes.asked_for == []


async def test_no_answer_is_given_that_the_record_does_not_know_of(auditors: Auditors) -> None:
    auditors.notes.away = True
    await auditors.hears("verify")
    (text,) = auditors.voice.texts
    assert "cannot answer now" in text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("statsu", "Did you mean “status”?"),
        ("zzz", "Je n’ai pas compris"),
        ("effacements demain", "Exemple : effacements 30 j"),
        ("life ZZZZ-99", "does not know this signalement"),
    ],
)
async def test_what_cannot_be_answered_says_what_to_do(auditors: Auditors, text: str, answer: str) -> None:
    await auditors.hears(text)
    assert answer in auditors.voice.texts[0]


async def test_files_come_before_the_words_about_them(auditors: Auditors) -> None:
    await auditors.hears("report 2026-W46")
    assert list(auditors.voice.said) == ["answer-$1-0", "answer-$1"]


async def test_a_file_that_the_homeserver_does_not_take_is_told(auditors: Auditors) -> None:
    auditors.voice.takes_no_files = True
    await auditors.hears("export 2026-11")
    (text,) = auditors.voice.texts
    assert "refused the file (M_TOO_LARGE" in text


async def test_an_alarm_is_told_once_whatever_restarts(auditors: Auditors) -> None:
    await auditors.watching.catch_up()
    await auditors.somebody_waits()
    auditors.clock.advance(timedelta(minutes=11))
    for _ in range(3):
        await auditors.watching.look()
    auditors.starts()
    await auditors.watching.catch_up()
    await auditors.watching.look()
    (alarm,) = auditors.alarms
    assert "claimed_late" in alarm


async def test_an_alarm_that_could_not_be_said_is_said_later(auditors: Auditors) -> None:
    await auditors.watching.catch_up()
    await auditors.watching.look()
    await auditors.log.append(Alarm(Code("module_absent")))
    auditors.voice.silent = True
    with pytest.raises(HomeserverUnavailable):
        await auditors.watching.look()
    auditors.voice.silent = False
    await auditors.watching.look()
    assert len(auditors.alarms) == 1


async def test_an_alarm_of_a_time_when_the_bot_was_down_is_told_at_its_start(auditors: Auditors) -> None:
    await auditors.watching.catch_up()
    await auditors.watching.look()
    await auditors.log.append(Alarm(Code("module_absent")))
    auditors.starts()
    await auditors.watching.catch_up()
    await auditors.watching.look()
    assert len(auditors.alarms) == 1


async def test_a_checkpoint_is_posted_each_day_and_noted(auditors: Auditors) -> None:
    await auditors.watching.catch_up()
    await auditors.somebody_waits()
    await auditors.watching.look()
    auditors.clock.advance(timedelta(hours=23))
    await auditors.watching.look()
    assert auditors.notes.covered == [2]
    auditors.clock.advance(timedelta(hours=2))
    await auditors.watching.look()
    assert len(auditors.notes.covered) == 2
    posted: list[Checkpoint] = auditors.checkpoints.posted()
    assert [checkpoint.head.sequence for checkpoint in posted] == auditors.notes.covered


async def test_the_weekly_report_comes_on_monday_morning_and_once(auditors: Auditors) -> None:
    await auditors.watching.catch_up()
    await auditors.watching.look()  # that of the last week, which has not come yet
    auditors.clock.advance(timedelta(days=4, hours=22, minutes=59))  # Monday, 07:59 in Paris
    await auditors.watching.look()
    reports = [name for name in auditors.voice.said if name.startswith("report")]
    assert reports == ["report-2026-11-09", "report-2026-11-09-0"]
    auditors.clock.advance(timedelta(minutes=1))
    await auditors.watching.look()
    auditors.starts()
    await auditors.watching.catch_up()
    await auditors.watching.look()
    reports = [name for name in auditors.voice.said if name.startswith("report")]
    assert reports[2:] == ["report-2026-11-16", "report-2026-11-16-0"]
