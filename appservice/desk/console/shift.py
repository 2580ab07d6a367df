"""What agents say of themselves: there, in a pause, gone; and what waits and what they hold."""

from datetime import timedelta, tzinfo

from appservice.desk.commands.command import BecomeAvailable, EndShift, ListConversations, TakePause
from appservice.desk.console import answers
from appservice.desk.console.asking import Asked
from appservice.desk.words import Words
from appservice.domain.availability import AgentStatus, Presence
from appservice.ports import AgentStatuses, Clock, Stores

PAUSE_UNLESS_SAID = timedelta(minutes=15)

OfShift = ListConversations | BecomeAvailable | TakePause | EndShift


class Shift:
    def __init__(self, stores: Stores, statuses: AgentStatuses, clock: Clock, zone: tzinfo) -> None:
        self._stores = stores
        self._statuses = statuses
        self._clock = clock
        self._zone = zone

    async def __call__(self, command: OfShift, asked: Asked) -> Words:
        own = await self._stores.with_agent(asked.agent)
        match command:
            case ListConversations():
                waiting = await self._stores.waiting_at(asked.desk.desk_id)
                return answers.conversations(waiting, own, self._zone, asked.language)
            case BecomeAvailable():
                await self._statuses.set_status(asked.agent, AgentStatus())
                waiting = await self._stores.waiting_at(asked.desk.desk_id)
                return answers.available(len(waiting), asked.language)
            case TakePause():
                until = self._clock.now() + (command.lasts_for or PAUSE_UNLESS_SAID)
                await self._statuses.set_status(asked.agent, AgentStatus(Presence.PAUSED, until))
                return answers.pausing(until, len(own), self._zone, asked.language)
            case EndShift():
                await self._statuses.set_status(asked.agent, AgentStatus(Presence.OFF))
                return answers.shift_ended(own, asked.language)
