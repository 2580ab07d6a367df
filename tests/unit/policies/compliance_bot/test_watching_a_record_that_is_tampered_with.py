"""Whatever is done to the record or to the bot's own files, the bot tells it by itself, and goes on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from appservice.domain.audit.events import Alarm, AlarmCleared, Announced, DeskMemberAdded, Recheck
from appservice.domain.audit.values import Code
from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import DeskId
from appservice.store.database import Database
from tests.unit.policies.compliance_bot.test_answering import AUDITOR, Auditors

BROKEN = "record_broken"


class Tampered(Auditors):
    """With the database's own tools, as its administrator could."""

    def __init__(self, writing: Database, reading: Database, directory: Path) -> None:
        super().__init__(writing, reading, directory)
        self._writing = writing

    async def tamper(self, *statements: str) -> None:
        for name in ("no_update", "no_delete"):
            await self._writing.execute(f"DROP TRIGGER IF EXISTS audit_entry_{name}")
        for statement in statements:
            await self._writing.execute(statement)

    async def cut_after(self, last: int) -> None:
        """As somebody does who knows of the record's own account."""
        await self.tamper(
            f"DELETE FROM audit_entry WHERE sequence > {last}",  # noqa: S608 a number
            f"UPDATE audit_head SET sequence = {last},"  # noqa: S608
            f" hash = (SELECT hash FROM audit_entry WHERE sequence = {last})",
        )

    async def three_things_happen(self) -> None:
        await self.log.append(DeskMemberAdded(DeskId("guyancourt"), self.log.person(AUDITOR)))
        await self.log.append(Recheck(20, 0))
        await self.log.append(Recheck(21, 0))

    async def looks(self, *, after: timedelta = timedelta()) -> list[str]:
        """The alarms that it tells."""
        self.clock.advance(after)
        before = len(self.alarms)
        await self.watching.look()
        return self.alarms[before:]

    async def says_to(self, text: str) -> str:
        await self.hears(text, event=f"${text}")
        said = self.voice.said[f"answer-${text}"]
        return getattr(said, "plain", "")

    @property
    def signed(self) -> int:
        return sum("Repère : conservez" in text for text in self.voice.texts)


@pytest.fixture
async def auditors(tmp_path: Path) -> AsyncIterator[Tampered]:
    url = f"sqlite:///{tmp_path / 'veilleuse.db'}"
    writing, reading = Database(url), Database(url, read_only=True)
    await writing.start()
    await reading.start()
    auditors = Tampered(writing, reading, tmp_path)
    await auditors.watching.catch_up()
    await auditors.three_things_happen()
    assert await auditors.looks() == []
    yield auditors
    await reading.stop()
    await writing.stop()


async def test_a_cut_is_told_at_once_and_what_comes_after_it_too(auditors: Tampered) -> None:
    await auditors.cut_after(1)
    (alarm,) = await auditors.looks()
    assert BROKEN in alarm
    assert "L’entrée 2 manque : la fin du journal a été coupée." in alarm
    await auditors.log.append(Alarm(Code("module_absent")))
    (alarm,) = await auditors.looks()
    assert "module_absent" in alarm
    assert await auditors.looks() == []


async def test_a_cut_that_has_been_grown_over_is_told(auditors: Tampered) -> None:
    await auditors.cut_after(1)
    for _ in range(3):
        await auditors.log.append(Alarm(Code("module_absent")))
    (alarms,) = await auditors.looks()
    assert "L’entrée 3 n’est pas celle que montre un repère, ou que ce robot a lue" in alarms
    assert alarms.count("module_absent") == 3


async def test_an_entry_that_was_read_and_edited_is_told_before_the_next_checkpoint_and_nothing_is_signed(
    auditors: Tampered,
) -> None:
    signed = auditors.signed
    await auditors.tamper("UPDATE audit_entry SET at = at + 1 WHERE sequence = 2")
    (alarm,) = await auditors.looks(after=timedelta(days=1))
    assert "L’entrée 2 a été modifiée" in alarm
    assert auditors.signed == signed
    assert await auditors.looks(after=timedelta(days=1)) == []
    assert auditors.signed == signed
    assert "A ÉTÉ MODIFIÉ. L’entrée 2" in await auditors.says_to("repère")
    assert BROKEN in await auditors.says_to("status")


async def test_a_record_that_was_written_anew_does_not_agree_with_the_checkpoints(auditors: Tampered) -> None:
    entries = [entry async for some in auditors.log.stored() for entry in some]
    edited = entries[2]._replace(fields='{"sample":22,"findings":0}')
    await auditors.tamper(
        f"UPDATE audit_entry SET fields = '{edited.fields}', hash = '{edited.hashed()}' WHERE sequence = 3",  # noqa: S608
        f"UPDATE audit_head SET hash = '{edited.hashed()}'",  # noqa: S608
    )
    auditors.starts()
    (alarm,) = await auditors.looks()
    assert "L’entrée 3 n’est pas celle que montre un repère" in alarm


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE audit_entry SET fields = \'{"desk":"il crie"}\' WHERE sequence = 2',
        "UPDATE audit_entry SET actor = CAST(x'ff41' AS TEXT) WHERE sequence = 2",
        "UPDATE audit_entry SET at = 'yesterday' WHERE sequence = 2",
        "DELETE FROM audit_entry WHERE sequence = 2",
    ],
)
async def test_an_entry_that_cannot_be_understood_silences_nothing(auditors: Tampered, statement: str) -> None:
    await auditors.tamper(statement)
    auditors.starts()
    (alarms,) = await auditors.looks()
    assert f"{BROKEN}" in alarms
    assert "L’entrée 2 " in alarms
    await auditors.log.append(Alarm(Code("module_absent")))
    (alarm,) = await auditors.looks()
    assert "module_absent" in alarm
    assert "A ÉTÉ MODIFIÉ. L’entrée 2" in await auditors.says_to("vérifier")
    assert "WAS EDITED. Entry 2: " in await auditors.says_to("verify")
    assert await auditors.looks(after=timedelta(minutes=5)) == []


@pytest.mark.parametrize("question", ["exporter 2026-11", "délais", "rapport cette semaine"])
async def test_no_answer_is_counted_from_entries_that_cannot_be_understood(auditors: Tampered, question: str) -> None:
    await auditors.log.append(Announced(DeskId("guyancourt")))
    await auditors.tamper("UPDATE audit_entry SET fields = '{\"desk\":\"il crie\"}' WHERE kind = 'announced'")
    assert "LE JOURNAL NE PEUT PAS ÊTRE LU" in await auditors.says_to(question)


@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit_head", "DROP TABLE audit_entry", "UPDATE audit_head SET sequence = 'abc'"]
)
async def test_a_record_that_cannot_be_read_is_told_after_a_minute(auditors: Tampered, statement: str) -> None:
    await auditors.tamper(statement)
    assert await auditors.looks() == []
    (alarm,) = await auditors.looks(after=timedelta(minutes=1))
    assert "record_unreadable" in alarm
    assert await auditors.looks(after=timedelta(minutes=1)) == []
    status = await auditors.says_to("état")
    assert "LE JOURNAL NE PEUT PAS ÊTRE LU" in status or "record_unreadable" in status


async def test_a_record_that_can_be_read_again_is_told_to_be(auditors: Tampered) -> None:
    await auditors.tamper("ALTER TABLE audit_entry RENAME TO elsewhere")
    await auditors.looks()
    await auditors.looks(after=timedelta(minutes=1))
    await auditors.tamper("ALTER TABLE elsewhere RENAME TO audit_entry")
    assert await auditors.looks() == []
    assert "Fin de l’alarme : record_unreadable" in auditors.voice.texts[-1]


async def test_checkpoints_that_were_damaged_are_told_and_others_are_signed(auditors: Tampered) -> None:
    signed = auditors.signed
    (auditors.directory / "checkpoints.txt").write_text("veilleuse-checkpoint v1 x")  # noqa: ASYNC240 a small file
    for question in ("état", "vérifier"):
        assert "REPÈRE" in (await auditors.says_to(question)).upper()
    (alarm,) = await auditors.looks(after=timedelta(days=1))
    assert "checkpoints_damaged" in alarm
    assert auditors.signed == signed + 1
    assert await auditors.looks(after=timedelta(hours=1)) == []
    assert auditors.signed == signed + 1
    assert "veilleuse-checkpoint" in await auditors.says_to("repère")


async def test_a_checkpoint_that_could_not_be_said_is_said_later_and_once(auditors: Tampered) -> None:
    signed = auditors.signed
    auditors.voice.silent = True
    with pytest.raises(HomeserverUnavailable):
        await auditors.looks(after=timedelta(days=1))
    auditors.starts()
    auditors.voice.silent = False
    for _ in range(3):
        await auditors.looks(after=timedelta(hours=1))
    assert auditors.signed == signed + 1
    kept = [checkpoint.head.sequence for checkpoint in auditors.checkpoints.posted()]
    assert kept == auditors.notes.covered


async def test_the_report_of_the_week_has_the_verdict_on_the_whole_record(auditors: Tampered) -> None:
    reports = [text for text in auditors.voice.texts if "Rapport de la semaine" in text]
    assert "Le journal est intact : 3 entrées" in reports[-1]
    await auditors.tamper("UPDATE audit_entry SET at = at + 1 WHERE sequence = 2")
    await auditors.looks(after=timedelta(days=5))
    reports = [text for text in auditors.voice.texts if "Rapport de la semaine" in text]
    assert len(reports) == 2
    assert "LE JOURNAL A ÉTÉ MODIFIÉ. L’entrée 2" in reports[-1]


async def test_the_end_of_an_alarm_is_told(auditors: Tampered) -> None:
    await auditors.log.append(Alarm(Code("module_absent")))
    await auditors.looks()
    await auditors.log.append(AlarmCleared(Code("module_absent")))
    await auditors.looks()
    assert "Fin de l’alarme : module_absent" in auditors.voice.texts[-1]


async def test_what_an_older_bot_noted_is_understood(auditors: Tampered) -> None:
    await auditors.log.append(Alarm(Code("module_absent")))
    await auditors.log.append(Alarm(Code("robots_inside")))
    (auditors.directory / "bot" / "watch.json").write_text('{"sequence": 4, "told": []}')  # noqa: ASYNC240 a small file
    auditors.starts()
    (alarm,) = await auditors.looks()
    assert "robots_inside" in alarm
    assert "module_absent" not in alarm


async def test_what_the_bot_noted_may_be_damaged_too(auditors: Tampered) -> None:
    for name in ("watch.json", "report.json", "checkpoint.json"):
        (auditors.directory / "bot" / name).write_text("{")  # noqa: ASYNC240 a small file
    auditors.starts()
    assert await auditors.looks() == []
