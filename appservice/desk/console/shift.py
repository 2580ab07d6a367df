"""What agents say of themselves: there, in a pause, gone; and what waits and what they hold."""

from datetime import datetime, timedelta, tzinfo

from appservice.desk.commands.command import BecomeAvailable, EndShift, ListConversations, TakePause
from appservice.desk.console import answers
from appservice.desk.console.asking import Asked
from appservice.desk.words import Words
from appservice.domain.availability import AgentStatus, Presence
from appservice.ports import AgentStatuses, Clock, Stores
from appservice.usecases.workload import Workload

PAUSE_UNLESS_SAID = timedelta(minutes=15)

OfShift = ListConversations | BecomeAvailable | TakePause | EndShift


class Shift:
    def __init__(self, stores: Stores, statuses: AgentStatuses, workload: Workload, clock: Clock, zone: tzinfo) -> None:
        self._stores = stores
        self._statuses = statuses
        self._workload = workload
        self._clock = clock
        self._zone = zone

    async def __call__(self, command: OfShift, asked: Asked) -> Words:
        own = await self._stores.with_agent(asked.agent)
        rest_until = await self._workload.must_rest_until(asked.agent)
        match command:
            case ListConversations():
                waiting = await self._stores.waiting_at(asked.desk.desk_id)
                return answers.conversations(waiting, own, self._zone, asked.language)
            case BecomeAvailable() if rest_until is not None:
                return await self._rests(asked, rest_until)
            case BecomeAvailable():
                await self._statuses.set_status(asked.agent, AgentStatus())
                waiting = await self._stores.waiting_at(asked.desk.desk_id)
                return answers.available(len(waiting), asked.language)
            case TakePause():
                until = self._clock.now() + (command.lasts_for or PAUSE_UNLESS_SAID)
                if rest_until is not None and rest_until > until:
                    return await self._rests(asked, rest_until)
                await self._statuses.set_status(asked.agent, AgentStatus(Presence.PAUSED, until))
                return answers.pausing(until, len(own), self._zone, asked.language)
            case EndShift():
                await self._statuses.set_status(asked.agent, AgentStatus(Presence.OFF))
                return answers.shift_ended(own, asked.language)

    async def _rests(self, asked: Asked, until: datetime) -> Words:
        """Neither a word nor a shorter pause ends the one that must be: nothing would be given to the agent before."""
        await self._statuses.set_status(asked.agent, AgentStatus(Presence.PAUSED, until))
        return answers.rest_first(until, self._zone, asked.language)
