"""Waiting guests are told their place, and an estimate where there is an honest one, whenever their queue changes."""

import asyncio
from collections.abc import Iterable

from appservice.day_port import DayStore
from appservice.domain.errors import HomeserverError
from appservice.domain.ids import DeskId, SignalementId, UserId
from appservice.domain.place import CLAIMS_REMEMBERED_FOR, Place, places
from appservice.domain.signalement import Signalement, State
from appservice.ports import Clock, SignalementRooms, Stores


class TellPlaces:
    """Changes are collected, and told at the next call: many of them are told once, and to each queue its own."""

    def __init__(self, rooms: SignalementRooms, stores: Stores, day: DayStore, clock: Clock) -> None:
        self._rooms = rooms
        self._stores = stores
        self._day = day
        self._clock = clock
        self._told: dict[DeskId, dict[SignalementId, Place]] = {}
        self._due: set[DeskId] = set()
        self.wanted = asyncio.Event()
        """Set when a queue has changed."""

    def changed(self, before: Signalement, after: Signalement) -> None:
        """Notes the desks whose queue a transition changes."""
        if (before.state, before.desk_id, before.urgency) != (after.state, after.desk_id, after.urgency):
            self.due(one.desk_id for one in (before, after) if one.state is State.WAITING)

    def due(self, desks: Iterable[DeskId]) -> None:
        """To be told at the next call, changed or not: time alone changes estimates."""
        self._due.update(desks)
        if self._due:
            self.wanted.set()

    async def __call__(self) -> None:
        """Tells the guests of the queues that are due. Raises `HomeserverError`; these are due still."""
        while self._due:
            desk = next(iter(self._due))
            self._due.discard(desk)
            try:
                await self._tell(desk)
            except HomeserverError:
                self._due.add(desk)
                raise

    async def _tell(self, desk: DeskId) -> None:
        """Tells the guests of this desk's queue what is new to them. Costs what this queue is long, and no more.

        What was told is remembered in memory only: after a restart all are told once more.
        """
        now = self._clock.now()
        waiting = await self._stores.waiting_at(desk)
        claims = await self._day.claims_since(desk, now - CLAIMS_REMEMBERED_FOR)
        told = self._told.get(desk, {})
        current = dict(zip((one.signalement_id for one in waiting), places(len(waiting), claims, now), strict=True))
        news: dict[UserId, Place] = {
            one.guest_mxid: current[one.signalement_id]
            for one in waiting
            if told.get(one.signalement_id) != current[one.signalement_id]
        }
        if news:
            await self._rooms.tell_places(news)
        self._told[desk] = current
