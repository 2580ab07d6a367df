"""Carries out an erasure, step by step. Each step may run again after a crash; the row says which is next."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from appservice.domain.erasure import Erasure, Step, Tombstone, room_hash
from appservice.domain.signalement import Signalement
from appservice.ports import Clock, Desks, DeskVoice, Guests, Moment, Shells, SignalementRooms, Stores


class NotYet(Exception):
    """The step has to wait for somebody else: devices that have not synced, a deletion that runs."""


class Erase:
    def __init__(
        self,
        rooms: SignalementRooms,
        guests: Guests,
        shells: Shells,
        stores: Stores,
        desks: Desks,
        voice: DeskVoice,
        clock: Clock,
        shell_kept_for: timedelta,
    ) -> None:
        self._rooms = rooms
        self._guests = guests
        self._shells = shells
        self._stores = stores
        self._desks = desks
        self._voice = voice
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

    async def __call__(self, erasure: Erasure) -> Erasure:
        """As many steps as can be done now. Returns the erasure as stored: done, or with its next attempt's time.

        Raises whatever hindered a step, after having stored when to try again, so that the caller can tell of it.
        """
        signalement = await self._stores.by_id(erasure.signalement_id)
        if signalement is None:
            return erasure  # buried by an earlier run
        while erasure.step is not Step.DONE:
            try:
                await self._steps[erasure.step](signalement, erasure)
            except NotYet:
                return await self._postpone(erasure)
            except Exception:
                await self._postpone(erasure)
                raise
            erasure = erasure.advanced(self._clock.now())
            if erasure.step is not Step.DONE:
                await self._stores.save_erasure(erasure)
        return erasure

    async def _postpone(self, erasure: Erasure) -> Erasure:
        postponed = erasure.postponed(self._clock.now())
        await self._stores.save_erasure(postponed)
        return postponed

    async def _silence(self, signalement: Signalement, _: Erasure) -> None:
        await asyncio.gather(
            self._guests.revoke(signalement.guest_mxid), self._shells.redact_messages(signalement.room_id)
        )

    async def _kick(self, signalement: Signalement, _: Erasure) -> None:
        room = signalement.room_id
        await self._rooms.admit_only_invited(room)
        await self._shells.redact_messages(room)
        await asyncio.gather(*(self._rooms.kick(room, agent) for agent in await self._rooms.agents_in(room)))

    async def _destroy(self, signalement: Signalement, _: Erasure) -> None:
        await self._shells.destroy_originals(signalement.room_id)

    async def _unlink(self, signalement: Signalement, _: Erasure) -> None:
        await self._rooms.unlink(signalement.room_id, self._desks.rooms(signalement.desk_id).space_id)
        await self._voice.withdraw(signalement)

    async def _probe(self, signalement: Signalement, _: Erasure) -> None:
        agents = await self._rooms.agents_of(signalement.room_id)
        if agents:
            await self._rooms.probe(signalement.room_id, agents, Moment.KICK)

    async def _await_devices(self, signalement: Signalement, erasure: Erasure) -> None:
        kept_long_enough = self._clock.now() >= erasure.requested_at + self._shell_kept_for
        if not kept_long_enough and await self._shells.devices_awaited(signalement.room_id):
            raise NotYet

    async def _purge(self, signalement: Signalement, _: Erasure) -> None:
        await self._shells.purge(signalement.room_id)
        if not await self._shells.is_gone(signalement.room_id):
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
        )
        await self._stores.bury(erasure.signalement_id, tombstone)
