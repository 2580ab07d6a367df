from dataclasses import dataclass
from datetime import timedelta

import pytest

from appservice.domain.competence import Competence
from appservice.domain.desk import DeskRooms
from appservice.domain.desk_competence import DeskCompetence
from appservice.domain.desk_routing import DeskRouting
from appservice.domain.ids import DeskId, RoomId, UserId
from appservice.domain.postal_code import PostalCode
from appservice.domain.signalement import Role, Signalement
from appservice.domain.territory import Commune, Department, Region, Territory
from appservice.ports import Membership, MembershipChange
from appservice.usecases.abandon import AbandonOpenings
from appservice.usecases.act_on_inbox import ActOnInbox
from appservice.usecases.announce import Announce
from appservice.usecases.claim import Claim
from appservice.usecases.erase import Erase
from appservice.usecases.open_signalement import Opened, Opening, OpenSignalement
from appservice.usecases.raise_emergency import RaiseEmergency
from appservice.usecases.reconcile_desks import ConfiguredDesks
from tests.fakes.homeserver import FakeHomeserver, FakeRoom
from tests.fakes.stores import FakeInbox, FakeStores
from tests.fakes.world import FakeClock, FakeRandomness
from tests.unit.factories import a_desk

SPACE = RoomId("!space")
DESK = DeskId("guyancourt")


@dataclass
class World:
    """The whole service on fakes."""

    clock: FakeClock
    homeserver: FakeHomeserver
    stores: FakeStores
    inbox: FakeInbox
    open: OpenSignalement
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
        await self.received(room, user, membership)
        await self.act()

    async def received(self, room: RoomId, user: str, membership: Membership) -> None:
        number = len(self.inbox._known)
        change = MembershipChange(f"$event{number}", room, UserId(user), membership)  # type: ignore[arg-type]
        await self.inbox.receive([change])

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
    clock, randomness, homeserver, stores, inbox = (
        FakeClock(), FakeRandomness(), FakeHomeserver(), FakeStores(), FakeInbox(),
    )  # fmt: skip
    desks = ConfiguredDesks([a_desk(DESK), a_desk("jura")])
    for desk in (DESK, DeskId("jura")):
        desks.settle(DeskRooms(desk, SPACE, RoomId("!desk"), RoomId("!team")))
    homeserver.rooms[SPACE] = FakeRoom()
    emergency = RaiseEmergency(stores, clock)
    ordered: list[bool] = []
    return World(
        clock=clock,
        homeserver=homeserver,
        stores=stores,
        inbox=inbox,
        open=OpenSignalement(homeserver, homeserver, stores, desks, two_desks(), clock, randomness),
        act=ActOnInbox(
            inbox,
            Announce(homeserver, stores, desks, homeserver),
            Claim(homeserver, stores, desks, homeserver),
            emergency,
            is_guest=lambda user: user in homeserver.accounts,
            own=(),
            erasure_ordered=lambda: ordered.append(True),
        ),
        abandon=AbandonOpenings(homeserver, stores, emergency, clock, ready_within=timedelta(minutes=10)),
        erase=Erase(
            homeserver, homeserver, homeserver, stores, desks, homeserver, clock, shell_kept_for=timedelta(days=30)
        ),
        erasures_ordered=ordered,
    )
