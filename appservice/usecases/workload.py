"""What an agent can carry: so many conversations at once, so many hard ones in a row; and the pause afterwards."""

from datetime import datetime

from appservice.day_port import DayStore
from appservice.domain.audit.acts import Act
from appservice.domain.availability import AgentStatus, Presence, Staffing
from appservice.domain.day_rules import CareRule
from appservice.domain.desk import Desk
from appservice.domain.ids import UserId
from appservice.domain.refusals import CapacityReached, Hindrance, NotFree, PauseFirst
from appservice.domain.signalement import Signalement, State
from appservice.ports import AgentStatuses, Clock, Stores


class Workload:
    def __init__(self, stores: Stores, day: DayStore, statuses: AgentStatuses, clock: Clock, rule: CareRule) -> None:
        self._stores = stores
        self._day = day
        self._statuses = statuses
        self._clock = clock
        self._rule = rule

    async def require_room_for_one_more(self, desk: Desk, agent: UserId) -> None:
        """Raises `CapacityReached` or `PauseFirst`. To be called in the transaction that gives the agent one: until its
        end, nobody else can give the agent another.

        An agent who pauses by choice is let: whoever takes somebody says by it that they are there.
        """
        await self._day.lock_agent(agent)
        if (await self._stores.conversations_of([agent])).get(agent, 0) >= desk.capacity:
            raise CapacityReached(agent, desk.capacity)
        if (until := await self.must_rest_until(agent)) is not None:
            raise PauseFirst(agent, until)

    async def require_free(self, desk: Desk, agent: UserId, holder: UserId | None) -> None:
        """Raises `NotFree` unless the agent is there, with room for one more: who is given somebody has not said by it
        that they are there. To be called as `require_room_for_one_more`; `holder` has it now.
        """
        await self._day.lock_agent(agent)
        now, agents = self._clock.now(), desk.agents
        staffing = Staffing(await self._statuses.statuses_of(agents), await self._stores.conversations_of(agents))
        status, rest_until = staffing.statuses.get(agent, AgentStatus()), await self.must_rest_until(agent)
        until: datetime | None = None
        if not status.available(now):
            why, until = (Hindrance.OFF if status.presence is Presence.OFF else Hindrance.PAUSED), status.until
        elif rest_until is not None:
            why, until = Hindrance.PAUSED, rest_until
        elif not staffing.has_room(desk, agent):
            why = Hindrance.FULL
        else:
            return
        free = [desk.name_of(other) for other in staffing.free_in(desk, now) if other not in (agent, holder)]
        raise NotFree(desk.name_of(agent), why, until, tuple(free))

    async def must_rest_until(self, agent: UserId) -> datetime | None:
        """Until when the pause is more than an offer; None if it is not."""
        care = await self._day.care_of(agent)
        return care.rest_until if care.must_rest(self._clock.now(), self._rule.most_in_a_row) else None

    async def keep_count(self, before: Signalement, after: Signalement, _: Act) -> None:
        """Within each change: a claim is noted for the estimates, and what a conversation's end means for its agent."""
        now = self._clock.now()
        if after.state is State.CLAIMED and before.state is State.WAITING:
            await self._day.note_claim(after.desk_id, now)
        if before.agent_mxid is not None and after.agent_mxid != before.agent_mxid:
            await self._day.forget_signs(before.signalement_id)
            await self._day.lock_agent(before.agent_mxid)
            care = (await self._day.care_of(before.agent_mxid)).rested(now)
            await self._day.keep_care(
                before.agent_mxid, care.after_conversation(before.hard, now, self._rule.pause_for)
            )
            if before.hard:
                await self._let_pause(before.agent_mxid, now + self._rule.pause_for)

    async def _let_pause(self, agent: UserId, until: datetime) -> None:
        status = (await self._statuses.statuses_of([agent])).get(agent, AgentStatus())
        await self._statuses.set_status(agent, status.resting(until))
