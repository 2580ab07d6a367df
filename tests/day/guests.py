"""People at the page, many in one Node process: the page's own program without its document."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.node_program import NODE, NodeProgram

_BUILD = Path(__file__).parents[2] / "guest_portal" / "client" / "tests" / "guests" / "build.mjs"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows. `own`: texts, each with where it has got to; `sealed`: how many messages cannot be read now;
    `sealed_at_first`: how many arrived before they could be.
    """

    phase: str = "form"
    reference: str | None = None
    room: str | None = None
    user: str | None = None
    agent: str | None = None
    listeners: int = 0
    is_asked: bool = False
    own: tuple[tuple[str, str], ...] = ()
    received: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    sealed: int = 0
    sealed_at_first: int = 0


@dataclass
class Guest:
    """One person. `within` of the waits is in seconds."""

    name: str
    program: NodeProgram
    shown: Shown = field(default_factory=Shown)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, shown: Shown) -> None:
        self.shown = shown
        self._news.set()
        self._news = asyncio.Event()

    async def opens(self, role: str, postal_code: str, *, in_danger: bool) -> None:
        application = {
            "role": role,
            "postalCode": postal_code,
            "commune": None,
            "language": "fr",
            "inDanger": in_danger,
        }
        await self.program.call("open", guest=self.name, application=application)

    async def writes(self, text: str) -> None:
        await self.program.call("write", guest=self.name, text=text)

    async def passes_on(self, accepted: bool) -> None:
        await self.program.call("pass_on", guest=self.name, accepted=accepted)

    async def leaves(self) -> None:
        """Ends the conversation, as the page's button does."""
        await self.program.call("end", guest=self.name)

    async def sees(self, what: Callable[[Shown], bool], within: float) -> Shown:
        """Raises `TimeoutError`."""
        async with asyncio.timeout(within):
            while True:
                news = self._news
                if what(self.shown):
                    return self.shown
                await news.wait()


class Guests:
    def __init__(self) -> None:
        self.by_name: dict[str, Guest] = {}
        self._program: NodeProgram | None = None

    def comes(self) -> Guest:
        """Somebody who has the page before them, and has done nothing yet."""
        assert self._program is not None
        guest = Guest(f"G{len(self.by_name) + 1}", self._program)
        self.by_name[guest.name] = guest
        return guest

    @asynccontextmanager
    async def running(self, portal: str) -> AsyncIterator[None]:
        self._program = await NodeProgram.start(await _built(), portal, hear=self._hear)
        try:
            yield
        finally:
            await self._program.close()

    def _hear(self, message: dict[str, Any]) -> None:
        shown = {key: value for key, value in message.items() if key not in ("event", "guest")}
        for key in ("own", "received", "notices"):
            shown[key] = tuple(tuple(each) if isinstance(each, list) else each for each in shown[key])
        self.by_name[message["guest"]].show(Shown(**shown))


async def _built() -> str:
    """The path of the program, made anew."""
    process = await asyncio.create_subprocess_exec(NODE, _BUILD, stdout=asyncio.subprocess.PIPE)
    path, _ = await process.communicate()
    assert process.returncode == 0
    return path.decode()
