"""What every implementation of `ErasureRecords` must do: in memory, on SQLite, on PostgreSQL."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from appservice.domain.erasure import Erasure, Tombstone
from appservice.domain.ids import SignalementId
from appservice.domain.retention import RetentionRule, Silence
from appservice.domain.signalement import Cause, Outcome, Signalement, State
from appservice.erasure_port import ErasureRecords
from appservice.ports import Stores
from appservice.store.database import Database
from appservice.store.erasures import SqlErasureRecords
from appservice.store.signalements import SqlStores
from tests.fakes.erasure import FakeErasureRecords
from tests.fakes.stores import FakeStores
from tests.fakes.world import START
from tests.unit.factories import a_signalement

LATER = START + timedelta(hours=1)
WAITING = RetentionRule(State.WAITING, timedelta(minutes=30))


@dataclass
class Kept:
    stores: Stores
    records: ErasureRecords

    async def signalement(self, number: int, *, waiting: bool = True) -> Signalement:
        one = a_signalement(f"!room{number}", f"@veilleuse_guest_{number}:x", f"CCCC-{number:02}")
        await self.stores.add(one)
        if waiting:
            await self.stores.replace(one, one.ready(START))
            return one.ready(START)
        return one

    async def order(self, signalement: Signalement) -> Erasure:
        erasure = Erasure(signalement.signalement_id, Cause.OPERATOR, requested_at=START, next_attempt_at=START)
        await self.stores.replace(signalement, signalement.erased())
        await self.stores.add_erasure(erasure)
        return erasure


@pytest.fixture(params=["fake", "sqlite", "postgres"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    if request.param == "fake":
        stores = FakeStores()
        yield Kept(stores, FakeErasureRecords(stores))
        return
    url = f"sqlite:///{tmp_path / 'veilleuse.db'}"
    if request.param == "postgres":
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(await postgres.new_database())
    database = Database(url)
    await database.start()
    yield Kept(SqlStores(database), SqlErasureRecords(database))
    await database.stop()


async def test_who_may_still_be_there_and_what_is_not_being_erased(kept: Kept) -> None:
    opened, waiting, erasing = (
        await kept.signalement(1, waiting=False),
        await kept.signalement(2),
        await kept.signalement(3),
    )
    erasure = await kept.order(erasing)
    assert await kept.records.with_guest() == [waiting]
    assert sorted(one.reference for one in await kept.records.alive()) == [opened.reference, waiting.reference]
    assert await kept.records.erasure_of(erasing.signalement_id) == erasure
    assert await kept.records.erasure_of(waiting.signalement_id) is None


async def test_whose_time_is_over_by_a_rule(kept: Kept) -> None:
    waiting, opened = await kept.signalement(1), await kept.signalement(2, waiting=False)
    assert opened.state is State.OPENED
    assert await kept.records.due(WAITING, START + timedelta(minutes=29)) == []
    assert await kept.records.due(WAITING, START + timedelta(minutes=30)) == [waiting]
    assert await kept.records.due(RetentionRule(State.CLAIMED, timedelta()), LATER) == []


async def test_what_has_ended_counts_from_its_end_and_by_its_outcome(kept: Kept) -> None:
    waiting = await kept.signalement(1)
    closed = waiting.closed(Outcome.ABUSE, LATER)
    await kept.stores.replace(waiting, closed)
    hour = timedelta(hours=1)
    for outcome, found in ((None, [closed]), (Outcome.ABUSE, [closed]), (Outcome.INFORMED, [])):
        rule = RetentionRule(State.CLOSED, hour, outcome)
        assert await kept.records.due(rule, LATER + hour - timedelta(seconds=1)) == []
        assert await kept.records.due(rule, LATER + hour) == found
    assert await kept.records.with_guest() == [closed]


async def test_a_silence_is_kept_changed_forgotten_and_goes_with_its_signalement(kept: Kept) -> None:
    one, two = (await kept.signalement(1)).signalement_id, (await kept.signalement(2)).signalement_id
    await kept.records.keep_silence(Silence(one, START))
    await kept.records.keep_silence(Silence(one, START, alarmed_at=LATER))
    await kept.records.keep_silence(Silence(two, START))
    await kept.records.keep_silence(Silence(SignalementId("gone"), START))
    assert sorted(await kept.records.silences(), key=lambda silence: silence.signalement_id) == [
        Silence(one, START, alarmed_at=LATER),
        Silence(two, START),
    ]
    await kept.records.forget_silence(two)
    await kept.stores.bury(one, Tombstone("ab" * 32, Cause.LOST_CONTACT, START, LATER, {}, "cd" * 32))
    assert await kept.records.silences() == []


async def test_tombstones_are_drawn_as_many_as_there_are_or_are_wanted(kept: Kept) -> None:
    assert await kept.records.some_tombstones(3) == []
    graves = [Tombstone(f"{number}" * 64, Cause.RETENTION, START, LATER, {}, "cd" * 32) for number in range(4)]
    for number, grave in enumerate(graves):
        await kept.stores.bury((await kept.signalement(number)).signalement_id, grave)
    assert await kept.records.tombstone_of("2" * 64) == graves[2]
    assert await kept.records.tombstone_of("9" * 64) is None
    for limit in (1, 3, 10):
        drawn = await kept.records.some_tombstones(limit)
        assert len({grave.room_hash for grave in drawn}) == min(limit, 4)
        assert all(grave in graves for grave in drawn)
