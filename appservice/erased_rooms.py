"""The list of what was erased, as a file: one line for each room, only ever added to.

It is the one thing that may not be put back with a backup: it tells, of what comes back with one, what has to go again.
A line is the SHA-256 of a room's id, and the day; another one, with a word more, once every agent's device was past the
room's end. Room ids are random: nobody can find one from its hash.
"""

import asyncio
import os
from pathlib import Path

from appservice.domain.erasure import room_hash
from appservice.domain.errors import ConfigurationError
from appservice.domain.ids import RoomId
from appservice.ports import Clock

ERASED_ROOMS = "erased_rooms"
"""The file's name, in `data_directory`."""

_HASH_LENGTH = 64
_AWAITED = "awaited"


class ErasedRoomsFile:
    """Implements the port `ErasedRooms`."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._noted: dict[str, bool] | None = None
        self._writing = asyncio.Lock()

    async def note(self, room: RoomId, *, awaited: bool = False) -> None:
        """Raises `ConfigurationError` if the file cannot be written."""
        name = room_hash(room)
        async with self._writing:
            known = await self._known()
            if name not in known or (awaited and not known[name]):
                more = f" {_AWAITED}" if awaited else ""
                await asyncio.to_thread(self._append, f"{name} {self._clock.now():%Y-%m-%d}{more}\n")
                known[name] = awaited

    async def was_awaited(self, room: RoomId) -> bool:
        async with self._writing:
            return (await self._known()).get(room_hash(room), False)

    async def hashes(self) -> frozenset[str]:
        async with self._writing:
            return frozenset(await self._known())

    async def _known(self) -> dict[str, bool]:
        if self._noted is None:
            self._noted = await asyncio.to_thread(self._read)
        return self._noted

    def _read(self) -> dict[str, bool]:
        """A line that a crash cut short is no hash, and is passed over: its erasure goes on, and notes it again."""
        if not self._path.exists():
            return {}
        read: dict[str, bool] = {}
        for line in self._path.read_text(encoding="ascii", errors="replace").splitlines():
            name, *more = line.split(" ")
            if len(name) == _HASH_LENGTH:
                read[name] = read.get(name, False) or _AWAITED in more
        return read

    def _append(self, line: str) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                broken = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
                os.write(descriptor, (("\n" if broken else "") + line).encode("ascii"))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise ConfigurationError(
                f"{self._path}: {error.strerror}. Erasures wait until it can be written."
            ) from None
