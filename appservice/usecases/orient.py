"""A complaint or an association: proposed by the agent, decided by the guest. Nothing happens without consent.

On acceptance the unit's desk is told, without a word about the guest, and its agents may come in as listeners; the
agent who has the conversation hands it over once they know each other. Where the unit has no desk, the guest's page
keeps the particulars on the screen, and the agent has the answer.
"""

from appservice.day_port import DayStore
from appservice.directory_port import UnitDirectory
from appservice.domain.audit.acts import Act
from appservice.domain.audit.events import Oriented
from appservice.domain.audit.values import GUEST, Answer
from appservice.domain.desk import DeskKind
from appservice.domain.errors import InvalidInput, InvalidTransition
from appservice.domain.hours_in_words import written
from appservice.domain.ids import DeskId, ProposalId, Reference, UserId
from appservice.domain.orientation import Orientation, OrientationKind, OrientationState, Particulars
from appservice.domain.phone_in_words import dialled
from appservice.domain.refusals import Ended, NoSuchDesk, NoSuchUnit, NothingProposed
from appservice.domain.signalement import Signalement, State
from appservice.domain.units import ASSOCIATIONS, PublicHolidays, Unit, UnitId, standing
from appservice.ports import Clock, Desks, DeskVoice, GuestAnswered, Randomness, Stores
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.rights import require_interlocutor
from appservice.usecases.settle_room import SettleRoom

_KINDS = {DeskKind.STATION: OrientationKind.COMPLAINT, DeskKind.ASSOCIATION: OrientationKind.ASSOCIATION}


class Orient:
    def __init__(
        self,
        stores: Stores,
        day: DayStore,
        desks: Desks,
        directory: UnitDirectory,
        holidays: PublicHolidays,
        voice: DeskVoice,
        clock: Clock,
        randomness: Randomness,
        change: ChangeSignalement,
        settle: SettleRoom,
    ) -> None:
        self._stores = stores
        self._day = day
        self._desks = desks
        self._directory = directory
        self._holidays = holidays
        self._voice = voice
        self._clock = clock
        self._randomness = randomness
        self._change = change
        self._settle = settle

    async def to_unit(self, reference: Reference, by: UserId, unit_id: UnitId) -> Orientation:
        """Proposes a station or an association of the directory. What was proposed before, and not answered, is taken
        back.

        Raises a `Refusal`: `NoSuchUnit`, `NotTheInterlocutor`, `NotTaken`, `NotReady`, `Ended`, `NoSuchSignalement`.
        """
        unit = await self._directory.by_id(unit_id)
        if unit is None:
            raise NoSuchUnit(f"there is no unit {unit_id}")
        kind = OrientationKind.ASSOCIATION if unit.kind in ASSOCIATIONS else OrientationKind.COMPLAINT
        return await self._propose(reference, by, kind, self._particulars(unit), None)

    async def to_desk(self, reference: Reference, by: UserId, desk_id: DeskId) -> Orientation:
        """Proposes a desk of the kind station or association. Raises as `to_unit`, with `NoSuchDesk`."""
        try:
            desk = self._desks.desk(desk_id)
        except InvalidInput:
            raise NoSuchDesk(f"there is no desk {desk_id}") from None
        if desk.kind not in _KINDS:
            raise NoSuchDesk(f"the desk {desk_id} is no station and no association")
        there = desk.reception
        particulars = Particulars(desk.name, there.address, there.phone, there.hours)
        return await self._propose(reference, by, _KINDS[desk.kind], particulars, desk_id)

    async def withdraw(self, reference: Reference, by: UserId) -> Orientation:
        """Takes the open proposal back. Raises `NothingProposed`, and as `to_unit`."""
        withdrawn: list[Orientation] = []

        async def decide(stored: Signalement) -> Signalement:
            require_interlocutor(stored, by, as_leader=False)
            withdrawn[:] = await self._take_back(stored, by)
            if not withdrawn:
                raise NothingProposed(f"nothing is proposed in {reference}")
            return stored.touched()

        await self._settle.soon(await self._change.by_reference(reference, decide, Act(by)))
        return withdrawn[-1]

    async def guest_answered(self, answer: GuestAnswered) -> None:
        """The answer of the room's guest to the latest proposal, once; all others mean nothing.

        It holds whoever has the conversation by now, and while the guest waits for somebody else, too: then the desk is
        told, and its announcement tells whoever comes.

        Said again after a crash, it is told again, and decided once. Raises `HomeserverError`.
        """
        signalement = await self._stores.by_room(answer.room_id)
        orientation = await self._day.orientation(answer.proposal)
        if signalement is None or orientation is None or signalement.guest_mxid != answer.user_id:
            return
        if orientation.signalement_id != signalement.signalement_id:
            return
        if signalement.state not in (State.WAITING, State.CLAIMED):
            return
        try:
            answered = orientation.answered(answer.accepted, answer.wish)
            signalement = await self._keep(signalement, orientation, answered)
        except InvalidTransition:
            answered = orientation  # answered before, or withdrawn meanwhile
        if answered.state in (OrientationState.ACCEPTED, OrientationState.DECLINED):
            await self._tell(signalement, answered)

    async def _keep(self, signalement: Signalement, before: Orientation, answered: Orientation) -> Signalement:
        async def decide(stored: Signalement) -> Signalement:
            await self._day.replace_orientation(before, answered)
            return stored.touched()

        accepted = answered.state is OrientationState.ACCEPTED
        act = Act(GUEST, Oriented(answered.kind, Answer.ACCEPTED if accepted else Answer.DECLINED))
        return await self._change.by_id(signalement.signalement_id, decide, act)

    async def _tell(self, signalement: Signalement, answered: Orientation) -> None:
        await self._voice.tell_answer(signalement, answered)
        if answered.state is OrientationState.ACCEPTED and answered.desk_id is not None:
            await self._voice.tell_oriented(signalement, answered)

    async def _propose(
        self, reference: Reference, by: UserId, kind: OrientationKind, particulars: Particulars, desk: DeskId | None
    ) -> Orientation:
        proposal = ProposalId(self._randomness.token())

        async def decide(stored: Signalement) -> Signalement:
            require_interlocutor(stored, by, as_leader=False)
            await self._take_back(stored, by)
            now = self._clock.now()
            await self._day.add_orientation(
                Orientation(proposal, stored.signalement_id, kind, particulars, desk, proposed_at=now)
            )
            return stored.touched()

        act = Act(by, Oriented(kind, Answer.NONE))
        await self._settle.soon(await self._change.by_reference(reference, decide, act))
        proposed = await self._day.orientation(proposal)
        if proposed is None:
            raise Ended(f"signalement {reference} was erased meanwhile")
        return proposed

    async def _take_back(self, signalement: Signalement, by: UserId) -> list[Orientation]:
        """Withdraws what the guest has not answered yet. Joins the transaction that is open."""
        taken_back = []
        for one in await self._day.orientations_of(signalement.signalement_id):
            if one.state is OrientationState.PROPOSED:
                taken_back.append(one.withdrawn())
                await self._day.replace_orientation(one, taken_back[-1])
                await self._change.record(signalement, Act(by, Oriented(one.kind, Answer.WITHDRAWN)))
        return taken_back

    def _particulars(self, unit: Unit) -> Particulars:
        now = standing(unit, self._clock.now(), self._holidays)
        hours = None if unit.hours is None else written(unit.hours)
        phone = None if unit.phone is None else dialled(unit.phone)
        return Particulars(unit.name, unit.address, phone, hours, now.call_first, unit.source.publisher, now.vintage)
