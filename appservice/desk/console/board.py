"""The shift leaders' board: one message, edited in place as desks change, and alarms beside it."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Protocol

from appservice.desk.commands.command import Language
from appservice.desk.console import board_words
from appservice.desk.words import Words
from appservice.domain import board
from appservice.domain.availability import Staffing
from appservice.domain.board import Alarm, Row
from appservice.domain.desk import Desk
from appservice.domain.errors import HomeserverError
from appservice.domain.ids import EventId
from appservice.domain.signalement import Signalement
from appservice.ports import AgentStatuses, Clock, Desks, Stores

_LOG = logging.getLogger(__name__)
BETWEEN_EDITS = timedelta(seconds=3)
_LOOK_EVERY = timedelta(seconds=30)
_SAID_AGAIN_EVERY = timedelta(minutes=10)
"""Even if nothing has changed: the hour on the board shows that it lives."""


class BoardVoice(Protocol):
    """What is said in the supervision room."""

    async def post(self, words: Words, once: str) -> EventId:
        """Says it, without a notification; the same `once` again says nothing more."""

    async def edit(self, event: EventId, words: Words) -> None:
        """Puts other words in its place."""

    async def alarm(self, words: Words, once: str) -> EventId:
        """Says it, with a notification for every leader. As `post` otherwise."""

    def desk(self) -> Desk | None:
        """The shift leaders; None if there are none, and nobody to tell."""

    def board_at(self) -> EventId | None:
        """The message that is the board, also after a restart."""

    def keep_board_at(self, event: EventId) -> None:
        """From now on this message is the board."""

    def raised(self) -> Mapping[Alarm, EventId]:
        """The alarms that go on, each with its message, also after a restart."""

    def keep_raised(self, raised: Mapping[Alarm, EventId]) -> None:
        """From now on these go on."""


class Board:
    """`changed` is called with every change; `run` looks, at most once in `BETWEEN_EDITS`, and says what is new."""

    def __init__(
        self,
        stores: Stores,
        statuses: AgentStatuses,
        desks: Desks,
        clock: Clock,
        voice: BoardVoice,
        zone: tzinfo,
        waits_long_after: timedelta,
    ) -> None:
        self._stores = stores
        self._statuses = statuses
        self._desks = desks
        self._clock = clock
        self._voice = voice
        self._zone = zone
        self._waits_long_after = waits_long_after
        self._changed = asyncio.Event()
        self._shown: tuple[list[Row], list[Alarm]] | None = None
        self._shown_at: datetime | None = None

    def changed(self, before: Signalement, after: Signalement) -> None:
        """Something is other than it was."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled. A homeserver that is away is waited for."""
        while True:
            try:
                await self.look()
            except HomeserverError as reason:
                _LOG.warning("The board waits: %s", reason)
            except Exception:  # the board must not go dark for one bad look
                _LOG.exception("The board could not be looked at")
            await asyncio.sleep(BETWEEN_EDITS.total_seconds())
            try:
                async with asyncio.timeout(_LOOK_EVERY.total_seconds()):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def look(self) -> None:
        """Looks once: three queries, however many signalements there are, and one for each new alarm.

        Raises `HomeserverError`.
        """
        self._changed.clear()
        if self._voice.desk() is None:
            return
        now = self._clock.now()
        rows = await self._rows(now)
        alarms = board.alarms(rows, now, self._waits_long_after)
        await self._show(rows, alarms, now)
        await self._raise(alarms)

    async def post_anew(self, once: str) -> None:
        """The board again, at the bottom of the room; the one before says so. Raises `HomeserverError`."""
        now = self._clock.now()
        rows = await self._rows(now)
        alarms = board.alarms(rows, now, self._waits_long_after)
        before = self._voice.board_at()
        posted = await self._voice.post(board_words.board(rows, alarms, now, self._zone), once)
        self._voice.keep_board_at(posted)
        self._shown, self._shown_at = (rows, alarms), now
        if before is not None and before != posted:
            await self._voice.edit(before, board_words.replaced())

    async def listed(self, language: Language) -> Words:
        """Every conversation by its reference, which a leader needs to act on it."""
        active = await self._stores.active()
        desks = {desk.desk_id: desk for desk in self._desks.all()}
        desks |= {one.desk_id: self._desks.desk(one.desk_id) for one in active}
        return board_words.conversations(list(desks.values()), active, self._zone, language)

    async def _rows(self, now: datetime) -> list[Row]:
        desks = self._desks.all()
        agents = {agent for desk in desks for agent in desk.agents}
        staffing = Staffing(await self._statuses.statuses_of(agents), await self._stores.conversations_of(agents))
        return board.rows(desks, await self._stores.loads(), staffing, now)

    async def _show(self, rows: list[Row], alarms: list[Alarm], now: datetime) -> None:
        lately = self._shown_at is not None and now - self._shown_at < _SAID_AGAIN_EVERY
        if self._shown == (rows, alarms) and lately:
            return
        at = self._voice.board_at()
        if at is None:
            await self.post_anew(f"board-{int(now.timestamp())}")
            return
        await self._voice.edit(at, board_words.board(rows, alarms, now, self._zone))
        self._shown, self._shown_at = (rows, alarms), now

    async def _raise(self, alarms: list[Alarm]) -> None:
        """Each alarm once, however long it goes on; when it is over, its message says so, also after a restart."""
        raised = dict(self._voice.raised())
        for alarm in alarms:
            if alarm not in raised:
                waiting = await self._stores.waiting_at(alarm.desk_id)
                words = board_words.alarm(alarm, self._desks.desk(alarm.desk_id), waiting, self._zone)
                once = f"alarm-{alarm.kind}-{alarm.desk_id}-{int(alarm.since.timestamp() * 1000)}"
                raised[alarm] = await self._voice.alarm(words, once)
                self._voice.keep_raised(raised)
        for alarm in [each for each in raised if each not in alarms]:
            await self._voice.edit(raised.pop(alarm), board_words.over(self._desks.desk(alarm.desk_id)))
            self._voice.keep_raised(raised)
