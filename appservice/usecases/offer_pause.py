"""After a conversation that weighed, the agent is offered a pause, in the desk's room.

Until it is over nothing new is led to the agent's desk for the agent's sake; who is ready before says so there.
"""

from appservice.day_port import DayStore
from appservice.domain.availability import AgentStatus, Presence
from appservice.domain.ids import DeskId, UserId
from appservice.domain.signalement import Signalement
from appservice.ports import AgentStatuses, DeskVoice


class OfferPause:
    def __init__(self, day: DayStore, statuses: AgentStatuses, voice: DeskVoice) -> None:
        self._day = day
        self._statuses = statuses
        self._voice = voice
        self._due: list[tuple[DeskId, UserId]] = []

    def changed(self, before: Signalement, after: Signalement) -> None:
        """Notes whose hard conversation a transition ends."""
        if before.hard and before.agent_mxid is not None and after.agent_mxid != before.agent_mxid:
            self._due.append((before.desk_id, before.agent_mxid))

    async def __call__(self) -> None:
        """Offers what is due; what the homeserver is not there for, the next time. Raises `HomeserverError`."""
        while self._due:
            desk, agent = self._due[0]
            care = await self._day.care_of(agent)
            if care.rest_until is not None:
                await self._statuses.set_status(agent, AgentStatus(Presence.PAUSED, care.rest_until))
                await self._voice.offer_pause(desk, agent, care.rest_until)
            self._due.pop(0)
