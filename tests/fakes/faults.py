"""Kills what uses the ports at any call: before it reached the other side, or after, before the answer was there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any, TypeVar

Port = TypeVar("Port")


class Killed(BaseException):
    """As `kill -9`: nothing that catches exceptions may catch it, nothing is put in order first."""


@dataclass
class Faults:
    """Counts the calls that go through the ports it has been put before."""

    kill_at: int | None = None
    """The number of the call, from 0; None: never."""
    after: bool = False
    calls: list[str] = field(default_factory=list)

    def before(self, port: Port) -> Port:
        """The same port; each of its coroutines is a call that can be the last."""
        return _Watched(port, self)  # type: ignore[return-value]  # whatever it is asked, the port answers

    async def call(self, name: str, run: Callable[[], Any]) -> Any:
        number = len(self.calls)
        self.calls.append(name)
        if self.kill_at is not None and number > self.kill_at:
            raise Killed(name)  # what went on side by side is dead too
        if number == self.kill_at and not self.after:
            raise Killed(name)
        answer = await run()
        if number == self.kill_at:
            raise Killed(name)
        return answer


class _Watched:
    def __init__(self, port: object, faults: Faults) -> None:
        self._port = port
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._port, name)
        if not iscoroutinefunction(attribute):
            return attribute

        async def watched(*arguments: Any, **named: Any) -> Any:
            return await self._faults.call(name, lambda: attribute(*arguments, **named))

        return watched
