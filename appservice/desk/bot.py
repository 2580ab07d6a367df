"""The desk bot: announces signalements in the desk room, and passes on what agents say there.

It speaks Matrix with a device of its own, end-to-end encrypted, and is never a member of a signalement: it accepts no
invitation and joins nothing, its caller seats it in the desk room.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from appservice.desk.attachments import file_message, sealed
from appservice.desk.backoff import pause_after
from appservice.desk.device import Device
from appservice.desk.hearing import SYNC_LASTS, Heard, Hearing, OwnWords, Reacted
from appservice.desk.keepsake import Keepsake
from appservice.desk.recalling import recalled
from appservice.desk.session import Session
from appservice.domain.errors import HomeserverError, HomeserverRefused, HomeserverUnavailable, VeilleuseError
from appservice.stopping import unless_stopped

_ROOM_KNOWN_WITHIN = 10.0
_UP_TO_DATE_WITHIN = 10.0


class DeskRoomNotEncrypted(VeilleuseError):
    """The bot does not speak in a room that is not encrypted."""


class DeskBot:
    """`start`, then `run` as a task of its own; `announce` and `edit` work meanwhile; `stop` ends it."""

    def __init__(
        self,
        homeserver: str,
        user_id: str,
        device_id: str,
        access_token: str,
        store_directory: Path,
        logger: logging.Logger,
    ) -> None:
        """`store_directory` is the bot's alone, and holds its keys: without it the bot's messages can not be told from
        an impostor's. Makes it if need be. The account and the device must exist."""
        keepsake = Keepsake(store_directory)
        self._session = Session(homeserver, access_token)
        self._device = Device(user_id, device_id, access_token, self._session, keepsake)
        self._hearing = Hearing(user_id, self._device, self._session, keepsake, logger)
        self._user_id = user_id
        self._logger = logger
        self._running = asyncio.Lock()
        self._speaking = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._wanted = asyncio.Event()

    async def start(self) -> None:
        """Publishes keys and identity where that is not done, and syncs once: returns when the bot can speak.

        Raises `HomeserverUnavailable` (worth another try), `HomeserverRefused`, or `ConfigurationError` if the
        homeserver knows the bot by other keys than those in the directory.
        """
        await self._device.publish()
        await self._hearing.sync(wait_for=0)

    async def run(self) -> None:
        """Syncs until `stop`, and survives a homeserver that is away: what was said meanwhile is heard afterwards.

        Raises `HomeserverRefused` if the access token is no longer good.
        """
        async with self._running:
            if not self._stopped.is_set():
                await unless_stopped(self._sync_on(), self._stopped)

    async def stop(self) -> None:
        """Ends `run`, for good, and closes connections and key store. Repeatable.

        What was under way is repeated when a bot is started again on the same directory.
        """
        self._stopped.set()
        async with self._running, self._speaking:
            await self._session.close()
            self._device.close()

    def on_message(self, callback: Callable[[Heard], Awaitable[None]]) -> None:
        """Calls back for each text that an agent says, from a device the agent vouches for, in a room the bot is in.

        In order, at least once: after a crash the last ones may be heard again. Other texts, and edits, are ignored.
        """
        self._hearing.listeners.append(callback)

    def on_edit(self, callback: Callable[[Heard], Awaitable[None]]) -> None:
        """Calls back for each text that an agent puts in the place of an earlier one; as `on_message` otherwise."""
        self._hearing.correctors.append(callback)

    def on_reaction(self, callback: Callable[[Reacted], Awaitable[None]]) -> None:
        """Calls back for each reaction in a room the bot is in, in the order in which all is heard; at least once."""
        self._hearing.watchers.append(callback)

    async def announce(self, room_id: str, text: str, html: str, *, transaction_id: str) -> str:
        """Says it to every device that a member vouches for, and returns the event id.

        The same `transaction_id` again, within a day and also after a restart, says nothing more and returns the same
        event id. Raises `DeskRoomNotEncrypted`; `HomeserverUnavailable`, also while the bot is not in the room;
        `HomeserverRefused`.
        """
        return await self._say(room_id, _text(text, html), transaction_id)

    async def edit(self, room_id: str, event_id: str, text: str, html: str, *, transaction_id: str) -> str:
        """Puts other words in the place of what `announce` said, without a notification. As `announce` otherwise."""
        words = _text(text, html)
        relation = {"rel_type": "m.replace", "event_id": event_id}
        return await self._say(room_id, {**words, "m.new_content": words, "m.relates_to": relation}, transaction_id)

    async def say(
        self,
        room_id: str,
        text: str,
        html: str,
        *,
        about: str | None = None,
        mentions: Sequence[str] = (),
        transaction_id: str,
    ) -> str:
        """Says it in reply to an earlier message, if any. Those mentioned are notified, and without any, nobody. As
        `announce` otherwise.
        """
        content = _text(text, html)
        if mentions:
            content["m.mentions"] = {"user_ids": list(mentions)}
        else:
            content["msgtype"] = "m.notice"
        if about is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": about}}
        return await self._say(room_id, content, transaction_id)

    async def recall(self, room_id: str, event_id: str) -> OwnWords | None:
        """What this bot said in a message; None if it is not the bot's, or gone. Raises `HomeserverUnavailable`."""
        return await recalled(self._user_id, self._device, self._session, room_id, event_id)

    async def share(self, room_id: str, name: str, mimetype: str, content: bytes, *, transaction_id: str) -> str:
        """Sends a file, encrypted before it leaves this process. As `announce` otherwise."""
        ciphertext, keys = sealed(content)
        address = await self._session.upload(ciphertext)
        return await self._say(room_id, file_message(name, mimetype, len(content), address, keys), transaction_id)

    async def answer(self, to: Heard | Reacted, text: str, html: str, *, transaction_id: str) -> str:
        """Says it in reply, in the thread if there is one, without a notification. As `announce` otherwise."""
        content = {**_text(text, html), "msgtype": "m.notice"}
        if isinstance(to, Heard) and to.thread is not None:
            content["m.relates_to"] = {
                "rel_type": "m.thread",
                "event_id": to.thread,
                "is_falling_back": False,
                "m.in_reply_to": {"event_id": to.corrects or to.event_id},
            }
        else:
            about = (to.corrects or to.event_id) if isinstance(to, Heard) else to.reacts_to
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": about}}
        return await self._say(to.room_id, content, transaction_id)

    async def _say(self, room_id: str, content: dict[str, Any], transaction_id: str) -> str:
        await self._catch_up()
        await self._hearing.knows(room_id, within=_ROOM_KNOWN_WITHIN)
        async with self._speaking:
            if not self._device.nio.rooms[room_id].encrypted:
                raise DeskRoomNotEncrypted(f"{room_id} is not encrypted: nothing was said there")
            sealed = await self._device.encrypted(room_id, content)
            path = ("rooms", room_id, "send", "m.room.encrypted", transaction_id)
            return str((await self._session.ask("PUT", *path, body=sealed))["event_id"])

    async def _catch_up(self) -> None:
        """Before anything is said after an outage: a device that came meanwhile would not get the key."""
        self._wanted.set()
        try:
            async with asyncio.timeout(_UP_TO_DATE_WITHIN):
                await self._hearing.up_to_date.wait()
        except TimeoutError:
            raise HomeserverUnavailable("the bot has not heard from the homeserver lately") from None

    async def _sync_on(self) -> None:
        failures = 0
        while True:
            try:
                await self._hearing.sync(wait_for=0 if failures else SYNC_LASTS)
                failures = 0
            except Exception as error:  # whatever a sync brought, the bot must not fall silent for it
                if isinstance(error, HomeserverRefused) and error.code == "M_UNKNOWN_TOKEN":
                    raise
                self._hearing.up_to_date.clear()
                self._wanted.clear()
                failures += 1
                pause = pause_after(failures)
                # Others' exceptions may quote what was said.
                reason = str(error) if isinstance(error, HomeserverError) else type(error).__name__
                self._logger.warning("sync failed %d times, next try in %.1f s: %s", failures, pause, reason)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wanted.wait()


def _text(text: str, html: str) -> dict[str, Any]:
    """`m.text`, for Element keeps quiet about notices; mentions nobody, or names in it would be taken for mentions."""
    return {
        "msgtype": "m.text",
        "body": text,
        "format": "org.matrix.custom.html",
        "formatted_body": html,
        "m.mentions": {},
    }
