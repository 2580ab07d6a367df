"""A desk's console on fakes: agents speak and react, and what the bot answers is written down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from appservice.desk.commands.plain_words import joined
from appservice.desk.console.asking import Meaning
from appservice.desk.console.conversations import ConversationActs, Conversations
from appservice.desk.console.desk_console import DeskConsole, Parts
from appservice.desk.console.orientations import Orientations
from appservice.desk.console.pointing import Pointing
from appservice.desk.console.shift import Shift
from appservice.desk.console.units_lists import UnitLists
from appservice.desk.hearing import Heard, OwnWords, Reacted
from appservice.desk.words import Words
from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import UserId
from appservice.public_holidays import FrenchPublicHolidays
from appservice.usecases.find_units import FindUnits
from appservice.usecases.locate_commune import LocateCommune
from appservice.usecases.reconcile_desks import ConfiguredDesks
from tests.fakes.stores import FakeAgentStatuses
from tests.fakes.units import FakeUnitDirectory
from tests.unit.usecases.conftest import DESK, World, two_desks, world  # noqa: F401 a fixture is found by its name

PARIS = ZoneInfo("Europe/Paris")
BOT = "@veilleuse_desk_guyancourt:fake"
ROOM = "!desk"
AGENT = "@agent:fake"


@dataclass
class Answers:
    """What the bot said, by what it is said of, once each."""

    said: dict[str, Words] = field(default_factory=dict)

    async def __call__(self, to: Heard | Reacted, words: Words, once: str) -> None:
        self.said.setdefault(once, words)

    @property
    def last(self) -> str:
        return list(self.said.values())[-1].plain


@dataclass
class Memory:
    """What the bot said, by its event, as the homeserver keeps it."""

    said: dict[str, OwnWords] = field(default_factory=dict)
    away: bool = False

    async def __call__(self, room_id: str, event_id: str) -> OwnWords | None:
        if self.away:
            raise HomeserverUnavailable("away")
        return self.said.get(event_id)


@dataclass
class Room:
    """The desk room, as agents use it."""

    world: World
    console: DeskConsole
    answers: Answers
    statuses: FakeAgentStatuses
    directory: FakeUnitDirectory
    desks: ConfiguredDesks
    acts: ConversationActs
    memory: Memory
    _numbers: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    async def says(self, text: str, agent: str = AGENT, *, replies_to: str | None = None, room: str = ROOM) -> str:
        """The answer; empty if there is none."""
        before = len(self.answers.said)
        await self.console.heard(Heard(f"$said{self._numbers()}", room, agent, text, replies_to))
        return self.answers.last if len(self.answers.said) > before else ""

    async def corrects(self, text: str, agent: str = AGENT, *, earlier: int = 1) -> str:
        """The answer to what the agent puts in the place of what was said last, or so many messages before."""
        before, number = len(self.answers.said), self._numbers()
        original = f"$said{number - earlier}"
        await self.console.corrected(Heard(f"$edit{number}", ROOM, agent, text, corrects=original))
        return self.answers.last if len(self.answers.said) > before else ""

    async def reacts(self, event: str, key: str = "👍", agent: str = AGENT, room: str = ROOM) -> str:
        before = len(self.answers.said)
        await self.console.reacted(Reacted(f"$reacted{self._numbers()}", room, agent, event, key))
        return self.answers.last if len(self.answers.said) > before else ""


@pytest.fixture
def room(world: World) -> Room:  # noqa: F811 the fixture
    desks = world.desks
    answers, statuses, directory = Answers(), world.statuses, world.directory
    meaning = Meaning(world.stores)
    day = world.day
    acts = ConversationActs(day.claim, day.hand_over, day.listen_in, day.close, day.mark_danger, day.mark_hard)
    territory = two_desks().territory
    find = FindUnits(directory, FrenchPublicHolidays(), LocateCommune(territory, directory))
    units = UnitLists(territory, find)
    parts = Parts(
        Conversations(acts, world.stores, desks, meaning, "fake"),
        Orientations(day.orient, units, desks, meaning, world.clock),
        Shift(world.stores, statuses, day.workload, world.clock, PARIS),
        day.claim,
        day.away,
        lambda place: joined([place]) in ("guyancourt", "lelex", "lajoux"),
    )
    memory = Memory()
    console = DeskConsole(DESK, UserId(BOT), world.stores, desks, parts, Pointing(world.stores, memory), answers)
    return Room(world, console, answers, statuses, directory, desks, acts, memory)
