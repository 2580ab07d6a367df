"""What the bot of the supervision room says: the board and alarms, which it finds again after a restart."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from appservice.desk.keepsake import Keepsake
from appservice.desk.voice import DeskBots
from appservice.desk.words import Words
from appservice.domain.board import Alarm, AlarmKind
from appservice.domain.desk import SUPERVISION, Desk
from appservice.domain.errors import HomeserverUnavailable, InvalidInput
from appservice.domain.ids import DeskId, EventId, RoomId
from appservice.usecases.reconcile_desks import ConfiguredDesks

_FILE = "board.json"
_ALARMS = "alarms.json"


class SupervisionVoice:
    """Implements `BoardVoice` and `Supervision`. Raises `HomeserverUnavailable` while the room is not there."""

    def __init__(self, bots: DeskBots, desks: ConfiguredDesks) -> None:
        self._bots = bots
        self._desks = desks

    def desk(self) -> Desk | None:
        return self._desks.supervision

    def room(self) -> RoomId | None:
        try:
            return self._desks.rooms(SUPERVISION).desk_room_id
        except InvalidInput:
            return None

    async def post(self, words: Words, once: str) -> EventId:
        bot, room = self._bots.bot(SUPERVISION), self._known_room()
        return EventId(await bot.say(room, words.plain, words.html, transaction_id=once))

    async def alarm(self, words: Words, once: str) -> EventId:
        desk = self.desk()
        leaders = desk.agents if desk is not None else ()
        bot, room = self._bots.bot(SUPERVISION), self._known_room()
        return EventId(await bot.say(room, words.plain, words.html, mentions=leaders, transaction_id=once))

    async def edit(self, event: EventId, words: Words) -> None:
        bot, room = self._bots.bot(SUPERVISION), self._known_room()
        await bot.edit(room, event, words.plain, words.html, transaction_id=secrets.token_hex(8))

    def board_at(self) -> EventId | None:
        kept = self._keepsake().read(_FILE)
        return EventId(kept["board"]) if kept and kept["room"] == self.room() else None

    def keep_board_at(self, event: EventId) -> None:
        self._keepsake().write(_FILE, {"room": self.room(), "board": event})

    def raised(self) -> Mapping[Alarm, EventId]:
        kept = self._keepsake().read(_ALARMS)
        if not kept or kept["room"] != self.room():
            return {}
        return {
            Alarm(AlarmKind(kind), DeskId(desk), datetime.fromisoformat(since)): EventId(event)
            for kind, desk, since, event in kept["alarms"]
        }

    def keep_raised(self, raised: Mapping[Alarm, EventId]) -> None:
        alarms = [(alarm.kind, alarm.desk_id, alarm.since.isoformat(), event) for alarm, event in raised.items()]
        self._keepsake().write(_ALARMS, {"room": self.room(), "alarms": alarms})

    def _keepsake(self) -> Keepsake:
        return Keepsake(self._bots.directory_of(SUPERVISION))

    def _known_room(self) -> RoomId:
        room = self.room()
        if room is None:
            raise HomeserverUnavailable("the supervision room is not there yet")
        return room
