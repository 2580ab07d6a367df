"""The agent ends the conversation, and says how it ended. The guest's page shows the end; erasure follows later.

What the guest ends, by leaving, is erased at once: see `raise_emergency`.
"""

from appservice.domain.audit.acts import Act
from appservice.domain.ids import Reference, UserId
from appservice.domain.signalement import Outcome, Signalement, State
from appservice.ports import Clock
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.rights import require_going_on, require_interlocutor
from appservice.usecases.settle_room import SettleRoom


class Close:
    def __init__(self, clock: Clock, change: ChangeSignalement, settle: SettleRoom) -> None:
        self._clock = clock
        self._change = change
        self._settle = settle

    async def __call__(
        self, reference: Reference, by: UserId, outcome: Outcome, *, as_leader: bool = False
    ) -> Signalement:
        """`by` has the conversation; a leader may close any, also one that waits.

        Nobody writes any more. `closed_at` and `outcome` are what the retention rule goes by. Raises a `Refusal`:
        `NotTheInterlocutor`, `NotTaken`, `NotReady`, `Ended`, `NoSuchSignalement`.
        """

        async def decide(stored: Signalement) -> Signalement:
            if as_leader and stored.state is State.WAITING:
                require_going_on(stored)
            else:
                require_interlocutor(stored, by, as_leader=as_leader)
            return stored.closed(outcome, self._clock.now())

        closed = await self._change.by_reference(reference, decide, Act(by))
        await self._settle.soon(closed)
        return closed
