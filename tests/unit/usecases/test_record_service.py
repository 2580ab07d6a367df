"""What the service does of its own accord is in the record: erasures step by step, alarms, refusals, second looks."""

from datetime import timedelta

import pytest

from appservice.audit_port import Refused
from appservice.domain.audit.events import (
    Alarm,
    ErasureOrdered,
    PolicyViolation,
    PurgeReported,
    PurgeStep,
    Recheck,
    RestoredBackupFound,
)
from appservice.domain.audit.values import ActorKind, Code
from appservice.domain.erasure import ORDER, Step
from appservice.domain.errors import HomeserverUnavailable
from appservice.domain.ids import DeskId
from appservice.domain.signalement import Cause
from appservice.erasure_port import AlarmCode
from appservice.usecases.record_alarms import RecordedAlarms
from appservice.usecases.record_violations import RecordViolations
from tests.fakes.erasure import FakeAlarms
from tests.fakes.faults import Faults, Killed
from tests.unit.usecases.erasing import DESK, Outside

LEAK = Code("reaction")


async def test_an_erasure_is_told_step_by_step_and_reported_with_its_durations() -> None:
    outside = Outside()
    signalement = await outside.conversation()
    service = outside.service()
    await service.emergency.order(signalement, Cause.GUEST_LEFT)
    outside.clock.advance(timedelta(seconds=2))
    await service.erases_all()
    ordered, *steps, reported = outside.audit.told
    assert ordered == ErasureOrdered(Cause.GUEST_LEFT)
    assert steps == [PurgeStep(step) for step in ORDER if step not in (Step.SWEEP, Step.DONE)]
    assert isinstance(reported, PurgeReported)
    assert reported.left_over == 0
    assert dict(reported.durations)[Step.SILENCE] == 2000
    assert {entry.signalement for entry in outside.audit.kept} == {outside.audit.signalement(signalement)}


async def test_a_second_look_and_a_restored_backup_are_told() -> None:
    outside = Outside()
    signalement = await outside.conversation()
    await outside.erased.note(signalement.room_id)
    service = outside.service()
    await service.erase_again()
    assert RestoredBackupFound(1) in outside.audit.told
    await service.erases_all()
    await service.look_again()
    assert Recheck(1, 0) in outside.audit.told


async def test_a_restored_backup_is_told_whatever_call_the_start_is_killed_at() -> None:
    number, done = 0, False
    while not done:
        outside = Outside()
        await outside.erased.note((await outside.conversation()).room_id)
        try:
            await outside.service(Faults(number)).erase_again()
            done = True
        except Killed:
            await outside.service().erase_again()
        assert RestoredBackupFound(1) in outside.audit.told, number
        number += 1
    assert number > 3


async def test_an_alarm_is_recorded_once_it_was_told() -> None:
    outside = Outside()

    class Mute(FakeAlarms):
        async def sound(self, code: AlarmCode, desk: DeskId, signalement: object = None) -> None:
            raise HomeserverUnavailable("away")

    with pytest.raises(HomeserverUnavailable):
        await RecordedAlarms(Mute(), outside.audit).sound(AlarmCode.RESIDUE_FOUND, DESK)
    assert outside.audit.told == []
    await RecordedAlarms(FakeAlarms(), outside.audit).sound(AlarmCode.RESIDUE_FOUND, DESK)
    assert outside.audit.told == [Alarm(Code("residue_found"))]


class Module:
    refusals = (Refused(1, LEAK, ActorKind.AGENT, 2), Refused(2, LEAK, ActorKind.GUEST, 1))

    async def since(self, number: int) -> list[Refused]:
        return [refused for refused in self.refusals if refused.number > number]


class Read:
    number = 0

    async def last(self) -> int:
        return self.number

    async def keep(self, number: int) -> None:
        self.number = number


async def test_refusals_are_recorded_once_each() -> None:
    outside = Outside()
    record = RecordViolations(Module(), Read(), outside.stores, outside.audit)
    for _ in range(2):
        await record()
    assert outside.audit.told == [
        PolicyViolation(LEAK, ActorKind.AGENT, 2),
        PolicyViolation(LEAK, ActorKind.GUEST, 1),
    ]
