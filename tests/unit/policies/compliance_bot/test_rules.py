"""Each rule: kept, then broken, then kept again; and nothing told twice."""

from datetime import timedelta

import pytest

from appservice.domain.audit.chain import START as NO_ENTRY
from appservice.domain.audit.chain import AuditEntry, Head, append
from appservice.domain.audit.events import (
    Alarm,
    Announced,
    Claimed,
    ErasureOrdered,
    Event,
    Opened,
    PolicyViolation,
    PurgeReported,
    PurgeStep,
    Recheck,
    Released,
    RestoredBackupFound,
)
from appservice.domain.audit.values import SERVICE, ActorKind, Code, Pseudonym, TableName
from appservice.domain.erasure import Step
from appservice.domain.ids import DeskId
from appservice.domain.signalement import Cause, Role
from policies.compliance_bot.rules import (
    CLAIMED_LATE,
    ERASED_LATE,
    KEPT_TOO_LONG,
    PURGED_LATE,
    RESIDUE_FOUND,
    Limits,
    Watch,
)
from tests.fakes.world import FakeClock

DESK = DeskId("guyancourt")
ONE, TWO = Pseudonym("a" * 16), Pseudonym("b" * 16)
OPENED = Opened(DESK, None, Role.VICTIM, in_danger=False)
PURGED = PurgeReported(Cause.GUEST_LEFT, (), ())


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.watch = Watch(Limits())
        self._head: Head = NO_ENTRY

    def happens(self, event: Event, signalement: Pseudonym | None = ONE) -> list[Code]:
        entry: AuditEntry = append(self._head, self.clock.now(), SERVICE, event, signalement)
        self._head = Head(entry.sequence, entry.hash)
        return [breach.rule for breach in self.watch.feed([entry])]

    def passes(self, time: timedelta) -> list[Code]:
        self.clock.advance(time)
        return [breach.rule for breach in self.watch.news(self.clock.now())]


@pytest.fixture
def world() -> World:
    world = World()
    world.happens(OPENED)
    return world


def test_a_signalement_that_nobody_takes_is_told_once(world: World) -> None:
    world.happens(Announced(DESK))
    assert world.passes(timedelta(minutes=10)) == []
    assert world.passes(timedelta(seconds=1)) == [CLAIMED_LATE]
    assert world.passes(timedelta(minutes=1)) == []
    assert [breach.rule for breach in world.watch.breaches(world.clock.now())] == [CLAIMED_LATE]
    world.happens(Claimed(DESK))
    assert world.watch.breaches(world.clock.now()) == []


def test_one_that_was_released_waits_anew(world: World) -> None:
    world.happens(Announced(DESK))
    world.happens(Claimed(DESK))
    assert world.passes(timedelta(hours=1)) == []
    world.happens(Released(DESK))
    assert world.passes(timedelta(minutes=11)) == [CLAIMED_LATE]


def test_an_erasure_that_does_not_reach_the_originals_is_told(world: World) -> None:
    world.happens(ErasureOrdered(Cause.GUEST_LEFT))
    world.happens(PurgeStep(Step.SILENCE))
    assert world.passes(timedelta(seconds=61)) == [ERASED_LATE]


def test_a_shell_that_stays_is_told_only_after_a_month(world: World) -> None:
    world.happens(ErasureOrdered(Cause.GUEST_LEFT))
    world.happens(PurgeStep(Step.DESTROY))
    assert world.passes(timedelta(days=31)) == []
    assert world.passes(timedelta(seconds=1)) == [PURGED_LATE]
    world.happens(PURGED)
    assert world.watch.lives == {}
    assert world.watch.told == []


def test_what_nothing_orders_to_be_erased_is_told(world: World) -> None:
    assert world.passes(timedelta(days=8, seconds=1)) == [KEPT_TOO_LONG]


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        (Alarm(Code("module_absent")), "module_absent"),
        (PolicyViolation(Code("reaction"), ActorKind.AGENT, 1), "reaction"),
        (RestoredBackupFound(2), "restored_backup"),
        (Recheck(20, 1), RESIDUE_FOUND),
        (PurgeReported(Cause.GUEST_LEFT, ((TableName("events"), 2),), ()), RESIDUE_FOUND),
    ],
)
def test_some_entries_are_a_breach_by_themselves(world: World, event: Event, rule: str) -> None:
    assert world.happens(event) == [rule]


@pytest.mark.parametrize("event", [Recheck(20, 0), PURGED, OPENED])
def test_others_are_none(world: World, event: Event) -> None:
    assert world.happens(event, TWO) == []


def test_what_was_told_before_a_restart_is_not_told_again(world: World) -> None:
    world.happens(Announced(DESK))
    assert world.passes(timedelta(minutes=11)) == [CLAIMED_LATE]
    told = world.watch.told
    restarted = World()
    restarted.happens(OPENED)
    restarted.happens(Announced(DESK))
    restarted.watch.told_before([*told, (CLAIMED_LATE, TWO)])
    assert restarted.passes(timedelta(minutes=11)) == []


def test_memory_is_of_the_open_ones_only(world: World) -> None:
    for _ in range(1000):
        world.happens(OPENED, TWO)
        world.happens(PURGED, TWO)
    assert world.watch.lives.keys() == {ONE}
