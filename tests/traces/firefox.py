"""Debian's Firefox, driven by WebDriver BiDi: the protocol that it speaks itself, over a WebSocket."""

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.ports import free_ports
from tests.waiting import until

_LISTENS = "WebDriver BiDi listening on "
_PLACE = """selector => {
  const element = document.querySelector(selector);
  element?.scrollIntoView({ block: 'center', behavior: 'instant' });
  const box = element?.getBoundingClientRect();
  const [x, y] = box ? [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)] : [0, 0];
  const hit = document.elementFromPoint(x, y);
  return element && (element.contains(hit) || hit?.closest('label')?.control === element) ? `${x},${y}` : '';
}"""
"""Where in the window the middle of an element is, once it was scrolled there; empty if a press there would miss it."""


class Firefox:
    """One tab of it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._tab = ""

    async def begin(self) -> None:
        await self.call("session.new", capabilities={})
        tree = await self.call("browsingContext.getTree")
        self._tab = tree["contexts"][0]["context"]

    async def call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = await self._socket.receive_json(timeout=60)
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]

    async def goes_to(self, address: str) -> None:
        await self.call("browsingContext.navigate", context=self._tab, url=address, wait="complete")

    async def travels(self, pages: int) -> None:
        """By so many pages of the tab's history, as *Back* (-1) and *Forward* (1) do."""
        await self.call("browsingContext.traverseHistory", context=self._tab, delta=pages)

    async def is_at(self, address: str) -> None:
        async def holds() -> bool:
            tree = await self.call("browsingContext.getTree", root=self._tab)
            return bool(tree["contexts"][0]["url"] == address)

        await until(holds, what=f"the tab is at {address}")

    async def told(self, expression: str) -> Any:
        """The value of a JavaScript expression; for values that JSON knows, one deep."""
        answer = await self.call(
            "script.evaluate", expression=expression, target={"context": self._tab}, awaitPromise=True
        )
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    async def shows(self, condition: str) -> None:
        async def holds() -> bool:
            return bool(await self.told(condition))

        await until(holds, what=condition)

    async def presses(self, name: str) -> None:
        """A click with the mouse on what has this `data-testid`."""
        places: list[str] = []

        async def stands_still() -> bool:
            places.append(await self.told(f"({_PLACE})('[data-testid={name}]:not([disabled])')"))
            return places[-1] != "" and places[-1:] == places[-2:-1]

        await until(stands_still, what=f"{name} can be pressed")
        x, y = map(int, places[-1].split(","))
        moves = [{"type": "pointerMove", "x": x, "y": y}]
        await self._acts("pointer", [*moves, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}])

    async def types(self, name: str, text: str) -> None:
        """With the keyboard, into the field that has this `data-testid`."""
        await self.told(f"document.querySelector('[data-testid={name}]').focus()")
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        await self._acts("key", keys)

    async def _acts(self, kind: str, actions: list[dict[str, Any]]) -> None:
        await self.call(
            "input.performActions", context=self._tab, actions=[{"type": kind, "id": kind, "actions": actions}]
        )


@asynccontextmanager
async def firefox(profile: Path) -> AsyncIterator[Firefox]:
    """Open while the context lasts; then closed as a person closes it, with all that it writes. `profile` exists."""
    program = shutil.which("firefox-esr")
    assert program, "Firefox is needed: apt-get install firefox-esr"
    arguments = ("--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", str(free_ports(1)))
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stderr=asyncio.subprocess.PIPE, env=os.environ | {"HOME": str(profile)}
    )
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while not (line := (await process.stderr.readline()).decode()).startswith(_LISTENS):
            assert line, "Firefox ended"
    rest = asyncio.create_task(process.stderr.read())
    address = line.removeprefix(_LISTENS).strip()
    async with aiohttp.ClientSession() as client, client.ws_connect(f"{address}/session", max_msg_size=0) as socket:
        page = Firefox(socket)
        await page.begin()
        try:
            yield page
        finally:
            await page.call("browser.close")
    await asyncio.wait_for(process.wait(), 30)
    await rest
    _unpack_sessions(profile)


def _unpack_sessions(profile: Path) -> None:
    """Beside each file, so that words in it can be found."""
    for packed in profile.rglob("*.jsonlz4"):
        packed.with_suffix(".unpacked").write_bytes(unpacked(packed.read_bytes()))


def unpacked(packed: bytes) -> bytes:
    """What Firefox keeps of sessions: `mozLz40`, a length, and one block of LZ4 (lz4_Block_format)."""
    assert packed[:8] == b"mozLz40\0"
    source, done = packed[12:], bytearray()
    at = 0

    def length(short: int) -> int:
        """Of four bits; where they are full, of the bytes that follow as long as those are full."""
        nonlocal at
        if short < 15:
            return short
        total = short
        while True:
            total, at = total + source[at], at + 1
            if source[at - 1] < 255:
                return total

    while at < len(source):
        token = source[at]
        at += 1
        literals = length(token >> 4)
        done += source[at : at + literals]
        at += literals
        if at >= len(source):
            break
        back = int.from_bytes(source[at : at + 2], "little")
        at += 2
        for _ in range(length(token & 15) + 4):
            done.append(done[-back])
    return bytes(done)
