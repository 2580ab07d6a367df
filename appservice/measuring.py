"""Metrics for Prometheus, on a listener of their own. No label holds an id, a code or an address.

There are as many series as there are routes, states and steps; a leaf, which the portal shares.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Middleware
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

from appservice.config import Listen
from appservice.serving import Handler, serve

METRICS_PATH = "/metrics"
LIVE_PATH = "/live"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


def new_registry() -> CollectorRegistry:
    """With memory, CPU time and open files of this process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


class RequestMetrics:
    """How many requests each route has answered, and how long that took."""

    def __init__(self, registry: CollectorRegistry, prefix: str) -> None:
        self._count = Counter(f"{prefix}_requests", "Requests answered", ["route", "status"], registry=registry)
        self._seconds = Histogram(
            f"{prefix}_request_seconds", "Time to an answer", ["route"], buckets=_SECONDS, registry=registry
        )
        self._under_way = Gauge(f"{prefix}_requests_under_way", "Requests not answered yet", registry=registry)

    def middleware(self) -> Middleware:
        @web.middleware
        async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource = request.match_info.route.resource
            route = "none" if resource is None else resource.canonical
            status = 500
            with self._under_way.track_inprogress(), self._seconds.labels(route).time():
                try:
                    answer = await handler(request)
                    status = answer.status
                    return answer
                except web.HTTPException as raised:
                    status = raised.status
                    raise
                finally:
                    self._count.labels(route, f"{status // 100}xx").inc()

        return measure


@asynccontextmanager
async def serving_metrics(
    listen: Listen, registry: CollectorRegistry, refreshed: Callable[[], Awaitable[None]] | None = None
) -> AsyncIterator[None]:
    """Serves `/metrics`, each time after `refreshed`, and `/live`, which answers 200 while the process does.

    Raises `ConfigurationError` if the port is occupied.
    """

    async def metrics(_: web.Request) -> web.Response:
        if refreshed is not None:
            await refreshed()
        return web.Response(body=generate_latest(registry), content_type="text/plain", charset="utf-8")

    async def live(_: web.Request) -> web.Response:
        return web.json_response({"status": "live"})

    app = web.Application()
    app.router.add_get(METRICS_PATH, metrics)
    app.router.add_get(LIVE_PATH, live)
    async with serve(app, listen.host, listen.port):
        yield
