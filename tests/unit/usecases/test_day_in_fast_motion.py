"""A day in fast motion: 200 signalements, 12 agents, three desks; pauses, absences, hand-overs, overflow, departures, a
homeserver that goes away. At the end none is lost, none was answered by two, and the order was right.
"""

import asyncio
import random  # noqa: TID251 a seed makes the day repeatable; nothing secret is drawn
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from appservice.day_wiring import Day, DayPorts
from appservice.domain.day_rules import DayRules
from appservice.domain.desk import DeskRooms
from appservice.domain.ids import DeskId, EventId, RoomId, UserId
from appservice.domain.refusals import Refusal
from appservice.domain.signalement import Interruption, Outcome, Signalement, State
from appservice.ports import Membership, MembershipChange
from appservice.public_holidays import FrenchPublicHolidays
from appservice.usecases.act_on_inbox import ActOnInbox
from appservice.usecases.agent_away import SignsOfLife
from appservice.usecases.reconcile_desks import ConfiguredDesks
from tests.fakes.audit import FakeAuditLog
from tests.fakes.day import FakeDayStore
from tests.fakes.homeserver import FakeHomeserver, FakeRoom
from tests.fakes.stores import FakeAgentStatuses, FakeInbox, FakeStores
from tests.fakes.units import FakeUnitDirectory
from tests.fakes.world import FakeClock, FakeRandomness
from tests.unit.factories import a_desk, a_signalement

SIGNALEMENTS = 200
TICK = timedelta(seconds=20)
DESKS = {
    DeskId("north"): tuple(UserId(f"@north{n}:fake") for n in range(5)),
    DeskId("south"): tuple(UserId(f"@south{n}:fake") for n in range(4)),
    DeskId("last"): tuple(UserId(f"@last{n}:fake") for n in range(3)),
}
CHAIN = tuple(DESKS)


@dataclass
class Agent:
    user: UserId
    desk: DeskId
    back_at: datetime | None = None
    """Until then it does nothing at all, and has told nobody."""


@dataclass
class Course:
    """What was seen of one signalement."""

    claims: int = 0
    handed: int = 0
    away: int = 0
    overflowed: int = 0
    speakers: list[UserId] = field(default_factory=list)


class FastMotion:
    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 see above
        self.clock, self.homeserver, self.stores, self.inbox = (
            FakeClock(), FakeHomeserver(), FakeStores(), FakeInbox(),
        )  # fmt: skip
        self.signs = SignsOfLife(self.clock)
        self.statuses, self.store = FakeAgentStatuses(), FakeDayStore(self.stores)
        self.desks = ConfiguredDesks([a_desk(desk, agents) for desk, agents in DESKS.items()])
        for desk in DESKS:
            space = RoomId(f"!space of {desk}")
            self.desks.settle(DeskRooms(desk, space, RoomId(f"!{desk}"), RoomId(f"!team of {desk}")))
            self.homeserver.rooms[space] = FakeRoom()
        ports = DayPorts(
            self.homeserver, self.stores, self.store, FakeAuditLog(self.stores, self.clock), self.desks,
            self.homeserver, self.statuses,
            FakeUnitDirectory(), FrenchPublicHolidays(), self.clock, FakeRandomness(),
            chain_of=lambda desk: (desk, *(other for other in CHAIN if other != desk)),
        )  # fmt: skip
        self.day = Day(ports, DayRules(), self.signs)
        self.act = ActOnInbox(
            self.inbox, self.day.announce, self.day.claim, self.day.orient, self.day.emergency,
            is_guest=lambda user: user in self.homeserver.accounts,
            is_own=lambda user: False, erasure_ordered=lambda: None,
        )  # fmt: skip
        self.agents = [Agent(user, desk) for desk, users in DESKS.items() for user in users]
        self.courses: dict[RoomId, Course] = {}
        self.told: dict[UserId, int] = {}
        self.pushed: dict[RoomId, set[UserId]] = defaultdict(set)
        self.events = 0
        self.day.change.listen(self.note)

    def note(self, before: Signalement, after: Signalement) -> None:
        course = self.courses[after.room_id]
        course.claims += after.state is State.CLAIMED and before.state is State.WAITING
        course.handed += after.interruption is Interruption.HANDED_OVER and before.state is State.CLAIMED
        course.away += after.interruption is Interruption.AGENT_AWAY and before.state is State.CLAIMED
        course.overflowed += len(after.passed) > len(before.passed)

    async def received(self, room: RoomId, user: UserId, membership: Membership) -> None:
        self.events += 1
        await self.inbox.receive([MembershipChange(EventId(f"${self.events}"), room, user, membership)])

    async def arrives(self) -> None:
        number = len(self.courses)
        guest, space_of = UserId(f"@veilleuse_guest_{number}:fake"), self.draw.choice(CHAIN)
        room = RoomId(f"!s{number}")
        self.homeserver.rooms[room] = FakeRoom(open_to=self.desks.rooms(space_of).space_id)
        self.homeserver.accounts[guest] = True
        self.courses[room] = Course()
        opened = a_signalement(room, guest, f"S{number:03}-00", space_of)
        await self.stores.add(replace(opened, opened_at=self.clock.now(), in_danger=self.draw.random() < 0.1))
        await self.received(room, guest, Membership.JOIN)

    async def works(self, agent: Agent) -> None:
        """One thing, as an agent at its desk would."""
        if agent.back_at is not None and agent.back_at > self.clock.now():
            return
        agent.back_at = None
        if self.draw.random() < 0.01:
            agent.back_at = self.clock.now() + timedelta(minutes=self.draw.choice([4, 12, 30]))
            return
        mine = [one for one in await self.stores.active() if one.agent_mxid == agent.user]
        try:
            if mine and self.draw.random() < 0.7:
                await self.goes_on_with(agent, self.draw.choice(mine))
            else:
                await self.takes(agent)
        except Refusal:
            pass  # a friendly answer, and something else the next time

    async def takes(self, agent: Agent) -> None:
        queue = await self.stores.waiting_at(agent.desk)
        if not queue:
            return
        await asyncio.sleep(0)  # others have seen the same queue
        first = queue[0]
        if self.draw.random() < 0.5:
            await self.day.claim.take(first.reference, agent.user)
        elif (room := self.homeserver.rooms[first.room_id]).open_to == self.desks.rooms(agent.desk).space_id:
            room.join(agent.user)
            await self.received(first.room_id, agent.user, Membership.JOIN)

    async def goes_on_with(self, agent: Agent, signalement: Signalement) -> None:
        chance = self.draw.random()
        room = self.homeserver.rooms[signalement.room_id]
        if chance < 0.75:
            if agent.user in room.joined and room.may_write:
                self.says(signalement, agent.user)
            return
        acts = [
            lambda: self.day.close(signalement.reference, agent.user, self.draw.choice(list(Outcome))),
            lambda: self.day.close(signalement.reference, agent.user, Outcome.INFORMED),
            lambda: self.day.hand_over.to_agent(signalement.reference, agent.user, self.draw.choice(self.agents).user),
            lambda: self.day.hand_over.to_desk(signalement.reference, agent.user, self.draw.choice(CHAIN)),
            lambda: self.day.mark_hard(signalement.reference, agent.user),
            lambda: self.day.mark_danger(signalement.reference, agent.user, not signalement.in_danger),
        ]
        await self.draw.choice(acts)()

    def says(self, signalement: Signalement, agent: UserId) -> None:
        room = self.homeserver.rooms[signalement.room_id]
        assert room.claimed_by == agent, "who may write is whom the guest was told of"
        speakers = self.courses[signalement.room_id].speakers
        if speakers[-1:] != [agent]:
            speakers.append(agent)
        self.signs.wrote(signalement.room_id, agent)

    async def guests_act(self) -> None:
        for signalement in await self.stores.active():
            chance, room = self.draw.random(), self.homeserver.rooms[signalement.room_id]
            if chance < 0.002:
                await self.received(signalement.room_id, signalement.guest_mxid, Membership.LEAVE)
            elif chance < 0.3 and room.may_write:
                self.signs.wrote(signalement.room_id, signalement.guest_mxid)

    async def arrives_what_was_pushed(self) -> None:
        """Joins by the module are pushed as any other."""
        for signalement in await self.stores.active():
            joined, pushed = self.homeserver.rooms[signalement.room_id].joined, self.pushed[signalement.room_id]
            for agent in sorted(joined - pushed):
                await self.received(signalement.room_id, agent, Membership.JOIN)
            self.pushed[signalement.room_id] = set(joined)
        while not await self.act():
            if self.homeserver.unavailable:
                return

    async def tick(self) -> None:
        self.clock.advance(TICK)
        self.homeserver.unavailable = self.draw.random() < 0.05
        await asyncio.gather(*(self.works(agent) for agent in self.draw.sample(self.agents, len(self.agents))))
        await self.guests_act()
        await self.arrives_what_was_pushed()
        for look in (self.day.overflow, self.day.away, self.day.settle_unsettled):
            await look()
        if not self.homeserver.unavailable:
            await self.settles()
            await self.all_is_well()

    async def settles(self) -> None:
        await self.day.offer_pause()
        for _ in range(3):
            await self.arrives_what_was_pushed()
            assert await self.day.settle_unsettled()
        await self.day.tell_places()
        for places in self.homeserver.places:
            self.told |= {guest: place.place for guest, place in places.items()}
        self.homeserver.places.clear()

    async def all_is_well(self) -> None:
        held: Counter[UserId] = Counter()
        for one in await self.stores.active():
            room = self.homeserver.rooms[one.room_id]
            if one.state is State.WAITING:
                assert (room.claimed_by, room.may_write, room.joined) == (None, False, set())
                assert room.open_to == self.desks.rooms(one.desk_id).space_id
            else:
                assert one.agent_mxid is not None
                held[one.agent_mxid] += 1
                assert (room.claimed_by, room.joined, room.open_to) == (one.agent_mxid, {one.agent_mxid}, None)
            assert one.announcement_id in self.homeserver.announcements
        assert max(held.values(), default=0) <= 5
        for desk in DESKS:
            queue = await self.stores.waiting_at(desk)
            assert [self.told[one.guest_mxid] for one in queue] == list(range(1, len(queue) + 1))
            dangers = [one.in_danger for one in queue]
            assert dangers == sorted(dangers, reverse=True)


@pytest.mark.parametrize("seed", [1, 2018])
async def test_a_day_in_fast_motion(seed: int) -> None:
    motion = FastMotion(seed)
    while len(motion.courses) < SIGNALEMENTS:
        for _ in range(motion.draw.choice([0, 0, 1, 1, 2])):
            await motion.arrives()
        await motion.tick()
    ticks = 0
    while await motion.stores.active():
        await motion.tick()
        ticks += 1
        assert ticks < 2000, "somebody is never answered"
    states = Counter(one.state for one in motion.stores._signalements.values())
    assert sum(states.values()) == len(motion.courses)
    assert set(states) <= {State.CLOSED, State.ERASING}
    courses = motion.courses.values()
    for course in courses:
        assert len(course.speakers) <= course.claims + course.handed, "each speaker was given it"
    assert all(sum(getattr(course, what) for course in courses) for what in ("handed", "away", "overflowed"))
    assert await motion.stores.unsettled(10) == []
