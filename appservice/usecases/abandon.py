"""Openings that led nowhere: the page was closed, or the process died, before the guest could decrypt."""

from datetime import timedelta

from appservice.domain.signalement import Cause, State
from appservice.ports import Clock, Guests, Stores
from appservice.usecases.raise_emergency import RaiseEmergency


class AbandonOpenings:
    def __init__(
        self, guests: Guests, stores: Stores, emergency: RaiseEmergency, clock: Clock, ready_within: timedelta
    ) -> None:
        self._guests = guests
        self._stores = stores
        self._emergency = emergency
        self._clock = clock
        self._ready_within = ready_within

    async def __call__(self) -> int:
        """Erases what was opened more than `ready_within` ago and is not ready. Returns how many there were."""
        deadline = self._clock.now() - self._ready_within
        guests = await self._stores.openings_before(deadline)
        for guest in guests:
            await self._guests.revoke(guest)
            await self._stores.forget_opening(guest)
        abandoned = 0
        for signalement in await self._stores.opened_before(deadline):
            # Unless it became ready, or left, in this very moment.
            abandoned += await self._emergency.order(signalement, Cause.NEVER_READY, only_from=State.OPENED)
        return len(guests) + abandoned
