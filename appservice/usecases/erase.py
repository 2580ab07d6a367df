"""Carries out an erasure, step by step. Each step may run again after a crash; the row says which is next.

A room that the homeserver no longer has (its database was restored, or ours) is not an obstacle: what is left is swept.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from appservice.audit_port import AuditLog, Selection
from appservice.domain.audit.events import PurgeReported, PurgeStep
from appservice.domain.audit.values import TableName, tally
from appservice.domain.erasure import ORDER, Erasure, Step, Tombstone, guest_hash, room_hash
from appservice.domain.errors import HomeserverRefused
from appservice.domain.signalement import Cause, Signalement
from appservice.erasure_port import ErasedRooms, Inventory
from appservice.ports import Clock, Desks, DeskVoice, Guests, Moment, Shells, SignalementRooms, Stores

_MILLISECOND = timedelta(milliseconds=1)
_NUDGES = 4  # a client that has not asked again by then is not there


class NotYet(Exception):
    """The step has to wait for somebody else: devices that have not synced, a deletion that runs."""


class Erase:
    def __init__(
        self,
        rooms: SignalementRooms,
        guests: Guests,
        shells: Shells,
        inventory: Inventory,
        stores: Stores,
        erased: ErasedRooms,
        desks: Desks,
        voice: DeskVoice,
        audit: AuditLog,
        clock: Clock,
        shell_kept_for: timedelta,
    ) -> None:
        self._rooms = rooms
        self._guests = guests
        self._shells = shells
        self._inventory = inventory
        self._erased = erased
        self._stores = stores
        self._desks = desks
        self._voice = voice
        self._audit = audit
        self._clock = clock
        self._shell_kept_for = shell_kept_for
        self._steps: dict[Step, Callable[[Signalement, Erasure], Awaitable[None]]] = {
            Step.SILENCE: self._silence,
            Step.KICK: self._kick,
            Step.DESTROY: self._destroy,
            Step.UNLINK: self._unlink,
            Step.PROBE: self._probe,
            Step.AWAIT_DEVICES: self._await_devices,
            Step.PURGE: self._purge,
            Step.SWEEP: self._sweep,
        }

    async def __call__(self, erasure: Erasure, before: Step = Step.DONE) -> Erasure:
        """As many of the steps before one as can be done now. Returns the erasure as stored: done, or with its next
        attempt's time.

        Raises whatever hindered a step, after having stored when to try again, so that the caller can tell of it.
        """
        signalement = await self._stores.by_id(erasure.signalement_id)
        if signalement is None:
            return erasure  # buried by an earlier run
        while ORDER.index(erasure.step) < ORDER.index(before):
            try:
                further = await self._one_step(signalement, erasure)
            except NotYet:
                return await self._postpone(erasure)
            except Exception:
                await self._postpone(erasure)
                raise
            done, erasure = erasure.step, further
            if erasure.step is not Step.DONE:
                async with self._stores.transaction():
                    await self._stores.save_erasure(erasure)
                    await self._audit.append(PurgeStep(done), of=signalement)
        return erasure

    async def _one_step(self, signalement: Signalement, erasure: Erasure) -> Erasure:
        try:
            await self._steps[erasure.step](signalement, erasure)
        except HomeserverRefused:
            before_purge = ORDER.index(erasure.step) < ORDER.index(Step.PURGE)
            if not before_purge or await self._inventory.exists(signalement.room_id):
                raise
            return erasure.skipped_to(Step.PURGE, self._clock.now())
        return erasure.advanced(self._clock.now())

    async def _postpone(self, erasure: Erasure) -> Erasure:
        postponed = erasure.postponed(self._clock.now())
        await self._stores.save_erasure(postponed)
        return postponed

    async def _silence(self, signalement: Signalement, _: Erasure) -> None:
        """Both, whatever becomes of one: the token is dead even where there is nothing left to redact."""
        outcomes = await asyncio.gather(
            self._guests.revoke(signalement.guest_mxid),
            self._shells.redact_messages(signalement.room_id),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _kick(self, signalement: Signalement, _: Erasure) -> None:
        room = signalement.room_id
        if await self._rooms.open_to(room) is not None:
            await self._rooms.admit_only_invited(room)
        await self._shells.redact_messages(room)
        agents = await self._rooms.agents_in(room) | await self._rooms.agents_invited_to(room)
        await asyncio.gather(*(self._rooms.kick(room, agent) for agent in agents))

    async def _destroy(self, signalement: Signalement, _: Erasure) -> None:
        await self._erased.note(signalement.room_id)
        await self._shells.destroy_originals(signalement.room_id)

    async def _unlink(self, signalement: Signalement, erasure: Erasure) -> None:
        if erasure.cause is Cause.UNUSED:
            return  # no desk was ever told
        left = await self._stores.departures(signalement.signalement_id)
        told = [signalement, *(signalement.as_of(one.desk_id, one.announcement_id) for one in left)]
        for each in told:
            await asyncio.gather(
                self._rooms.unlink(each.room_id, self._desks.rooms(each.desk_id).space_id), self._voice.withdraw(each)
            )

    async def _probe(self, signalement: Signalement, _: Erasure) -> None:
        agents = await self._rooms.agents_of(signalement.room_id)
        if agents:
            await self._rooms.probe(signalement.room_id, agents, Moment.KICK)

    async def _await_devices(self, signalement: Signalement, erasure: Erasure) -> None:
        if erasure.cause is Cause.RESTORED and await self._erased.was_awaited(signalement.room_id):
            return  # the devices have long forgotten what a backup brought back, and may not hear of it anew for long
        room = signalement.room_id
        kept_long_enough = self._clock.now() >= erasure.requested_at + self._shell_kept_for
        if not kept_long_enough and await self._shells.devices_awaited(room):
            if erasure.attempts < _NUDGES:
                # The homeserver notes that a client has something when there is more for it, or half a minute later.
                await self._rooms.probe(room, await self._rooms.agents_of(room), Moment.NUDGE)
            raise NotYet

    async def _purge(self, signalement: Signalement, _: Erasure) -> None:
        await self._erased.note(signalement.room_id, awaited=True)
        if not await self._shells.purge(signalement.room_id):
            raise NotYet

    async def _sweep(self, signalement: Signalement, erasure: Erasure) -> None:
        room, guest = signalement.room_id, signalement.guest_mxid
        await self._shells.sweep(room, guest)
        tombstone = Tombstone(
            room_hash=room_hash(room),
            cause=erasure.cause,
            requested_at=erasure.requested_at,
            purged_at=self._clock.now(),
            residue=dict(await self._shells.residue(room, guest)),
            guest_hash=guest_hash(guest),
        )
        report = await self._report(signalement, tombstone)
        async with self._stores.transaction():
            await self._stores.bury(erasure.signalement_id, tombstone)
            await self._audit.append(report, of=signalement)

    async def _report(self, signalement: Signalement, tombstone: Tombstone) -> PurgeReported:
        """What the erasure left, and how long each step took: until the next was begun, waiting included."""
        durations: dict[Step, int] = {}
        since = tombstone.requested_at
        steps = Selection(kinds=(PurgeStep,), signalement=self._audit.signalement(signalement))
        async for entries in self._audit.entries(steps):
            for entry in entries:
                if isinstance(entry.event, PurgeStep):
                    durations[entry.event.step] = max(0, (entry.at - since) // _MILLISECOND)
                    since = entry.at
        durations[Step.SWEEP] = max(0, (tombstone.purged_at - since) // _MILLISECOND)
        residue = {TableName(table): count for table, count in tombstone.residue.items()}
        return PurgeReported(tombstone.cause, tally(residue), tally(durations))
