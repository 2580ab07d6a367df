"""Turns what arrived in the inbox into what the service does, in order within a room, rooms side by side."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable

from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable, InvalidTransition
from appservice.domain.ids import RoomId, UserId
from appservice.domain.refusals import Refusal
from appservice.ports import Change, GuestAnswered, Inbox, Membership, Received
from appservice.usecases.announce import Announce
from appservice.usecases.claim import Claim
from appservice.usecases.orient import Orient
from appservice.usecases.raise_emergency import RaiseEmergency

_LOG = logging.getLogger(__name__)
_AT_A_TIME = 200


class ActOnInbox:
    def __init__(
        self,
        inbox: Inbox,
        announce: Announce,
        claim: Claim,
        orient: Orient,
        emergency: RaiseEmergency,
        is_guest: Callable[[UserId], bool],
        is_own: Callable[[UserId], bool],
        erasure_ordered: Callable[[], None],
    ) -> None:
        """`is_own`: whether it is the warden or a bot, whose comings and goings mean nothing here."""
        self._inbox = inbox
        self._announce = announce
        self._claim = claim
        self._orient = orient
        self._emergency = emergency
        self._is_guest = is_guest
        self._is_own = is_own
        self._erasure_ordered = erasure_ordered

    async def __call__(self) -> bool:
        """Acts on what is pending. Returns whether all of it is done; what is not, stays for another call."""
        pending = await self._inbox.pending(_AT_A_TIME)
        rooms: dict[RoomId, list[Received]] = defaultdict(list)
        for received in pending:
            rooms[received.change.room_id].append(received)
        outcomes = await asyncio.gather(*(self._in_order(changes) for changes in rooms.values()))
        return all(outcomes) and len(pending) < _AT_A_TIME

    async def _in_order(self, changes: list[Received]) -> bool:
        for received in changes:
            try:
                await self._act(received.change)
            except HomeserverUnavailable as reason:
                _LOG.warning("The homeserver is not there; %s waits in the inbox: %s", received.position, reason)
                return False
            except (HomeserverRefused, InvalidTransition, Refusal) as reason:
                # Trying again would be refused again: the room has moved on, and later events will say whereto.
                _LOG.error("The change %s could not be carried out: %s", received.position, reason)
            except Exception:  # a fault of ours in one room must not stop the others
                _LOG.exception("The change %s waits in the inbox", received.position)
                return False
            await self._inbox.done(received.position)
        return True

    async def _act(self, change: Change) -> None:
        if isinstance(change, GuestAnswered):
            await self._orient.guest_answered(change)
            return
        gone = change.membership in (Membership.LEAVE, Membership.BAN)
        if self._is_own(change.user_id):
            return
        if self._is_guest(change.user_id):
            if change.membership is Membership.JOIN:
                await self._announce.guest_joined(change.room_id)
            elif gone and await self._emergency.guest_left(change.room_id):
                self._erasure_ordered()
        elif change.membership is Membership.JOIN:
            await self._claim.agent_joined(change.room_id, change.user_id)
        elif gone:
            await self._claim.agent_left(change.room_id, change.user_id)
