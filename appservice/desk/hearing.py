"""What the desk bot hears: syncs, in order, and none of it lost when the homeserver or the bot goes away."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from nio import EncryptionError, MegolmEvent, RoomMessagesResponse, RoomMessageText, SyncResponse

from appservice.desk.device import Device
from appservice.desk.keepsake import Keepsake
from appservice.desk.session import Session
from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable

_FILE = "since.json"
SYNC_LASTS = 30.0
_ANSWER_WITHIN = 30.0
_PAGE = 100
_SEALED_KEPT = 200
_FILTER = json.dumps(
    {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "ephemeral": {"types": []},
            "account_data": {"types": []},
            "timeline": {"limit": _PAGE},
        },
    }
)


@dataclass(frozen=True, slots=True)
class Heard:
    """An agent's words. `event_id` tells a repetition from somebody saying the same twice."""

    event_id: str
    room_id: str
    sender: str
    body: str


class Hearing:
    """Follows the homeserver. Coroutines raise as `Session.ask` does; after that, the same sync is asked for again."""

    def __init__(
        self, user_id: str, device: Device, session: Session, keepsake: Keepsake, logger: logging.Logger
    ) -> None:
        self.listeners: list[Callable[[Heard], Awaitable[None]]] = []
        self._user_id = user_id
        self._device = device
        self._session = session
        self._keepsake = keepsake
        self._logger = logger
        self._since: str | None = keepsake.read(_FILE)
        self._knows_state = False
        self._synced = asyncio.Event()
        # Messages not opened yet, by event id, in the order in which they were said.
        self._sealed: dict[str, MegolmEvent] = {}

    async def knows(self, room_id: str, *, within: float) -> None:
        """Returns once a sync has shown the bot to be in the room; raises `HomeserverUnavailable` if none does."""
        try:
            async with asyncio.timeout(within):
                while room_id not in self._device.nio.rooms:
                    await self._synced.wait()
        except TimeoutError:
            raise HomeserverUnavailable(f"the bot is not in {room_id} yet") from None

    async def sync(self, *, wait_for: float = SYNC_LASTS) -> None:
        """One sync, for which the homeserver may take `wait_for` seconds if it has nothing to tell."""
        query = {"filter": _FILTER, "set_presence": "offline", "timeout": str(int(wait_for * 1000))}
        if self._since is not None:
            query["since"] = self._since
        if not self._knows_state:
            query["full_state"] = "true"
        answer = await self._session.ask("GET", "sync", query=query, within=wait_for + _ANSWER_WITHIN)
        response = SyncResponse.from_dict(answer)
        if not isinstance(response, SyncResponse):
            raise HomeserverUnavailable("an answer that is not a sync")
        news = await self._sealed_in(response)
        self._sealed |= {event.event_id: event for event in news}
        self._device.nio.receive_response(response)
        await self._device.learn_devices()
        if news or response.to_device_events:
            await self._open_sealed()
        # Only now: until then a crash must have the homeserver tell all of it again.
        self._keepsake.write(_FILE, response.next_batch)
        self._since = response.next_batch
        self._knows_state = True
        self._synced.set()
        self._synced.clear()
        await self._device.keep_up(answer.get("device_one_time_keys_count", {}).get("signed_curve25519", 0))

    async def _sealed_in(self, response: SyncResponse) -> list[MegolmEvent]:
        """Encrypted messages in the order in which they were said, with those that the sync left out."""
        sealed: list[MegolmEvent] = []
        for room_id, room in response.rooms.join.items():
            events = [*await self._left_out(room_id, room.timeline), *room.timeline.events]
            for event in events:
                if isinstance(event, MegolmEvent) and event.sender != self._user_id:
                    event.room_id = room_id
                    sealed.append(event)
        return sealed

    async def _left_out(self, room_id: str, timeline: Any) -> list[Any]:
        """What was said since the last sync but is too much for this one, the oldest first.

        Nothing, if the homeserver will not tell: the bot was put out of the room meanwhile.
        """
        pages: list[Any] = []
        token = timeline.prev_batch if timeline.limited and self._since is not None else None
        while token:
            query = {"dir": "b", "from": token, "to": str(self._since), "limit": str(_PAGE)}
            try:
                answer = await self._session.ask("GET", "rooms", room_id, "messages", query=query)
            except HomeserverRefused:
                return []
            page = RoomMessagesResponse.from_dict(answer, room_id)
            if not isinstance(page, RoomMessagesResponse):
                raise HomeserverUnavailable("an answer that is not a page of messages")
            pages[:0] = reversed(page.chunk)
            token = page.end if page.chunk else None
        return pages

    async def _open_sealed(self) -> None:
        """Opens what it has the key for. What stays sealed is tried again when keys arrive; the oldest is given up."""
        for event_id, sealed in list(self._sealed.items()):
            try:
                event = self._device.nio.decrypt_event(sealed)
            except EncryptionError:
                continue
            if isinstance(event, RoomMessageText) and not _is_edit(event):
                if event.verified:
                    await self._tell(Heard(event_id, sealed.room_id, event.sender, event.body))
                else:
                    self._logger.warning("%s is from a device that nobody vouches for: ignored", event_id)
            del self._sealed[event_id]
        for event_id in list(self._sealed)[:-_SEALED_KEPT]:
            self._logger.warning("%s was never readable: given up", event_id)
            del self._sealed[event_id]

    async def _tell(self, heard: Heard) -> None:
        for listener in self.listeners:
            try:
                await listener(heard)
            except Exception:  # one message must not keep the bot from hearing the next
                self._logger.exception("nobody could act on %s", heard.event_id)


def _is_edit(event: RoomMessageText) -> bool:
    relation = event.source["content"].get("m.relates_to")
    return isinstance(relation, dict) and relation.get("rel_type") == "m.replace"
