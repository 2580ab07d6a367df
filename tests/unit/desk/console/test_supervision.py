"""The supervision room: a board edited in place, alarms beside it, and what leaders may do there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from appservice.desk.console.asking import Meaning
from appservice.desk.console.board import Board
from appservice.desk.console.supervision import SupervisionConsole
from appservice.desk.hearing import Heard
from appservice.desk.words import Words
from appservice.domain.board import Alarm
from appservice.domain.desk import Desk
from appservice.domain.ids import EventId, RoomId
from appservice.domain.signalement import State
from tests.unit.desk.console.conftest import AGENT, PARIS, Answers, Room
from tests.unit.factories import a_desk

LEADER = "@leader:fake"
SUPERVISION = "!supervision"


@dataclass
class FakeBoardVoice:
    """The supervision room's messages as they stand."""

    messages: dict[EventId, str] = field(default_factory=dict)
    edits: int = 0
    alarms: list[str] = field(default_factory=list)
    board: EventId | None = None
    going_on: dict[Alarm, EventId] = field(default_factory=dict)

    async def post(self, words: Words, once: str) -> EventId:
        event = EventId(f"${once}")
        self.messages.setdefault(event, words.plain)
        return event

    async def edit(self, event: EventId, words: Words) -> None:
        self.edits += 1
        self.messages[event] = words.plain

    async def alarm(self, words: Words, once: str) -> EventId:
        self.alarms.append(words.plain)
        return await self.post(words, once)

    def desk(self) -> Desk | None:
        return a_desk("supervision", (LEADER,))

    def room(self) -> RoomId | None:
        return RoomId(SUPERVISION)

    def board_at(self) -> EventId | None:
        return self.board

    def keep_board_at(self, event: EventId) -> None:
        self.board = event

    def raised(self) -> Mapping[Alarm, EventId]:
        return self.going_on

    def keep_raised(self, raised: Mapping[Alarm, EventId]) -> None:
        self.going_on = dict(raised)

    @property
    def shown(self) -> str:
        assert self.board is not None
        return self.messages[self.board]


@dataclass
class Leaders:
    room: Room
    board: Board
    voice: FakeBoardVoice
    console: SupervisionConsole
    answers: Answers
    said: int = 0

    async def says(self, text: str, who: str = LEADER, where: str = SUPERVISION) -> str:
        self.said += 1
        before = len(self.answers.said)
        await self.console.heard(Heard(f"$leader{self.said}", where, who, text))
        return self.answers.last if len(self.answers.said) > before else ""


def a_board(room: Room, voice: FakeBoardVoice) -> Board:
    world = room.world
    return Board(world.stores, room.statuses, room.desks, world.clock, voice, PARIS, timedelta(minutes=5))


@pytest.fixture
def leaders(room: Room) -> Leaders:
    world, voice, answers = room.world, FakeBoardVoice(), Answers()
    board = a_board(room, voice)
    world.day.change.listen(board.changed)
    console = SupervisionConsole(
        voice, room.acts, Meaning(world.stores), room.desks, board, answers, "fake", frozenset({"@bot:fake"})
    )
    return Leaders(room, board, voice, console, answers)


async def test_the_board_is_one_message_edited_as_desks_change(leaders: Leaders) -> None:
    world = leaders.room.world
    await leaders.board.look()
    assert "0 en attente · 0 en cours" in leaders.voice.shown
    waiting = await world.waiting()
    await leaders.board.look()
    assert "1 en attente" in leaders.voice.shown
    await world.joins(waiting.room_id, AGENT)
    await leaders.board.look()
    assert "0 en attente · 1 en cours" in leaders.voice.shown
    assert len(leaders.voice.messages) == 1
    assert waiting.reference not in leaders.voice.shown


async def test_a_board_on_which_nothing_has_changed_is_not_edited_but_shows_that_it_lives(leaders: Leaders) -> None:
    for _ in range(5):
        await leaders.board.look()
    assert leaders.voice.edits == 0
    leaders.room.world.clock.advance(timedelta(minutes=11))
    await leaders.board.look()
    assert leaders.voice.edits == 1


async def test_an_alarm_is_raised_once_and_taken_back_when_it_is_over(leaders: Leaders) -> None:
    world = leaders.room.world
    waiting = await world.waiting()
    await leaders.room.says(f"danger {waiting.reference}")
    world.clock.advance(timedelta(minutes=2))
    for _ in range(3):
        await leaders.board.look()
    (alarm,) = leaders.voice.alarms
    assert "EN DANGER" in alarm
    assert "🔴" in leaders.voice.shown
    await world.joins(waiting.room_id, AGENT)
    await leaders.board.look()
    assert any("levée" in message for message in leaders.voice.messages.values())
    assert "🔴" not in leaders.voice.shown


async def test_an_alarm_tells_the_references_that_a_leader_needs_and_nothing_of_the_place(leaders: Leaders) -> None:
    world = leaders.room.world
    calm, urgent = await world.waiting(), await world.waiting()
    await leaders.room.says(f"danger {urgent.reference}")
    world.clock.advance(timedelta(minutes=2))
    await leaders.board.look()
    (alarm,) = leaders.voice.alarms
    assert f"DANGER IMMÉDIAT · {urgent.reference} · victime · attend depuis 03:30" in alarm
    assert f"réattribuer {urgent.reference} à" in alarm
    assert calm.reference not in alarm, "who is in danger comes first"
    assert "département" not in alarm
    await world.joins(urgent.room_id, AGENT)
    world.clock.advance(timedelta(minutes=4))
    await leaders.board.look()
    assert f"{calm.reference} · victime" in leaders.voice.alarms[-1]


async def test_an_alarm_that_ends_while_the_service_is_away_is_taken_back_after_it(leaders: Leaders) -> None:
    world = leaders.room.world
    waiting = await world.waiting()
    world.clock.advance(timedelta(minutes=6))
    await leaders.board.look()
    (said,) = leaders.voice.going_on.values()
    await world.joins(waiting.room_id, AGENT)
    await a_board(leaders.room, leaders.voice).look()
    assert "levée" in leaders.voice.messages[said]
    assert leaders.voice.going_on == {}


async def test_the_list_has_every_conversation_by_its_reference_and_who_has_it(leaders: Leaders) -> None:
    world = leaders.room.world
    assert "Personne n'attend" in await leaders.says("liste")
    taken, calm, urgent = await world.claimed(), await world.waiting(), await world.waiting()
    await leaders.room.says(f"danger {urgent.reference}")
    listed = await leaders.says("liste")
    assert listed.splitlines() == [
        "Desk guyancourt",
        f"• DANGER IMMÉDIAT · {urgent.reference} · victime · attend depuis 03:30",
        f"• {calm.reference} · victime · attend depuis 03:30",
        f"• en cours : {taken.reference} (Agent 1)",
    ]
    for _ in range(20):
        await world.waiting()
    assert "… and 2 more" in await leaders.says("list")
    assert leaders.voice.board is None, "the board is not moved by it"
    assert "transféré" in await leaders.says(f"réattribuer {urgent.reference} à jura")


async def test_tableau_puts_the_board_at_the_bottom_and_the_one_before_says_so(leaders: Leaders) -> None:
    await leaders.board.look()
    first = leaders.voice.board
    assert await leaders.says("tableau") == ""
    assert leaders.voice.board != first
    assert first is not None
    assert "remplacé" in leaders.voice.messages[first]
    await leaders.says("board")
    assert len(leaders.voice.messages) == 3


async def test_a_leader_reassigns_one_that_waits_and_one_that_is_taken(leaders: Leaders) -> None:
    world = leaders.room.world
    waiting = await world.waiting()
    assert "transféré" in await leaders.says(f"réattribuer {waiting.reference} à @first:fake")
    assert (await world.signalement(waiting.room_id)).agent_mxid == "@first:fake"
    assert "goes to" in await leaders.says(f"reassign {waiting.reference} to jura")
    handed = await world.signalement(waiting.room_id)
    assert (handed.state, handed.desk_id) == (State.WAITING, "jura")


async def test_without_a_reference_many_words_are_a_command_if_they_name_somebody(leaders: Leaders) -> None:
    assert await leaders.says("réattribuer à tous ceux qui restent") == ""
    assert "conversation en cours" in await leaders.says("réattribuer à Agent 1 desk jura")


async def test_of_agents_of_one_name_that_of_the_conversation_s_desk_is_meant(leaders: Leaders) -> None:
    world = leaders.room.world
    waiting = await world.waiting()
    assert "transféré" in await leaders.says(f"réattribuer {waiting.reference} à Agent 1")
    assert (await world.signalement(waiting.room_id)).agent_mxid == AGENT


async def test_a_leader_s_edit_puts_right_what_was_not_carried_out_and_nothing_else(leaders: Leaders) -> None:
    waiting = await leaders.room.world.waiting()

    async def edits(number: int, text: str) -> None:
        edit = Heard(f"$edit{number}", SUPERVISION, LEADER, text, corrects=f"$leader{number}")
        await leaders.console.corrected(edit)

    assert "Vouliez-vous dire" in await leaders.says(f"réattribuer {waiting.reference} à @frist:fake")
    await edits(leaders.said, f"réattribuer {waiting.reference} à @first:fake")
    await edits(leaders.said, f"réattribuer {waiting.reference} à @second:fake")
    assert (await leaders.room.world.signalement(waiting.room_id)).agent_mxid == "@first:fake"


async def test_a_leader_closes_listens_in_and_marks_danger(leaders: Leaders) -> None:
    world = leaders.room.world
    claimed = await world.claimed()
    assert "danger immédiat" in await leaders.says(f"danger {claimed.reference}")
    assert "la personne le voit" in await leaders.says(f"écouter {claimed.reference}")
    assert (await world.signalement(claimed.room_id)).listeners == (LEADER,)
    assert "vous n'écoutez plus" in await leaders.says("ne plus écouter")
    assert (await world.signalement(claimed.room_id)).listeners == ()
    assert "terminé" in await leaders.says(f"forcer la clôture {claimed.reference} abus")
    assert (await world.signalement(claimed.room_id)).state is State.CLOSED


async def test_who_leads_nobody_gets_a_polite_no_and_nothing_happens(leaders: Leaders) -> None:
    claimed = await leaders.room.world.claimed()
    answer = await leaders.says(f"forcer la clôture {claimed.reference} abus", AGENT)
    assert "responsables" in answer
    assert (await leaders.room.world.signalement(claimed.room_id)).state is State.CLAIMED
    assert await leaders.says("Bonjour", AGENT) == ""
    assert await leaders.says("tableau", LEADER, "!elsewhere") == ""


async def test_what_belongs_to_a_desk_is_pointed_there(leaders: Leaders) -> None:
    assert "salon du guichet" in await leaders.says("prendre K7QM-42")
    assert "réattribuer" in await leaders.says("aide")
    assert "Il n'y a pas de K7QM-42" in await leaders.says(
        "force close k7qm42 other".replace("force close", "clôture forcée")
    )
