"""What must never be so: an alarm once as long as it lasts, and its end in the record."""

from collections.abc import Collection

import pytest

from appservice.domain.audit.events import Alarm, AlarmCleared
from appservice.domain.audit.values import Code
from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable
from appservice.domain.ids import DeskId
from appservice.erasure_port import AlarmCode
from appservice.usecases.check_promises import CheckPromises
from appservice.usecases.record_alarms import RecordedAlarms
from tests.fakes.audit import FakeAuditLog
from tests.fakes.erasure import FakeAlarms
from tests.fakes.stores import FakeStores
from tests.fakes.world import FakeClock

DESK = DeskId("national")
CLEAR = Code("clear_events")


class FakePromises:
    def __init__(self) -> None:
        self.found: list[str] = []
        self.failure: Exception | None = None

    async def broken(self) -> Collection[str]:
        if self.failure is not None:
            raise self.failure
        return self.found


class World:
    def __init__(self) -> None:
        self.promises = FakePromises()
        self.log = FakeAuditLog(FakeStores(), FakeClock())
        self.starts()

    def starts(self) -> None:
        self.check = CheckPromises(self.promises, RecordedAlarms(FakeAlarms(), self.log), self.log, DESK)


@pytest.fixture
def world() -> World:
    return World()


async def test_where_all_is_well_nothing_is_told(world: World) -> None:
    await world.check()
    assert world.log.told == []


async def test_an_alarm_is_sounded_once_also_after_a_restart_and_its_end_is_recorded(world: World) -> None:
    world.promises.found = ["clear_events"]
    await world.check()
    await world.check()
    world.starts()
    await world.check()
    assert world.log.told == [Alarm(CLEAR)]
    world.promises.found = []
    await world.check()
    await world.check()
    assert world.log.told == [Alarm(CLEAR), AlarmCleared(CLEAR)]
    world.promises.found = ["clear_events"]
    await world.check()
    assert world.log.told[2:] == [Alarm(CLEAR)]


async def test_an_absent_module_is_an_alarm_and_an_absent_homeserver_is_none(world: World) -> None:
    world.promises.failure = HomeserverUnavailable("away")
    with pytest.raises(HomeserverUnavailable):
        await world.check()
    world.promises.failure = HomeserverRefused("M_UNRECOGNIZED", "what is that?")
    await world.check()
    assert world.log.told == [Alarm(Code(AlarmCode.MODULE_ABSENT.value))]
