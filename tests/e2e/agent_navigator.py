"""An officer at an Element, as tests see one: `Agent` acts, and waits for what should appear on the screen.

Behind it is `agent/`, a Matrix client in Node that encrypts as Element does. Nothing here polls or sleeps: the client
tells when something happened, and each wait looks again then.
"""

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from nio.crypto.attachments import decrypt_attachment

from tests.e2e.node_program import NODE, NodeProgram, ProgramRefused
from tests.waiting import SOON

CLIENT = Path(__file__).parent / "agent" / "agent.mjs"

_ANSWERS_AMONG = 200
"""How many of the last messages an answer is looked for in: a desk room of a long day has thousands."""

_SOON = SOON.total_seconds()

T = TypeVar("T")


class NotSeen(AssertionError):
    """What should have appeared on the agent's screen did not, in the time given; the message tells what was there."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message on the agent's screen. `body` is None where there are no words to read: redacted, or undecryptable."""

    event_id: str
    sender: str
    body: str | None
    html: str | None
    encrypted: bool
    decrypted: bool
    failure: str | None
    redacted: bool
    notice: bool = False
    """Element notifies nobody of it."""

    replies_to: str | None = None
    mentions: tuple[str, ...] | list[str] = ()
    """Who is notified of it."""


@dataclass(frozen=True, slots=True)
class Undecryptable:
    """An event that could not be decrypted at first sight. `recovered_after` is in seconds; None: it never was."""

    event_id: str
    room_id: str
    sender: str
    reason: str
    before_login: bool
    recovered_after: float | None


class Agent:
    """One device of an agent. Every method raises `ProgramCrashed` rather than hang when the client is gone."""

    def __init__(self, client: NodeProgram, user_id: str, device_id: str) -> None:
        self.user_id = user_id
        self.device_id = device_id
        self._client = client

    @classmethod
    async def log_in(
        cls,
        homeserver: str,
        user_id: str,
        password: str,
        *,
        node: Path = NODE,
        cross_signed: bool = True,
        only_signed_devices: bool = True,
        beside: Self | None = None,
    ) -> Self:
        """A new device, synced.

        The identity of the device `beside` it signs it; or a new one, which replaces one that the account had, whose
        devices can then no longer write; or none, if `cross_signed` is False. With `only_signed_devices` it reads and
        writes only to devices signed likewise ("exclude insecure devices" in Element).
        """
        client = await NodeProgram.start(str(CLIENT), node=node)
        try:
            session = await client.call(
                "log_in",
                homeserver=homeserver,
                user_id=user_id,
                password=password,
                cross_signed=cross_signed,
                only_signed_devices=only_signed_devices,
                identity=await beside._client.call("identity") if beside else None,
            )
        except BaseException:
            await client.close()
            raise
        return cls(client, session["user_id"], session["device_id"])

    async def join(self, room: str, *, within: float = _SOON) -> None:
        """Joins, and waits until the client shows it. Raises `ProgramRefused`, code M_FORBIDDEN, if not let in."""
        await self._client.call("join", room_id=room)
        await self.is_in(room, within=within)

    async def tries_to_join(self, room: str) -> bool:
        """Whether the homeserver lets it in. Does not wait for the client to show it: it may be out again by then."""
        try:
            await self._client.call("join", room_id=room)
        except ProgramRefused as refusal:
            if refusal.code != "M_FORBIDDEN":
                raise
            return False
        return True

    async def leave(self, room: str) -> None:
        await self._client.call("leave", room_id=room)

    async def is_in(self, room: str, *, within: float = _SOON) -> None:
        """Waits until the client knows that it is joined."""
        await self._becomes(room, {"join"}, within)

    async def is_out_of(self, room: str, *, within: float = _SOON) -> None:
        """Waits until the client knows that it has left, was kicked or banned, or has no such room."""
        await self._becomes(room, {"leave", "ban", None}, within)

    async def membership(self, room: str) -> str | None:
        """As the client knows it; None for a room it does not have."""
        membership: str | None = await self._client.call("membership", room_id=room)
        return membership

    async def members(self, room: str) -> dict[str, str]:
        """Membership by user id, as the client knows it."""
        members: dict[str, str] = await self._client.call("members", room_id=room)
        return members

    async def is_joined_to(self) -> list[str]:
        """Ids of the rooms that the client shows as its own, Spaces among them."""
        return [room["room_id"] for room in await self._client.call("rooms") if room["membership"] == "join"]

    async def rooms(self) -> list[str]:
        """Ids of the rooms that the client still has, whatever its membership there."""
        return [room["room_id"] for room in await self._client.call("rooms")]

    async def says(
        self,
        room: str,
        text: str,
        *,
        replies_to: str | None = None,
        thread: str | None = None,
        mentions: list[str] | None = None,
    ) -> str:
        """Sends an encrypted message, and returns its event id. Refuses if the client does not know of encryption."""
        event_id: str = await self._client.call(
            "send", room_id=room, text=text, replies_to=replies_to, thread=thread, mentions=mentions
        )
        return event_id

    async def reacts(self, room: str, event_id: str, key: str = "👍") -> str:
        """Puts an emoji beside a message, and returns the reaction's event id."""
        reaction: str = await self._client.call("react", room_id=room, event_id=event_id, key=key)
        return reaction

    async def is_answered(self, room: str, event_id: str, *, within: float = _SOON) -> Line:
        """Waits for a reply to a message; the reply."""

        async def look() -> Line | None:
            lines = await self.reads(room, last=_ANSWERS_AMONG)
            return next((line for line in lines if line.replies_to == event_id and line.body), None)

        return await self._waits(look, room, f"an answer to {event_id}", within)

    async def sees_answer(self, room: str, event_id: str, *words: str, within: float = _SOON) -> Line:
        """Waits for a reply to a message that has all of these words in it; the reply."""

        async def look() -> Line | None:
            replies = [line for line in await self.reads(room) if line.replies_to == event_id]
            return next((line for line in replies if all(word in (line.body or "") for word in words)), None)

        return await self._waits(look, room, f"an answer to {event_id} with {words!r}", within)

    async def sees_changed(self, room: str, event_id: str, *words: str, within: float = _SOON) -> Line:
        """Waits until a message, as edited, has all of these words in it; the message."""

        async def look() -> Line | None:
            lines = (line for line in await self.reads(room) if line.event_id == event_id)
            return next((line for line in lines if all(word in (line.body or "") for word in words)), None)

        return await self._waits(look, room, f"{event_id} say {words!r}", within)

    async def hears(self, room: str, *words: str, within: float = _SOON) -> Line:
        """Waits until the last message that calls somebody has all of these words in it; the message."""

        async def look() -> Line | None:
            calling = [line for line in await self.reads(room) if line.mentions and line.body]
            last = calling[-1] if calling else None
            return last if last and all(word in (last.body or "") for word in words) else None

        return await self._waits(look, room, f"a call with {words!r}", within)

    async def reads(self, room: str, *, last: int | None = None) -> list[Line]:
        """The messages on the screen now, or the last so many, the oldest first; an edit shows in what it edits."""
        return [Line(**line) for line in await self._client.call("timeline", room_id=room, last=last)]

    async def has_news(self, within: float) -> None:
        """Returns when anything has happened, or the time is over."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._client.next_news.wait(), within)

    async def opens_files(self, room: str) -> dict[str, bytes]:
        """The encrypted files that were sent to the room, by name, opened."""
        return {
            sent["name"]: decrypt_attachment(
                base64.b64decode(sent["ciphertext"]),
                sent["file"]["key"]["k"],
                sent["file"]["hashes"]["sha256"],
                sent["file"]["iv"],
            )
            for sent in await self._client.call("files", room_id=room)
        }

    async def sees(self, room: str, *texts: str, within: float = _SOON) -> list[Line]:
        """Waits until exactly these texts are readable, in this order, other lines aside; returns their lines.

        A text that appears more often than asked for is not seen: doubling is a fault.
        """

        async def look() -> list[Line] | None:
            seen = [line for line in await self.reads(room) if line.body in texts]
            return seen if [line.body for line in seen] == list(texts) else None

        return await self._waits(look, room, f"{list(texts)!r}", within)

    async def asks(self, room: str, question: str, *, within: float = _SOON) -> str:
        """Says it, and waits for a reply; the reply's words."""
        return (await self.is_answered(room, await self.says(room, question), within=within)).body or ""

    async def sees_no_words(self, room: str, *, within: float = _SOON) -> None:
        """Waits until nothing can be read any more in the room."""

        async def look() -> bool | None:
            return True if all(line.body is None for line in await self.reads(room)) else None

        await self._waits(look, room, "a screen without words", within)

    async def catches_up(self) -> None:
        """Returns once the client has processed everything the homeserver had for it at the time of the call."""
        await self._client.call("catch_up")

    async def undecryptable(self, *, with_history: bool = False) -> list[Undecryptable]:
        """Every event of any room that the client, caught up, ever failed to decrypt; also if the key came later.

        Without those from before its login, for which nobody could have given it a key, unless `with_history`.
        """
        await self.catches_up()
        failures = [Undecryptable(**failure) for failure in await self._client.call("undecryptable")]
        return [failure for failure in failures if with_history or not failure.before_login]

    async def has_room_key(self, room: str) -> bool:
        """Whether anybody ever gave this device, caught up, a key of the room; used or not."""
        await self.catches_up()
        return bool(await self._client.call("room_keys", room_id=room))

    async def room_keys(self, room: str) -> set[str]:
        """Ids of the Megolm sessions that others gave this device, caught up, for the room."""
        await self.catches_up()
        return set(await self._client.call("room_keys", room_id=room))

    async def knows_a_device_of(self, user_id: str, *, within: float = _SOON) -> None:
        """Waits until the client knows a device that the user vouches for."""

        async def look() -> bool | None:
            return await self._client.call("knows_a_device", user_id=user_id) or None

        await self._waits(look, "", f"a device of {user_id}", within)

    async def unplug(self) -> None:
        """Cuts the client's network. What it has in memory stays, as on a computer asleep."""
        await self._client.call("unplug")

    async def plug(self) -> None:
        """Gives the network back; the client goes on from where it was."""
        await self._client.call("plug")

    async def log_out(self) -> None:
        """Ends the session on the homeserver, and the client."""
        await self._client.call("log_out")
        await self.close()

    async def close(self) -> None:
        """Ends the client without logging out. Repeatable."""
        await self._client.close()

    async def _becomes(self, room: str, memberships: set[str | None], within: float) -> None:
        async def look() -> bool | None:
            return True if await self.membership(room) in memberships else None

        await self._waits(look, room, f"its own membership become one of {memberships}", within)

    async def _waits(self, look: Callable[[], Awaitable[T | None]], room: str, wanted: str, within: float) -> T:
        """What `look` finds; it looks now, and again whenever the client has news."""
        try:
            async with asyncio.timeout(within):
                while True:
                    news = self._client.next_news
                    if (found := await look()) is not None:
                        return found
                    await news.wait()
        except TimeoutError:
            pass
        membership, screen = await self.membership(room), await self.reads(room)
        shown = "\n".join(f"  {line}" for line in screen) or "  (nothing)"
        raise NotSeen(f"{self.user_id} ({membership=}) did not see {wanted} within {within} s, but:\n{shown}")
