from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from appservice.day_wiring import Day, DayPorts
from appservice.directory_port import Edition
from appservice.domain.competence import Competence
from appservice.domain.day_rules import DayRules
from appservice.domain.desk import DeskKind, DeskRooms
from appservice.domain.desk_competence import DeskCompetence
from appservice.domain.desk_routing import DeskRouting
from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.domain.postal_code import PostalCode
from appservice.domain.signalement import Role, Signalement
from appservice.domain.territory import Commune, Department, Region, Territory
from appservice.domain.units import Unit
from appservice.ports import Membership, MembershipChange
from appservice.public_holidays import FrenchPublicHolidays
from appservice.usecases.abandon import AbandonOpenings
from appservice.usecases.act_on_inbox import ActOnInbox
from appservice.usecases.agent_away import SignsOfLife
from appservice.usecases.discard_ahead import DiscardAhead
from appservice.usecases.erase import Erase
from appservice.usecases.find_desk import FindDesk
from appservice.usecases.make_ahead import MakeAhead, RoomPool
from appservice.usecases.make_room import MakeRoom
from appservice.usecases.open_signalement import Opened, Opening, OpenSignalement
from appservice.usecases.reconcile_desks import ConfiguredDesks
from tests.fakes.ahead import FakeAheadRecords
from tests.fakes.audit import FakeAuditLog
from tests.fakes.day import FakeDayStore
from tests.fakes.erasure import FakeErasedRooms, FakeInventory
from tests.fakes.homeserver import FakeHomeserver, FakeRoom
from tests.fakes.stores import FakeAgentStatuses, FakeInbox, FakeStores
from tests.fakes.units import FakeUnitDirectory
from tests.fakes.world import START, FakeClock, FakeRandomness
from tests.unit.factories import a_desk
from tests.unit.units import RECENT

SPACE = RoomId("!space")
DESK, STATION = DeskId("guyancourt"), DeskId("station")
AGENTS = ("@agent:fake", "@first:fake", "@second:fake", "@third:fake")


@dataclass
class World:
    """The whole service on fakes."""

    day: Day
    audit: FakeAuditLog
    day_store: FakeDayStore
    desks: ConfiguredDesks
    directory: FakeUnitDirectory
    signs: SignsOfLife
    clock: FakeClock
    homeserver: FakeHomeserver
    stores: FakeStores
    statuses: FakeAgentStatuses
    inbox: FakeInbox
    find_desk: FindDesk
    pool: RoomPool
    ahead: FakeAheadRecords
    open: OpenSignalement
    make_ahead: MakeAhead
    act: ActOnInbox
    abandon: AbandonOpenings
    erase: Erase
    erasures_ordered: list[bool]

    async def opened(self) -> Opened:
        return await self.open(Opening(Role.VICTIM, PostalCode.parse("78280"), in_danger=False))

    async def waiting(self) -> Signalement:
        opened = await self.opened()
        await self.happens(opened.signalement.room_id, opened.account.user_id, Membership.JOIN)
        return await self.signalement(opened.signalement.room_id)

    async def claimed(self, agent: str = "@agent:fake") -> Signalement:
        waiting = await self.waiting()
        await self.joins(waiting.room_id, agent)
        return await self.signalement(waiting.room_id)

    async def joins(self, room: RoomId, agent: str) -> None:
        """As a client that is online: it syncs at once after the join."""
        self.homeserver.rooms[room].join(UserId(agent))
        await self.happens(room, agent, Membership.JOIN)
        self.homeserver.absent_devices.pop(room, None)

    async def happens(self, room: RoomId, user: str, membership: Membership) -> None:
        if membership is Membership.LEAVE and room in self.homeserver.rooms:
            self.homeserver.rooms[room].joined.discard(UserId(user))
        await self.received(room, user, membership)
        await self.act()

    async def received(self, room: RoomId, user: str, membership: Membership) -> None:
        number = len(self.inbox._known)
        change = MembershipChange(f"$event{number}", room, UserId(user), membership)  # type: ignore[arg-type]
        await self.inbox.receive([change])

    async def add_unit(self, unit: Unit) -> None:
        edition = Edition(unit.source, "a test's", published=RECENT, imported_at=START, units=1)
        await self.directory.replace(edition, [unit])

    async def signalement(self, room: RoomId) -> Signalement:
        found = await self.stores.by_room(room)
        assert found is not None
        return found

    def room(self, signalement: Signalement) -> FakeRoom:
        return self.homeserver.rooms[signalement.room_id]


def two_desks() -> DeskRouting:
    """A desk for the department 39, and one that serves everywhere; the code 01410 lies in both."""
    territory = Territory(
        [Region("11", "Île-de-France"), Region("27", "Bourgogne-Franche-Comté"), Region("84", "Auvergne-Rhône-Alpes")],
        [Department("78", "Yvelines", "11"), Department("39", "Jura", "27"), Department("01", "Ain", "84")],
        [
            Commune("78297", "Guyancourt", "78", "11", None, 30_000, ("78280",)),
            Commune("01210", "Lélex", "01", "84", None, 200, ("01410",)),
            Commune("39274", "Lajoux", "39", "27", None, 100, ("01410",)),
        ],
        "a test's",
    )
    jura = DeskCompetence(DeskId("jura"), departments=frozenset({"39"}))
    return DeskRouting(territory, Competence(), [DeskCompetence(DESK, everywhere=True), jura], last_resort=DESK)


@pytest.fixture
def world() -> World:
    clock, randomness, homeserver, stores, statuses, inbox = (
        FakeClock(), FakeRandomness(), FakeHomeserver(), FakeStores(), FakeAgentStatuses(), FakeInbox(),
    )  # fmt: skip
    station = replace(a_desk(STATION, ("@station:fake",)), kind=DeskKind.STATION)
    desks = ConfiguredDesks([a_desk(DESK, AGENTS), a_desk("jura", ("@jura:fake",)), station])
    for desk, space in ((DESK, SPACE), (DeskId("jura"), RoomId("!space of jura")), (STATION, RoomId("!station"))):
        desks.settle(DeskRooms(desk, space, RoomId("!desk"), RoomId("!team")))
        homeserver.rooms[space] = FakeRoom()
    audit = FakeAuditLog(stores, clock)
    day_store, signs, directory = FakeDayStore(stores), SignsOfLife(clock), FakeUnitDirectory()
    ports = DayPorts(
        homeserver, stores, day_store, audit, desks, homeserver, statuses, directory, FrenchPublicHolidays(),
        clock, randomness,
        chain_of=lambda desk: (desk, DeskId("jura")) if desk == DESK else (desk, DESK),
    )  # fmt: skip
    day = Day(ports, DayRules(), signs)
    find_desk = FindDesk(two_desks(), desks, stores, statuses, clock)
    ordered: list[bool] = []
    pool, ahead = RoomPool(clock), FakeAheadRecords(stores)
    make_room = MakeRoom(homeserver, homeserver, stores, ahead, clock, randomness)
    return World(
        day=day,
        audit=audit,
        day_store=day_store,
        desks=desks,
        directory=directory,
        signs=signs,
        clock=clock,
        homeserver=homeserver,
        stores=stores,
        statuses=statuses,
        inbox=inbox,
        find_desk=find_desk,
        pool=pool,
        ahead=ahead,
        open=OpenSignalement(homeserver, make_room, stores, pool, ahead, find_desk, clock, randomness, day.change),
        make_ahead=MakeAhead(
            pool,
            2,
            make_room,
            stores,
            ahead,
            DiscardAhead(stores, ahead, day.emergency, clock, randomness, DESK),
            clock,
            erasure_ordered=lambda: ordered.append(True),
        ),
        act=ActOnInbox(
            inbox,
            day.announce,
            day.claim,
            day.orient,
            day.emergency,
            is_guest=lambda user: user in homeserver.accounts,
            is_own=lambda _: False,
            erasure_ordered=lambda: ordered.append(True),
        ),
        abandon=AbandonOpenings(homeserver, stores, day.emergency, clock, ready_within=timedelta(minutes=10)),
        erase=Erase(
            homeserver,
            homeserver,
            homeserver,
            FakeInventory(homeserver),
            stores,
            FakeErasedRooms(),
            desks,
            homeserver,
            audit,
            clock,
            shell_kept_for=timedelta(days=30),
        ),
        erasures_ordered=ordered,
    )
