"""What the desk bot hears: syncs, in order, and none of it lost when the homeserver or the bot goes away."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from nio import EncryptionError, MegolmEvent, ReactionEvent, RoomMessagesResponse, RoomMessageText, SyncResponse

from appservice.desk.commands.pills import typed
from appservice.desk.device import Device
from appservice.desk.keepsake import Keepsake
from appservice.desk.session import Session
from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable

T = TypeVar("T")

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
    """An agent's words, with Matrix ids in the place of pills. `event_id` tells a repetition from somebody saying the
    same twice.

    `mentions`: the Matrix ids that the agent's client says are meant and that the words name. Whoever is only replied
    to is none of them.
    """

    event_id: str
    room_id: str
    sender: str
    body: str
    replies_to: str | None = None
    thread: str | None = None
    """The message that the thread began with, if these words are in one."""

    mentions: frozenset[str] = frozenset()
    corrects: str | None = None
    """The message whose words these replace, if they do."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the bot said, and in reply to what."""

    text: str
    replies_to: str | None = None


@dataclass(frozen=True, slots=True)
class Reacted:
    """An agent's sign beside a message. It travels in clear, so no device vouches for it: the homeserver alone does."""

    event_id: str
    room_id: str
    sender: str
    reacts_to: str
    key: str


class Hearing:
    """Follows the homeserver. Coroutines raise as `Session.ask` does; after that, the same sync is asked for again."""

    def __init__(
        self, user_id: str, device: Device, session: Session, keepsake: Keepsake, logger: logging.Logger
    ) -> None:
        self.listeners: list[Callable[[Heard], Awaitable[None]]] = []
        self.correctors: list[Callable[[Heard], Awaitable[None]]] = []
        self.watchers: list[Callable[[Reacted], Awaitable[None]]] = []
        self.up_to_date = asyncio.Event()
        """Set once the latest sync is taken in: who is in the rooms is known, and with which devices. What it brought
        is told after that, so that it can be answered at once. Whoever sees a sync fail clears it."""

        self._user_id = user_id
        self._device = device
        self._session = session
        self._keepsake = keepsake
        self._logger = logger
        self._since: str | None = keepsake.read(_FILE)
        self._knows_state = False
        self._synced = asyncio.Event()
        # What was not told yet, by event id, in the order in which it was said: messages not opened, and reactions.
        self._untold: dict[str, tuple[str, MegolmEvent | ReactionEvent]] = {}

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
        news = await self._news_in(response)
        self._untold |= news
        self._device.nio.receive_response(response)
        await self._device.learn_devices()
        self.up_to_date.set()
        if news or response.to_device_events:
            await self._tell_what_can_be_told()
        # Only now: until then a crash must have the homeserver tell all of it again.
        self._keepsake.write(_FILE, response.next_batch)
        self._since = response.next_batch
        self._knows_state = True
        self._synced.set()
        self._synced.clear()
        await self._device.keep_up(answer.get("device_one_time_keys_count", {}).get("signed_curve25519", 0))

    async def _news_in(self, response: SyncResponse) -> dict[str, tuple[str, MegolmEvent | ReactionEvent]]:
        """Encrypted messages and reactions, in the order in which they were said, with those that the sync left out."""
        news: dict[str, tuple[str, MegolmEvent | ReactionEvent]] = {}
        for room_id, room in response.rooms.join.items():
            events = [*await self._left_out(room_id, room.timeline), *room.timeline.events]
            for event in events:
                if isinstance(event, MegolmEvent | ReactionEvent) and event.sender != self._user_id:
                    news[event.event_id] = (room_id, event)
        return news

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

    async def _tell_what_can_be_told(self) -> None:
        """Opens what it has the key for. What stays sealed is tried again when keys arrive; the oldest is given up."""
        for event_id, (room_id, event) in list(self._untold.items()):
            if isinstance(event, MegolmEvent):
                event.room_id = room_id
                try:
                    await self._tell_opened(event_id, room_id, self._device.nio.decrypt_event(event))
                except EncryptionError:
                    continue
            else:
                await self._tell_reaction(event_id, room_id, event)
            del self._untold[event_id]
        for event_id in list(self._untold)[:-_SEALED_KEPT]:
            self._logger.warning("%s was never readable: given up", event_id)
            del self._untold[event_id]

    async def _tell_opened(self, event_id: str, room_id: str, event: Any) -> None:
        if not isinstance(event, RoomMessageText):
            return
        if not event.verified:
            self._logger.warning("%s is from a device that nobody vouches for: ignored", event_id)
            return
        heard = heard_in(event_id, room_id, event)
        if heard is not None:
            await self._tell(self.listeners if heard.corrects is None else self.correctors, heard, event_id)

    async def _tell_reaction(self, event_id: str, room_id: str, event: ReactionEvent) -> None:
        reacted = Reacted(event_id, room_id, event.sender, str(event.reacts_to), str(event.key))
        await self._tell(self.watchers, reacted, event_id)

    async def _tell(self, listeners: list[Callable[[T], Awaitable[None]]], heard: T, event_id: str) -> None:
        for listener in listeners:
            try:
                await listener(heard)
            except Exception:  # one message must not keep the bot from hearing the next
                self._logger.exception("nobody could act on %s", event_id)


def heard_in(event_id: str, room_id: str, event: RoomMessageText) -> Heard | None:
    """What a text says. None: the words that it puts in the place of earlier ones are no text."""
    relation = relation_in(event.source)
    related, kind = event_id_in(relation), relation.get("rel_type")
    content = event.source["content"]
    if kind == "m.replace":
        content = content.get("m.new_content")
    if not isinstance(content, dict) or content.get("msgtype") != "m.text" or not isinstance(content.get("body"), str):
        return None
    html = content.get("formatted_body")
    said = typed(content["body"], html if isinstance(html, str) else "", _mentions(content))
    return Heard(
        event_id,
        room_id,
        event.sender,
        said.text,
        replies_to=event_id_in(relation.get("m.in_reply_to")) if not relation.get("is_falling_back") else None,
        thread=related if kind == "m.thread" else None,
        mentions=said.mentions,
        corrects=related if kind == "m.replace" else None,
    )


def relation_in(source: dict[str, Any]) -> dict[str, Any]:
    """What an event says of others; empty where it says nothing that makes sense."""
    content = source.get("content")
    relation = content.get("m.relates_to") if isinstance(content, dict) else None
    return relation if isinstance(relation, dict) else {}


def event_id_in(named: object) -> str | None:
    event_id = named.get("event_id") if isinstance(named, dict) else None
    return event_id if isinstance(event_id, str) else None


def _mentions(content: dict[str, Any]) -> frozenset[str]:
    mentions = content.get("m.mentions")
    users = mentions.get("user_ids") if isinstance(mentions, dict) else None
    return frozenset(user for user in users if isinstance(user, str)) if isinstance(users, list) else frozenset()
