"""After a conversation that weighed, the agent is offered a pause, in the desk's room.

Until it is over nothing new is led to the agent's desk for the agent's sake; who is ready before says so there, unless
it is more than an offer. The pause itself began with the conversation's end: here it is only told.
"""

from datetime import datetime

from appservice.day_port import DayStore
from appservice.domain.availability import AgentStatus, Presence
from appservice.domain.care import Care
from appservice.domain.day_rules import CareRule
from appservice.domain.ids import UserId
from appservice.ports import AgentStatuses, Clock, Desks, DeskVoice


class OfferPause:
    def __init__(
        self,
        day: DayStore,
        desks: Desks,
        statuses: AgentStatuses,
        voice: DeskVoice,
        clock: Clock,
        rule: CareRule,
    ) -> None:
        self._day = day
        self._desks = desks
        self._statuses = statuses
        self._voice = voice
        self._clock = clock
        self._rule = rule
        self._told: set[tuple[UserId, datetime]] = set()

    async def __call__(self) -> None:
        """Tells of every pause that was not told of yet; what the homeserver is not there for, the next time. After a
        restart it tells of all again, and the voice says each once. Raises `HomeserverError`.
        """
        resting = await self._day.resting(self._clock.now())
        statuses = await self._statuses.statuses_of(resting)
        ends = {(agent, care.rest_until): care for agent, care in resting.items() if care.rest_until is not None}
        self._told &= ends.keys()
        for (agent, until), care in ends.items():
            if (agent, until) not in self._told:
                # Who has gone, pauses for longer, or is back already has said so, and is left alone.
                if statuses.get(agent) == AgentStatus(Presence.PAUSED, until):
                    await self._tell(agent, until, care)
                self._told.add((agent, until))

    async def _tell(self, agent: UserId, until: datetime, care: Care) -> None:
        must_rest = care.must_rest(self._clock.now(), self._rule.most_in_a_row)
        for desk in self._desks.all():
            if agent in desk.agents:
                await self._voice.offer_pause(desk.desk_id, agent, until, must_rest=must_rest)
                return
