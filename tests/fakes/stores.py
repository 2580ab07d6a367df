"""The service's database, in memory."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from copy import copy
from datetime import date, datetime
from itertools import count

from appservice.domain.availability import AgentStatus
from appservice.domain.board import DeskLoad
from appservice.domain.desk import DeskRooms
from appservice.domain.desk_plan import DeskPlace, rooms_of
from appservice.domain.erasure import Erasure, Tombstone
from appservice.domain.errors import InvalidInput, Superseded
from appservice.domain.feedback import Helped
from appservice.domain.ids import DeskId, EventId, Reference, RoomId, SignalementId, UserId
from appservice.domain.signalement import Signalement, State
from appservice.ports import Change, Departure, Received


class FakeStores:
    def __init__(self) -> None:
        self._openings: dict[UserId, datetime] = {}
        self._signalements: dict[SignalementId, Signalement] = {}
        self._erasures: dict[SignalementId, Erasure] = {}
        self._tombstones: list[Tombstone] = []
        self._settled: dict[SignalementId, int] = {}
        self._departures: dict[tuple[SignalementId, int], Departure] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        before = {name: copy(value) for name, value in vars(self).items()}
        try:
            yield
        except BaseException:  # however it ends: also as if the process had been killed
            vars(self).update(before)
            raise

    async def note_opening(self, guest: UserId, at: datetime) -> None:
        self._openings[guest] = at

    async def openings_before(self, moment: datetime) -> list[UserId]:
        return [guest for guest, at in self._openings.items() if at < moment]

    async def forget_opening(self, guest: UserId) -> None:
        self._openings.pop(guest, None)

    async def add(self, signalement: Signalement) -> None:
        if any(one.reference == signalement.reference for one in self._signalements.values()):
            raise InvalidInput(f"The reference {signalement.reference} is in use.")
        self._signalements[signalement.signalement_id] = signalement

    async def by_id(self, signalement_id: SignalementId) -> Signalement | None:
        return self._signalements.get(signalement_id)

    async def by_room(self, room: RoomId) -> Signalement | None:
        return next((one for one in self._signalements.values() if one.room_id == room), None)

    async def replace(self, before: Signalement, after: Signalement) -> None:
        stored = self._signalements.get(before.signalement_id)
        if stored is None or stored.revision != before.revision:
            raise Superseded(f"signalement {before.reference} is no longer as it was")
        self._signalements[before.signalement_id] = after

    async def by_reference(self, reference: Reference) -> Signalement | None:
        return next((one for one in self._signalements.values() if one.reference == reference), None)

    async def by_announcement(self, announcement: EventId) -> Signalement | None:
        return next((one for one in self._signalements.values() if one.announcement_id == announcement), None)

    async def active(self) -> list[Signalement]:
        active = [one for one in self._signalements.values() if one.state in (State.WAITING, State.CLAIMED)]
        return sorted(active, key=lambda one: one.urgency)

    async def waiting_at(self, desk: DeskId) -> list[Signalement]:
        return [one for one in await self.active() if one.state is State.WAITING and one.desk_id == desk]

    async def with_agent(self, agent: UserId) -> list[Signalement]:
        every = [one for one in self._signalements.values() if one.agent_mxid == agent]
        return sorted(every, key=lambda one: one.opened_at)

    async def loads(self) -> Mapping[DeskId, DeskLoad]:
        loads: dict[DeskId, DeskLoad] = {}
        for one in await self.active():
            since = one.opened_at
            waiting = DeskLoad(1, since, 1, since) if one.in_danger else DeskLoad(1, since)
            more = waiting if one.state is State.WAITING else DeskLoad(active=1)
            loads[one.desk_id] = loads.get(one.desk_id, DeskLoad()).with_more(more)
        return loads

    async def unsettled(self, limit: int) -> list[Signalement]:
        known = (State.WAITING, State.CLAIMED, State.CLOSED)
        every = [
            one
            for one in self._signalements.values()
            if one.state in known and self._settled.get(one.signalement_id) != one.revision
        ]
        return sorted(every, key=lambda one: one.opened_at)[:limit]

    async def mark_settled(self, signalement: Signalement) -> bool:
        stored = self._signalements.get(signalement.signalement_id)
        if stored is None or stored.revision != signalement.revision:
            return False
        self._settled[signalement.signalement_id] = signalement.revision
        return True

    async def note_departure(self, signalement: Signalement) -> None:
        departure = Departure(signalement.stay, signalement.desk_id, signalement.announcement_id)
        self._departures[signalement.signalement_id, signalement.stay] = departure

    async def departures(self, signalement_id: SignalementId) -> list[Departure]:
        return [departure for (of, _), departure in sorted(self._departures.items()) if of == signalement_id]

    async def forget_departure(self, signalement_id: SignalementId, departure: Departure) -> None:
        self._departures.pop((signalement_id, departure.stay), None)

    async def opened_before(self, moment: datetime) -> list[Signalement]:
        return [one for one in self._signalements.values() if one.state is State.OPENED and one.opened_at < moment]

    async def conversations_of(self, agents: Collection[UserId]) -> Mapping[UserId, int]:
        holders = [one.agent_mxid for one in self._signalements.values() if one.agent_mxid is not None]
        return Counter(agent for agent in holders if agent in agents)

    async def add_erasure(self, erasure: Erasure) -> None:
        self._erasures[erasure.signalement_id] = erasure

    async def save_erasure(self, erasure: Erasure) -> None:
        if erasure.signalement_id in self._erasures:
            self._erasures[erasure.signalement_id] = erasure

    async def due_erasures(self, at: datetime, limit: int) -> list[Erasure]:
        due = [erasure for erasure in self._erasures.values() if erasure.next_attempt_at <= at]
        return sorted(due, key=lambda erasure: (erasure.stretch, erasure.next_attempt_at))[:limit]

    async def soonest_erasures(self, limit: int) -> list[Erasure]:
        return sorted(self._erasures.values(), key=lambda erasure: erasure.next_attempt_at)[:limit]

    async def bury(self, signalement_id: SignalementId, tombstone: Tombstone) -> None:
        self._erasures.pop(signalement_id, None)
        self._signalements.pop(signalement_id, None)
        self._settled.pop(signalement_id, None)
        for departure in await self.departures(signalement_id):
            await self.forget_departure(signalement_id, departure)
        if all(one.room_hash != tombstone.room_hash for one in self._tombstones):
            self._tombstones.append(tombstone)

    async def leave_no_trace(self) -> None:
        pass

    async def tombstones(self) -> list[Tombstone]:
        return sorted(self._tombstones, key=lambda tombstone: tombstone.purged_at)


class FakeInbox:
    def __init__(self) -> None:
        self._known: set[EventId] = set()
        self._pending: dict[int, Change] = {}
        self._positions = count(1)

    async def receive(self, changes: Collection[Change]) -> None:
        for change in changes:
            if change.event_id not in self._known:
                self._known.add(change.event_id)
                self._pending[next(self._positions)] = change

    async def pending(self, limit: int) -> list[Received]:
        return [Received(position, change) for position, change in sorted(self._pending.items())][:limit]

    async def done(self, position: int) -> None:
        self._pending.pop(position, None)


class FakeAgentStatuses:
    def __init__(self) -> None:
        self._statuses: dict[UserId, AgentStatus] = {}

    async def statuses_of(self, agents: Collection[UserId]) -> Mapping[UserId, AgentStatus]:
        return {agent: status for agent, status in self._statuses.items() if agent in agents}

    async def set_status(self, agent: UserId, status: AgentStatus) -> None:
        self._statuses[agent] = status


class FakeFeedbackCounts:
    def __init__(self) -> None:
        self._counts: Counter[tuple[date, Helped]] = Counter()

    async def add(self, monday: date, answer: Helped) -> None:
        self._counts[monday, answer] += 1

    async def between(self, first: date, last: date) -> Mapping[tuple[date, Helped], int]:
        return {(monday, answer): n for (monday, answer), n in self._counts.items() if first <= monday <= last}


class FakeDeskRegister:
    def __init__(self) -> None:
        self._rooms: dict[DeskPlace, RoomId] = {}

    async def rooms(self) -> Mapping[DeskPlace, RoomId]:
        return dict(self._rooms)

    async def rooms_of(self, desk: DeskId) -> DeskRooms | None:
        return rooms_of(desk, self._rooms)

    async def keep(self, place: DeskPlace, room: RoomId) -> None:
        self._rooms[place] = room
