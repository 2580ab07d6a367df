import stat
from pathlib import Path

import pytest

from appservice.domain.erasure import room_hash
from appservice.domain.errors import ConfigurationError
from appservice.domain.ids import RoomId
from appservice.erased_rooms import ErasedRoomsFile
from tests.fakes.world import FakeClock

ONE, TWO = RoomId("!one"), RoomId("!two")


def the_list(directory: Path) -> ErasedRoomsFile:
    return ErasedRoomsFile(directory / "data" / "erased_rooms", FakeClock())


async def test_what_was_noted_is_there_after_a_restart_once_and_says_no_name(tmp_path: Path) -> None:
    first = the_list(tmp_path)
    assert await first.hashes() == frozenset()
    for room in (ONE, TWO, ONE):
        await first.note(room)
    await the_list(tmp_path).note(ONE)
    assert await the_list(tmp_path).hashes() == {room_hash(ONE), room_hash(TWO)}
    file = tmp_path / "data" / "erased_rooms"
    assert file.read_text() == f"{room_hash(ONE)} 2026-11-25\n{room_hash(TWO)} 2026-11-25\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_that_every_device_was_past_the_end_is_kept_too(tmp_path: Path) -> None:
    first = the_list(tmp_path)
    await first.note(ONE)
    await first.note(TWO)
    await first.note(ONE, awaited=True)
    await first.note(ONE)
    for kept in (first, the_list(tmp_path)):
        assert [await kept.was_awaited(room) for room in (ONE, TWO, RoomId("!three"))] == [True, False, False]
    assert (tmp_path / "data" / "erased_rooms").read_text().count("\n") == 3


async def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path: Path) -> None:
    await the_list(tmp_path).note(ONE)
    file = tmp_path / "data" / "erased_rooms"
    file.write_text(file.read_text() + room_hash(TWO)[:20])
    again = the_list(tmp_path)
    await again.note(TWO)
    assert await the_list(tmp_path).hashes() == {room_hash(ONE), room_hash(TWO)}


async def test_a_file_that_cannot_be_written_is_told_and_nothing_counts_as_noted(tmp_path: Path) -> None:
    (tmp_path / "data" / "erased_rooms").mkdir(parents=True)
    with pytest.raises((ConfigurationError, IsADirectoryError)):
        await the_list(tmp_path).note(ONE)
