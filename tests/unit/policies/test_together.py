"""What many ask for at once is done a few times."""

from collections.abc import Collection
from typing import Any

from synapse.util.clock import Clock
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.testing import MemoryReactorClock

from policies.signalement_policy.together import Together


class Doing:
    """What was done for whom, each time as long as the test has it take."""

    def __init__(self) -> None:
        reactor: Any = MemoryReactorClock  # published without types
        self._reactor = reactor()
        clock = Clock(self._reactor, server_name="veilleuse.test")
        self._under_way: list[Deferred[None]] = []
        self.done: list[tuple[str, set[str]]] = []
        self.together = Together("test", clock, self._act)

    async def _act(self, place: str, several: Collection[str]) -> None:
        self.done.append((place, set(several)))
        self._under_way.append(Deferred())
        await self._under_way[-1]

    def ask(self, place: str, one: str) -> "Deferred[None]":
        return ensureDeferred(self.together(place, one))

    def ends(self, error: Exception | None = None) -> None:
        """What was begun first and has not ended."""
        first = self._under_way.pop(0)
        first.errback(error) if error else first.callback(None)
        self._reactor.advance(1)


def test_what_is_asked_meanwhile_is_done_next_in_one_piece() -> None:
    doing = Doing()
    asked = [doing.ask("room", one) for one in "abcd"]
    assert doing.done == [("room", {"a"})]
    doing.ends()
    doing.ends()
    assert doing.done == [("room", {"a"}), ("room", {"b", "c", "d"})]
    assert all(one.called for one in asked)


def test_one_place_does_not_wait_for_another() -> None:
    doing = Doing()
    doing.ask("room", "a")
    doing.ask("elsewhere", "a")
    assert doing.done == [("room", {"a"}), ("elsewhere", {"a"})]


def test_who_asks_again_while_it_is_done_has_it_done_again() -> None:
    doing = Doing()
    doing.ask("room", "a")
    again = doing.ask("room", "a")
    doing.ends()
    assert not again.called
    doing.ends()
    assert again.called
    assert doing.done == [("room", {"a"})] * 2


def test_a_fault_is_told_to_who_asked_and_the_others_try_without() -> None:
    doing = Doing()
    first, *others = [doing.ask("room", one) for one in ("wrong", "a", "b")]
    doing.ends(ValueError("of the first"))
    told: list[Any] = []
    first.addErrback(told.append)
    assert [str(failure.value) for failure in told] == ["of the first"]
    doing.ends()
    assert doing.done == [("room", {"wrong"}), ("room", {"a", "b"})]
    assert all(one.called for one in others)
