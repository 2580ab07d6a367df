"""What the desk bots say of a signalement, and whom they call by it; the bot itself is one that writes down."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appservice.desk.alarms import DeskRoomAlarms
from appservice.desk.board_voice import SupervisionVoice
from appservice.desk.voice import Backdrop, DeskBots
from appservice.domain.board import Alarm, AlarmKind
from appservice.domain.desk import SUPERVISION, BotAccount, Desk, DeskRooms
from appservice.domain.ids import DeskId, EventId, ProposalId, RoomId, SignalementId, UserId
from appservice.domain.orientation import Orientation, OrientationKind, OrientationState, Particulars
from appservice.domain.refusals import AlreadyTaken
from appservice.domain.signalement import Signalement
from appservice.erasure_port import AlarmCode
from appservice.usecases.reconcile_desks import ConfiguredDesks
from tests.fakes.world import START
from tests.unit.factories import a_desk, a_signalement

DESK = DeskId("guyancourt")
AGENT, OTHER, LEADER = UserId("@agent:fake"), UserId("@other:fake"), UserId("@leader:fake")


@dataclass
class WritingBot:
    """Stands for `DeskBot`: what it says goes nowhere."""

    edits: list[str] = field(default_factory=list)
    said: dict[str, tuple[str, Sequence[str]]] = field(default_factory=dict)
    rooms: list[str] = field(default_factory=list)
    """Where `said` was said."""

    async def edit(self, room: str, event: str, text: str, html: str, *, transaction_id: str) -> str:
        self.edits.append(text)
        return event

    async def say(self, room: str, text: str, html: str, *, transaction_id: str, **more: Any) -> str:
        if transaction_id not in self.said:
            self.said[transaction_id] = (text, tuple(more.get("mentions", ())))
            self.rooms.append(room)
        return f"${transaction_id}"


@dataclass
class Voice:
    bots: DeskBots
    desks: ConfiguredDesks
    bot: WritingBot
    leaders_bot: WritingBot
    awake: list[UserId]
    orientations: list[Orientation]


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Voice:
    bot, leaders_bot, awake, orientations = WritingBot(), WritingBot(), [AGENT], list[Orientation]()
    bots_in_order = iter([bot, leaders_bot])
    monkeypatch.setattr("appservice.desk.voice.DeskBot", lambda *_: next(bots_in_order))

    async def orientations_of(_: SignalementId) -> Sequence[Orientation]:
        return orientations

    async def who_is_awake(_: Desk) -> Sequence[UserId]:
        return awake

    async def redact(_: RoomId, __: EventId) -> None: ...

    desks = ConfiguredDesks([a_desk(DESK, (AGENT, OTHER))])
    desks.settle(DeskRooms(DESK, RoomId("!space"), RoomId("!desk"), RoomId("!team")))
    backdrop = Backdrop("fake", {"78": "Yvelines"}, orientations_of, who_is_awake)
    bots = DeskBots("http://fake", tmp_path, desks, backdrop, redact)
    bots.add(DESK, BotAccount(UserId("@bot:fake"), "DEVICE", "token"))
    return Voice(bots, desks, bot, leaders_bot, awake, orientations)


def announced() -> Signalement:
    return replace(a_signalement().ready(START), announcement_id=EventId("$line"), told_at=START)


async def test_a_line_that_reads_so_already_is_not_said_again(voice: Voice) -> None:
    waiting = announced()
    for _ in range(3):
        await voice.bots.show_waiting(waiting)
    await voice.bots.show_claimed(waiting.claimed_by(AGENT, START))
    assert [edit.partition("\n")[0] for edit in voice.bot.edits] == [
        "K7QM-42 · victime · département 78 (Yvelines) · attend depuis 03:30",
        "K7QM-42 · victime · département 78 (Yvelines) · pris en charge par @agent:fake",
    ]


async def test_what_the_guest_accepted_comes_into_the_line(voice: Voice) -> None:
    claimed = announced().claimed_by(AGENT, START)
    await voice.bots.show_claimed(claimed)
    accepted = Orientation(
        ProposalId("p"), claimed.signalement_id, OrientationKind.COMPLAINT, Particulars("Brigade de Rambouillet"),
        None, START, OrientationState.ACCEPTED,
    )  # fmt: skip
    voice.orientations.append(accepted)
    await voice.bots.tell_answer(claimed, accepted)
    assert "orientation acceptée : Brigade de Rambouillet" in voice.bot.edits[-1]
    ((text, mentions),) = voice.bot.said.values()
    assert "est accepté" in text
    assert mentions == (AGENT,)


async def test_what_is_accepted_while_somebody_waits_is_told_to_who_is_there_and_is_in_the_line(voice: Voice) -> None:
    waiting = announced().claimed_by(AGENT, START).released(START)
    accepted = Orientation(
        ProposalId("p"), waiting.signalement_id, OrientationKind.COMPLAINT, Particulars("Brigade de Rambouillet"),
        DESK, START, OrientationState.ACCEPTED,
    )  # fmt: skip
    voice.orientations.append(accepted)
    await voice.bots.tell_answer(waiting, accepted)
    await voice.bots.tell_oriented(waiting, accepted)
    (answer, called), (told, _) = voice.bot.said.values()
    assert "est accepté" in answer
    assert "attend toujours" in answer
    assert called == (AGENT,)
    assert "Dès qu’un agent l’aura reprise" in told
    assert "attend depuis 03:30 · orientation acceptée : Brigade de Rambouillet" in voice.bot.edits[-1]


async def test_the_louder_repeat_calls_those_who_are_there_and_everybody_where_nobody_is(voice: Voice) -> None:
    await voice.bots.tell_again(announced())
    voice.awake.clear()
    await voice.bots.tell_again(announced().told_again(START.replace(hour=4)))
    assert [mentions for _, mentions in voice.bot.said.values()] == [(AGENT,), (AGENT, OTHER)]


def with_shift_leaders(voice: Voice) -> None:
    voice.desks.configure(voice.desks.all(), a_desk(SUPERVISION, (LEADER,)))
    voice.desks.settle(DeskRooms(SUPERVISION, RoomId("!leaders"), RoomId("!supervision"), RoomId("!aside")))
    voice.bots.add(SUPERVISION, BotAccount(UserId("@bot_of_leaders:fake"), "DEVICE", "token"))


async def test_an_alarm_is_told_once_in_both_rooms_loud_for_leaders_and_those_who_are_there(voice: Voice) -> None:
    with_shift_leaders(voice)
    alarms = DeskRoomAlarms(voice.bots, SupervisionVoice(voice.bots, voice.desks), timedelta(minutes=30))
    for _ in range(2):
        await alarms.sound(AlarmCode.DANGER_AND_SILENCE, DESK, announced())
    assert (voice.bot.rooms, voice.leaders_bot.rooms) == (["!desk"], ["!supervision"])
    ((at_desk, called),) = voice.bot.said.values()
    assert called == (LEADER, AGENT)
    assert list(voice.leaders_bot.said.values()) == [(at_desk, (LEADER,))]
    assert "ALERTE · K7QM-42" in at_desk


async def test_alarms_that_go_on_are_found_again_in_the_same_room_and_forgotten_in_another(voice: Voice) -> None:
    with_shift_leaders(voice)
    alarm = Alarm(AlarmKind.DANGER_WAITS, DESK, START + timedelta(milliseconds=7))
    SupervisionVoice(voice.bots, voice.desks).keep_raised({alarm: EventId("$alarm")})
    assert SupervisionVoice(voice.bots, voice.desks).raised() == {alarm: "$alarm"}
    voice.desks.settle(DeskRooms(SUPERVISION, RoomId("!leaders"), RoomId("!another"), RoomId("!aside")))
    assert SupervisionVoice(voice.bots, voice.desks).raised() == {}


async def test_without_shift_leaders_an_alarm_is_loud_at_the_desk_for_everybody_where_nobody_is(voice: Voice) -> None:
    voice.awake.clear()
    alarms = DeskRoomAlarms(voice.bots, SupervisionVoice(voice.bots, voice.desks), timedelta(minutes=30))
    await alarms.sound(AlarmCode.PORTAL_SILENT, DESK)
    assert [mentions for _, mentions in voice.bot.said.values()] == [(AGENT, OTHER)]
    assert voice.leaders_bot.said == {}


async def test_to_come_second_is_told_once_for_all_and_rings_nobody(voice: Voice) -> None:
    claimed = announced().claimed_by(AGENT, START)
    for late in (OTHER, UserId("@third:fake")):
        await voice.bots.explain(claimed, late, AlreadyTaken("taken"))
    ((text, mentions),) = voice.bot.said.values()
    assert "déjà pris en charge" in text
    assert mentions == ()
