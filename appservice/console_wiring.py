"""Builds the consoles from the use cases of an agents' day: one for each desk, and the shift leaders'."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

from appservice.day_wiring import Day, DayPorts
from appservice.desk.board_voice import SupervisionVoice
from appservice.desk.commands.plain_words import joined
from appservice.desk.console.asking import Meaning
from appservice.desk.console.board import Board
from appservice.desk.console.conversations import ConversationActs, Conversations
from appservice.desk.console.desk_console import DeskConsole, Parts
from appservice.desk.console.orientations import Orientations
from appservice.desk.console.pointing import Pointing
from appservice.desk.console.shift import Shift
from appservice.desk.console.supervision import SupervisionConsole
from appservice.desk.console.units_lists import UnitLists
from appservice.desk.hearing import Heard, OwnWords, Reacted
from appservice.desk.voice import ZONE, Console, DeskBots
from appservice.desk.words import Words
from appservice.domain.availability import Staffing
from appservice.domain.desk import SUPERVISION, Desk
from appservice.domain.ids import DeskId, UserId
from appservice.domain.territory import Territory
from appservice.ports import AgentStatuses, Clock
from appservice.usecases.find_units import FindUnits
from appservice.usecases.locate_commune import LocateCommune


class Consoles:
    """`of` gives the console of a desk; what carries out the commands is shared by all of them."""

    def __init__(
        self,
        ports: DayPorts,
        day: Day,
        territory: Territory,
        bots: DeskBots,
        bot_of: Callable[[DeskId], UserId],
        server_name: str,
        supervision: SupervisionVoice,
        waits_long_after: timedelta,
    ) -> None:
        """Sorts the territory's communes by name, which takes a fifth of a second."""
        self._ports = ports
        self._bots = bots
        self._bot_of = bot_of
        self._meaning = Meaning(ports.stores)
        self._acts = ConversationActs(
            day.claim, day.hand_over, day.listen_in, day.close, day.mark_danger, day.mark_hard
        )
        find = FindUnits(ports.directory, ports.holidays, LocateCommune(territory, ports.directory))
        units = UnitLists(territory, find)
        self._parts = Parts(
            Conversations(self._acts, ports.stores, ports.desks, self._meaning, server_name),
            Orientations(day.orient, units, ports.desks, self._meaning, ports.clock),
            Shift(ports.stores, ports.statuses, day.workload, ports.clock, ZONE),
            day.claim,
            day.away,
            partial(_is_town, units),
        )

        self.board = Board(ports.stores, ports.statuses, ports.desks, ports.clock, supervision, ZONE, waits_long_after)
        day.change.listen(self.board.changed)
        self._supervision = SupervisionConsole(
            supervision,
            self._acts,
            self._meaning,
            ports.desks,
            self.board,
            partial(_answer, bots, SUPERVISION),
            server_name,
            frozenset({bot_of(SUPERVISION), "Guichet Supervision"}),
        )

    def of(self, desk: DeskId) -> Console:
        if desk == SUPERVISION:
            return self._supervision
        answer = partial(_answer, self._bots, desk)
        pointing = Pointing(self._ports.stores, partial(_recall, self._bots, desk))
        bot, ports = self._bot_of(desk), self._ports
        return DeskConsole(desk, bot, ports.stores, ports.desks, self._parts, pointing, answer)


def _is_town(units: UnitLists, place: str) -> bool:
    return any(joined([commune.name]) == joined([place]) for commune in units.communes(place, None))


async def _recall(bots: DeskBots, desk: DeskId, room_id: str, event_id: str) -> OwnWords | None:
    return await bots.bot(desk).recall(room_id, event_id)


async def _answer(bots: DeskBots, desk: DeskId, to: Heard | Reacted, words: Words, once: str) -> None:
    await bots.bot(desk).answer(to, words.plain, words.html, transaction_id=once)


def awake(statuses: AgentStatuses, clock: Clock) -> Callable[[Desk], Awaitable[Sequence[UserId]]]:
    """Who of a desk is there now."""

    async def look(desk: Desk) -> Sequence[UserId]:
        return Staffing(await statuses.statuses_of(desk.agents), {}).available_in(desk, clock.now())

    return look
