"""Somebody is in danger now, or no longer: it changes the order of the queue, and what the desk reads."""

from appservice.domain.audit.acts import Act
from appservice.domain.ids import Reference, UserId
from appservice.domain.signalement import Signalement, State
from appservice.ports import Desks
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.rights import require_going_on, require_interlocutor, require_member
from appservice.usecases.settle_room import SettleRoom


class MarkDanger:
    def __init__(self, desks: Desks, change: ChangeSignalement, settle: SettleRoom) -> None:
        self._desks = desks
        self._change = change
        self._settle = settle

    async def __call__(
        self, reference: Reference, by: UserId, in_danger: bool, *, as_leader: bool = False
    ) -> Signalement:
        """By the agent who has it; of one that waits, by any agent of its desk. Said twice, nothing happens.

        Raises a `Refusal`: `NotTheInterlocutor`, `NotOfTheDesk`, `NotReady`, `Ended`, `NoSuchSignalement`.
        """

        async def decide(stored: Signalement) -> Signalement:
            require_going_on(stored)
            if stored.state is State.CLAIMED:
                require_interlocutor(stored, by, as_leader=as_leader)
            elif not as_leader:
                require_member(self._desks.desk(stored.desk_id), by)
            return stored if stored.in_danger == in_danger else stored.marked_in_danger(in_danger)

        marked = await self._change.by_reference(reference, decide, Act(by))
        await self._settle.soon(marked)
        return marked
