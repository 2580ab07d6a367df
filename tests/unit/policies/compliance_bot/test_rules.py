"""Each rule: kept, then broken, then kept again; and nothing told twice."""

from datetime import timedelta

import pytest

from appservice import config
from appservice.domain.audit.chain import START as NO_ENTRY
from appservice.domain.audit.chain import AuditEntry, Head, append
from appservice.domain.audit.events import (
    Alarm,
    AlarmCleared,
    Announced,
    Claimed,
    Closed,
    ErasureOrdered,
    Event,
    HandedOver,
    Opened,
    PolicyViolation,
    PurgeReported,
    PurgeStep,
    Reassigned,
    Recheck,
    Released,
    RestoredBackupFound,
)
from appservice.domain.audit.values import SERVICE, ActorKind, Code, Pseudonym, TableName
from appservice.domain.erasure import Step
from appservice.domain.ids import DeskId
from appservice.domain.signalement import Cause, Outcome, Role
from appservice.retention_file import load_retention
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
LIMITS, RETENTION = Limits(), load_retention(config.RETENTION)
PURGED = PurgeReported(Cause.GUEST_LEFT, (), ())


class World:
    def __init__(self, limits: Limits = LIMITS) -> None:
        self.clock = FakeClock()
        self.watch = Watch(limits)
        self.over: list[Code] = []
        self._head: Head = NO_ENTRY

    def happens(self, event: Event, signalement: Pseudonym | None = ONE) -> list[Code]:
        entry: AuditEntry = append(self._head, self.clock.now(), SERVICE, event, signalement)
        self._head = Head(entry.sequence, entry.hash)
        return [breach.rule for breach in self.watch.feed([entry])]

    def passes(self, time: timedelta) -> list[Code]:
        """Which rules are broken since."""
        self.clock.advance(time)
        news = self.watch.news(self.clock.now())
        self.over = [breach.rule for breach in news if breach.over]
        return [breach.rule for breach in news if not breach.over]


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
    assert (world.passes(timedelta(0)), world.over) == ([], [CLAIMED_LATE])
    assert (world.passes(timedelta(0)), world.over) == ([], [])


def test_one_that_waits_too_long_again_is_told_again(world: World) -> None:
    world.happens(Announced(DESK))
    assert world.passes(timedelta(minutes=11)) == [CLAIMED_LATE]
    world.happens(Claimed(DESK))
    world.passes(timedelta(minutes=1))
    world.happens(Released(DESK))
    assert world.passes(timedelta(minutes=11)) == [CLAIMED_LATE]


@pytest.mark.parametrize(
    "waits_again", [Released(DESK), HandedOver(DESK, ONE, DeskId("lyon"), None), Reassigned(DESK, ONE, None)]
)
def test_whoever_is_left_without_an_agent_waits(world: World, waits_again: Event) -> None:
    world.happens(Announced(DESK))
    world.happens(Claimed(DESK))
    assert world.passes(timedelta(hours=1)) == []
    world.happens(waits_again)
    assert world.passes(timedelta(minutes=11)) == [CLAIMED_LATE]


@pytest.mark.parametrize(
    "waits_no_more",
    [
        Claimed(DESK),
        Reassigned(DESK, None, TWO),
        HandedOver(DESK, None, DeskId("lyon"), TWO),
        Closed(Outcome.NO_NEED),
        ErasureOrdered(Cause.RETENTION),
    ],
)
def test_whoever_has_an_agent_or_none_to_come_does_not_wait(world: World, waits_no_more: Event) -> None:
    world.happens(Announced(DESK))
    world.happens(waits_no_more)
    assert CLAIMED_LATE not in world.passes(timedelta(minutes=11))


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
    assert (world.passes(timedelta(0)), world.over) == ([], [PURGED_LATE])
    assert world.watch.told == []


def test_what_nothing_orders_to_be_erased_is_told(world: World) -> None:
    assert world.passes(timedelta(days=8, seconds=1)) == [KEPT_TOO_LONG]


@pytest.mark.parametrize(
    ("happened", "kept_for"),
    [
        ([Announced(DESK)], timedelta(hours=24)),
        ([Announced(DESK), Claimed(DESK)], timedelta(days=3)),
        ([Announced(DESK), Claimed(DESK), Closed(Outcome.INFORMED)], timedelta(hours=12)),
        ([Announced(DESK), Claimed(DESK), Closed(Outcome.ABUSE)], timedelta(hours=1)),
    ],
)
def test_each_rule_of_retention_has_an_hour_to_be_applied(happened: list[Event], kept_for: timedelta) -> None:
    world = World(Limits(retention=RETENTION))
    world.happens(OPENED)
    for event in happened:
        world.happens(event)
    (life,) = world.watch.lives.values()
    assert world.watch.due(life) == world.clock.now() + kept_for
    assert KEPT_TOO_LONG not in world.passes(kept_for + timedelta(hours=1))
    assert KEPT_TOO_LONG in world.passes(timedelta(seconds=1))
    world.happens(ErasureOrdered(Cause.RETENTION))
    world.passes(timedelta(0))
    assert KEPT_TOO_LONG in world.over


def test_the_end_of_an_alarm_is_told(world: World) -> None:
    world.happens(Alarm(Code("module_absent")), None)
    assert world.happens(AlarmCleared(Code("module_absent")), None) == ["module_absent"]


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
    assert restarted.over == [CLAIMED_LATE]  # of the one that was erased meanwhile


def test_memory_is_of_the_open_ones_only(world: World) -> None:
    for _ in range(1000):
        world.happens(OPENED, TWO)
        world.happens(PURGED, TWO)
    assert world.watch.lives.keys() == {ONE}
