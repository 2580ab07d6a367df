"""Deletes the shell of a room, once nobody is in it any more."""

from datetime import timedelta

from synapse.logging.context import make_deferred_yieldable
from synapse.module_api.errors import Codes, SynapseError
from synapse.util.async_helpers import ObservableDeferred, timeout_deferred
from twisted.internet.defer import TimeoutError

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.members import current_members

_OVER_WITHIN = timedelta(seconds=10)


class Purges:
    """The deletions that this process is carrying out. One that a crash cut short is simply asked for again."""

    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver
        self._running: dict[str, ObservableDeferred[None]] = {}

    async def start(self, room_id: str) -> None:
        """Begins the deletion and returns; nothing new if it has begun. `over` waits for its end.

        Raises a 409 M_BAD_STATE while somebody other than the warden is in the room.
        """
        members = await self._homeserver.transaction("veilleuse_current", current_members, room_id)
        if room_id in self._running:
            return
        if any(membership == "join" and user != self._homeserver.warden for user, membership in members.items()):
            raise SynapseError(409, "Somebody is still in this room", Codes.BAD_STATE)
        done = self._homeserver.api.run_as_background_process("veilleuse_purge", self._purge, room_id)
        self._running[room_id] = ObservableDeferred(done)

    async def over(self, room_id: str, within: timedelta = _OVER_WITHIN) -> bool:
        """Returns once this process is not deleting the room, or no longer; False if it still is after that time."""
        if room_id not in self._running:
            return True
        observed = timeout_deferred(
            deferred=self._running[room_id].observe(), timeout=within.total_seconds(), clock=self._homeserver.clock
        )
        try:
            await make_deferred_yieldable(observed)
        except TimeoutError:
            return False
        return True

    async def _purge(self, room_id: str) -> None:
        try:
            await self._homeserver.purge_room(room_id)
            await self._homeserver.empty_write_ahead_log()
        finally:
            del self._running[room_id]
