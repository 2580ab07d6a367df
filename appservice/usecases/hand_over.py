"""A conversation goes to another agent or desk; a shift leader may also assign one that waits.

The former agent is out at once. The guest's page rotates its key, and asks the guest whether what was said is passed
on: only the page could do so, and only the guest decides.
"""

from appservice.domain.audit.acts import Act
from appservice.domain.desk import Desk
from appservice.domain.errors import InvalidInput
from appservice.domain.ids import DeskId, Reference, UserId
from appservice.domain.refusals import AlreadyThere, NoSuchAgent, NoSuchDesk
from appservice.domain.signalement import Signalement, State
from appservice.ports import Clock, Desks
from appservice.usecases.change_signalement import ChangeSignalement, Decide
from appservice.usecases.rights import require_going_on, require_interlocutor, require_member
from appservice.usecases.settle_room import SettleRoom
from appservice.usecases.workload import Workload


class HandOver:
    def __init__(
        self, desks: Desks, clock: Clock, change: ChangeSignalement, settle: SettleRoom, workload: Workload
    ) -> None:
        self._desks = desks
        self._clock = clock
        self._change = change
        self._settle = settle
        self._workload = workload

    async def to_agent(
        self, reference: Reference, by: UserId, agent: UserId, *, as_leader: bool = False
    ) -> Signalement:
        """`by` has the conversation, or is a leader, who may also assign one that waits. The agent is invited at once.

        Raises a `Refusal`: `NoSuchAgent`, `AlreadyThere`, `NotFree`, `NotTheInterlocutor`, `NotTaken`, `NotReady`,
        `Ended`, `NoSuchSignalement`.
        """

        async def decide(stored: Signalement) -> Signalement:
            if stored.state is State.WAITING and as_leader:
                require_going_on(stored)
            else:
                require_interlocutor(stored, by, as_leader=as_leader)
            if agent == stored.agent_mxid:
                raise AlreadyThere(f"signalement {stored.reference} is {agent}'s already")
            desk = self._desk_of(agent, stored.desk_id)
            await self._workload.require_free(desk, agent, stored.agent_mxid)
            return stored.handed_to(agent, desk.desk_id, self._clock.now())

        return await self._hand(reference, decide, by)

    async def to_desk(self, reference: Reference, by: UserId, desk: DeskId, *, as_leader: bool = False) -> Signalement:
        """The guest waits there; the desk may be the agent's own, to give it back. One that waits is passed on by any
        agent of its desk.

        Raises a `Refusal`: `NoSuchDesk`, `AlreadyThere`, `NotOfTheDesk`, and as `to_agent`.
        """
        try:
            self._desks.desk(desk)
        except InvalidInput:
            raise NoSuchDesk(f"there is no desk {desk}") from None

        async def decide(stored: Signalement) -> Signalement:
            if stored.state is State.WAITING:
                if not as_leader:
                    require_member(self._desks.desk(stored.desk_id), by)
                if stored.desk_id == desk:
                    raise AlreadyThere(f"signalement {stored.reference} is at {desk} already")
            else:
                require_interlocutor(stored, by, as_leader=as_leader)
            return stored.handed_to_desk(desk, self._clock.now())

        return await self._hand(reference, decide, by)

    async def _hand(self, reference: Reference, decide: Decide, by: UserId) -> Signalement:
        handed = await self._change.by_reference(reference, decide, Act(by))
        await self._settle.soon(handed)
        return handed

    def _desk_of(self, agent: UserId, own: DeskId) -> Desk:
        """The signalement's own desk, if the agent is of it; or else the first that has it."""
        for desk in (self._desks.desk(own), *self._desks.all()):
            if agent in desk.agents:
                return desk
        raise NoSuchAgent(f"no desk has {agent}")
