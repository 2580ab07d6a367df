"""What the application service tells Prometheus."""

from collections.abc import Sized
from datetime import datetime

from prometheus_client import Gauge

from appservice.domain.erasure import Step
from appservice.domain.signalement import State
from appservice.measuring import RequestMetrics, new_registry
from appservice.ports import Clock
from appservice.store.figures import Figures


class ServiceMetrics:
    """Read from the database when they are asked for, by the active process; one that stands by tells only that."""

    def __init__(self, figures: Figures, clock: Clock) -> None:
        self._figures = figures
        self._clock = clock
        self._is_active = False
        self.registry = new_registry()
        self.requests = RequestMetrics(self.registry, "veilleuse_appservice")
        self._active = self._gauge("active", "1 if this process is the active one, 0 if it stands by")
        self._ready = self._gauge("ready", "1 once the desks are there and the loops run")
        self._signalements = self._gauge("signalements", "Signalements, by state", "state")
        self._waiting = self._gauge("longest_wait_seconds", "How long the signalement that waits longest is open")
        self._erasures = self._gauge("erasures", "Erasures under way, by the step that comes next", "step")
        self._content = self._gauge(
            "erasure_content_seconds", "How long ago an erasure was asked for that left content"
        )
        self._inbox = self._gauge("inbox", "Changes that have arrived and are not acted upon yet")
        self._rooms_ahead = self._gauge("rooms_ahead", "Rooms that are made and that nobody has yet")

    def count_ahead(self, made: Sized) -> None:
        self._rooms_ahead.set_function(lambda: len(made))

    def becomes_active(self, active: bool) -> None:
        self._is_active = active
        self._active.set(active)

    def becomes_ready(self, ready: bool) -> None:
        self._ready.set(ready)

    async def refresh(self) -> None:
        if not self._is_active:
            return
        figures, now = await self._figures.current(), self._clock.now()
        for state in State:
            self._signalements.labels(state.value).set(figures.signalements.get(state, 0))
        for step in Step:
            self._erasures.labels(step.name.lower()).set(figures.erasures.get(step, 0))
        self._waiting.set(_seconds_since(figures.waiting_since, now))
        self._content.set(_seconds_since(figures.content_since, now))
        self._inbox.set(figures.inbox)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"veilleuse_{name}", what, labels, registry=self.registry)


def _seconds_since(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
