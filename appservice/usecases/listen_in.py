"""A second agent comes into a conversation, and the guest always sees it."""

from appservice.day_port import DayStore
from appservice.domain.audit.acts import Act
from appservice.domain.desk import Desk
from appservice.domain.ids import Reference, UserId
from appservice.domain.orientation import OrientationState
from appservice.domain.refusals import AlreadyThere, NotListening, NotOfTheDesk, NotTaken, TooManyListeners
from appservice.domain.signalement import Signalement, State
from appservice.ports import Desks
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.rights import require_going_on
from appservice.usecases.settle_room import SettleRoom

_AT_MOST = 2


class ListenIn:
    def __init__(self, day: DayStore, desks: Desks, change: ChangeSignalement, settle: SettleRoom) -> None:
        self._day = day
        self._desks = desks
        self._change = change
        self._settle = settle

    async def __call__(self, reference: Reference, by: UserId, *, as_leader: bool = False) -> Signalement:
        """`by` is of the conversation's desk, or of one that the guest wants to be put in touch with, or a leader.

        The listener finds the room joined, or an invitation, and reads only what comes after. Raises a `Refusal`:
        `NotTaken`, `AlreadyThere`, `TooManyListeners`, `NotOfTheDesk`, `NotReady`, `Ended`, `NoSuchSignalement`.
        """

        async def decide(stored: Signalement) -> Signalement:
            require_going_on(stored)
            if stored.state is not State.CLAIMED:
                raise NotTaken(f"signalement {stored.reference} waits: take it")
            if not as_leader and not any(by in desk.agents for desk in await self._concerned(stored)):
                raise NotOfTheDesk(f"{by} is of no desk that has to do with {stored.reference}")
            if by == stored.agent_mxid or by in stored.listeners:
                raise AlreadyThere(f"{by} is in {stored.reference} already")
            if len(stored.listeners) >= _AT_MOST:
                raise TooManyListeners(f"{_AT_MOST} listen in to {stored.reference} already")
            return stored.listened_by(by)

        listened = await self._change.by_reference(reference, decide, Act(by))
        await self._settle.soon(listened)
        return listened

    async def no_longer(self, reference: Reference, by: UserId) -> Signalement:
        """The listener goes; or everybody who listens in, if it is the agent's who has the conversation.

        Raises a `Refusal`: `NotListening`, `NoSuchSignalement`.
        """

        async def decide(stored: Signalement) -> Signalement:
            listening = stored.listeners if by == stored.agent_mxid else (by,)
            if not set(listening) & set(stored.listeners):
                raise NotListening(f"nobody of {by} listens in to {stored.reference}")
            return stored.no_longer_listened_by(*listening)

        alone = await self._change.by_reference(reference, decide, Act(by))
        await self._settle.soon(alone)
        return alone

    async def _concerned(self, signalement: Signalement) -> list[Desk]:
        accepted = [
            orientation.desk_id
            for orientation in await self._day.orientations_of(signalement.signalement_id)
            if orientation.state is OrientationState.ACCEPTED and orientation.desk_id is not None
        ]
        return [self._desks.desk(desk) for desk in (signalement.desk_id, *accepted)]
