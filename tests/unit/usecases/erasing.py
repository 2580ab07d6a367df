"""The service as far as erasures are concerned, on fakes that survive it: it can be killed and started again."""

from dataclasses import dataclass, field
from datetime import timedelta

from appservice.domain.desk import DeskRooms
from appservice.domain.ids import DeskId, EventId, RoomId, SignalementId, UserId
from appservice.domain.retention import Retention, RetentionRule
from appservice.domain.signalement import Outcome, Role, Signalement, State
from appservice.usecases.apply_retention import ApplyRetention
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.discard_ahead import DiscardAhead
from appservice.usecases.erase import Erase
from appservice.usecases.erase_again import EraseAgain
from appservice.usecases.look_again import LookAgain
from appservice.usecases.notice_silence import NoticeSilence
from appservice.usecases.raise_emergency import RaiseEmergency
from appservice.usecases.reconcile_desks import ConfiguredDesks
from appservice.usecases.record_changes import RecordChanges
from tests.fakes.ahead import FakeAheadRecords
from tests.fakes.audit import FakeAuditLog
from tests.fakes.erasure import FakeAlarms, FakeErasedRooms, FakeErasureRecords, FakeInventory
from tests.fakes.faults import Faults
from tests.fakes.homeserver import FakeHomeserver, FakeRoom
from tests.fakes.stores import FakeStores
from tests.fakes.world import FakeClock, FakeRandomness
from tests.unit.factories import a_desk, a_signalement

SPACE, ROOM = RoomId("!space"), RoomId("!room1")
DESK = DeskId("guyancourt")
RULES = (
    RetentionRule(State.WAITING, timedelta(hours=24)),
    RetentionRule(State.CLAIMED, timedelta(days=3)),
    RetentionRule(State.CLOSED, timedelta(hours=12)),
    RetentionRule(State.CLOSED, timedelta(hours=1), Outcome.ABUSE),
)
AGENT, GUEST = UserId("@agent:fake"), UserId("@veilleuse_guest_a:fake")


def the_desks() -> ConfiguredDesks:
    desks = ConfiguredDesks([a_desk(DESK)])
    desks.settle(DeskRooms(DESK, SPACE, RoomId("!desk"), RoomId("!team")))
    return desks


@dataclass
class Outside:
    """What there is outside of the service's process: two databases, a file, and people."""

    clock: FakeClock = field(default_factory=FakeClock)
    homeserver: FakeHomeserver = field(default_factory=FakeHomeserver)
    stores: FakeStores = field(default_factory=FakeStores)
    erased: FakeErasedRooms = field(default_factory=FakeErasedRooms)
    alarms: FakeAlarms = field(default_factory=FakeAlarms)
    randomness: FakeRandomness = field(default_factory=FakeRandomness)

    def __post_init__(self) -> None:
        self.homeserver.rooms[SPACE] = FakeRoom()
        self.homeserver.agents_are_online = True
        self.inventory = FakeInventory(self.homeserver)
        self.records = FakeErasureRecords(self.stores)
        self.ahead = FakeAheadRecords(self.stores)
        self.audit = FakeAuditLog(self.stores, self.clock)

    async def conversation(
        self, room: RoomId = ROOM, guest: UserId = GUEST, state: State = State.CLAIMED, in_danger: bool = False
    ) -> Signalement:
        """Three messages, an agent, a line in the desk's room, a link in the Space."""
        self.homeserver.accounts[guest] = True
        fake = FakeRoom(open_to=None if state is State.CLAIMED else SPACE)
        fake.join(guest)
        fake.join(AGENT)
        for word in ("one", "two", "three"):
            fake.say(word)
        self.homeserver.rooms[room] = fake
        self.homeserver.rooms[SPACE].children.add(room)
        announcement = EventId(f"$of {room}")
        self.homeserver.announcements[announcement] = "claimed"
        signalement = a_signalement(room, guest, reference=f"{room[-4:].upper()}-42")
        signalement = Signalement(
            signalement_id=SignalementId(f"signalement of {room}"),
            reference=signalement.reference,
            room_id=room,
            guest_mxid=guest,
            desk_id=DESK,
            department="78",
            role=Role.VICTIM,
            in_danger=in_danger,
            opened_at=self.clock.now(),
            state=state,
            agent_mxid=AGENT if state is State.CLAIMED else None,
            announcement_id=announcement,
        )
        await self.stores.add(signalement)
        return signalement

    def service(self, faults: Faults | None = None) -> "Service":
        return Service(self, faults or Faults())


class Service:
    """One life of the process."""

    def __init__(self, outside: Outside, faults: Faults) -> None:
        self._outside = outside
        homeserver, self._stores = faults.before(outside.homeserver), faults.before(outside.stores)
        self.audit = faults.before(outside.audit)
        change = ChangeSignalement(self._stores)
        change.within(RecordChanges(self.audit))
        self.emergency = RaiseEmergency(self._stores, outside.clock, change)
        self.erase = Erase(
            homeserver,
            homeserver,
            homeserver,
            faults.before(outside.inventory),
            self._stores,
            faults.before(outside.erased),
            the_desks(),
            homeserver,
            self.audit,
            outside.clock,
            shell_kept_for=timedelta(days=30),
        )

        retention = Retention(RULES, lost_contact_after=timedelta(minutes=15), danger_kept_for=timedelta(minutes=30))
        self.notice_silence = NoticeSilence(
            outside.records, outside.inventory, self.emergency, outside.alarms, outside.clock, retention
        )
        self.apply_retention = ApplyRetention(outside.records, self.emergency, outside.clock, retention)
        self.discard_ahead = DiscardAhead(
            self._stores, faults.before(outside.ahead), self.emergency, outside.clock, outside.randomness, DESK
        )
        self.erase_again = EraseAgain(
            self._stores,
            outside.records,
            outside.inventory,
            outside.erased,
            outside.homeserver,
            the_desks(),
            self.emergency,
            self.discard_ahead,
            outside.clock,
            outside.randomness,
            self.audit,
            DESK,
        )
        self.look_again = LookAgain(
            outside.records, outside.inventory, outside.alarms, self.audit, sample=2, told_to=DESK
        )

    async def erases_all(self) -> None:
        """Whatever has been ordered, and the clock moves on meanwhile."""
        clock = self._outside.clock
        while erasures := await self._stores.soonest_erasures(10):
            for erasure in erasures:
                clock.advance(max(erasure.next_attempt_at - clock.now(), timedelta()))
                await self.erase(erasure)
