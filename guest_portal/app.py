"""Every route and middleware of the portal, on one screen."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from aiohttp import web
from aiohttp.typedefs import Middleware
from prometheus_client import CollectorRegistry

from appservice.config import PortalSettings, read_secrets
from appservice.internal_interface import AppserviceClient
from appservice.measuring import RequestMetrics, new_registry
from appservice.serving import Handler, faults_told
from appservice.world import SystemClock
from guest_portal.entry import Entry
from guest_portal.errors import Refusal, not_found
from guest_portal.exits import Departures
from guest_portal.handlers.asking import AskingHandlers
from guest_portal.handlers.assets import AssetHandlers
from guest_portal.handlers.leaving import LeavingHandlers
from guest_portal.handlers.opening import OpeningHandlers
from guest_portal.handlers.relaying import RelayHandlers
from guest_portal.handlers.showing import ShowingHandlers, page_answer
from guest_portal.headers import add_headers
from guest_portal.homeserver import GuestHomeserver, client_session
from guest_portal.page import ASSETS_PATH, Page, render_broken_page, render_pages
from guest_portal.serving import BROKEN_PAGE
from guest_portal.sessions import SessionSealer
from guest_portal.tickets import Tickets

_LAST_CHANCE = timedelta(seconds=10)


async def make_app(
    settings: PortalSettings,
    homeserver_address: str,
    now: Callable[[], datetime] | None = None,
    metrics: CollectorRegistry | None = None,
) -> web.Application:
    """The portal; `now` is the machine's clock unless another is given; requests are counted in `metrics`.

    Raises `ConfigurationError`.
    """
    session_keys = read_secrets(settings.session_keys_file)
    sealer = SessionSealer(session_keys, settings.session_lasts_for)
    token = read_secrets(settings.appservice_token_file)[0]
    showing = ShowingHandlers(render_pages(settings.neutral_address))
    assets = AssetHandlers()

    session = client_session()
    homeserver = GuestHomeserver(session, homeserver_address)
    departures = Departures(homeserver)
    clock = now or SystemClock().now
    entry = Entry(settings, session_keys, clock)
    appservice = AppserviceClient(session, settings.appservice, token)
    tickets = Tickets(session_keys, settings.session_lasts_for, clock)
    opening = OpeningHandlers(appservice, homeserver, sealer, entry, tickets)
    asking = AskingHandlers(appservice, tickets)
    leaving = LeavingHandlers(departures, sealer)

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def close(_: web.Application) -> AsyncIterator[None]:
        yield
        await departures.finish(_LAST_CHANCE)
        await session.close()

    measured = RequestMetrics(metrics or new_registry(), "veilleuse_portal").middleware()
    broken = render_broken_page(settings.neutral_address)
    app = web.Application(middlewares=[measured, people_told(broken), faults_told, refusals])
    app[BROKEN_PAGE] = broken
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.append(close)
    app.router.add_get("/", showing.show)
    app.router.add_post("/", showing.choose)
    app.router.add_post("/exit", leaving.erase)
    app.router.add_get("/challenge", opening.challenge)
    app.router.add_post("/open", opening.open)
    app.router.add_post("/ready", opening.ready)
    app.router.add_post("/feedback", asking.count)
    app.router.add_get("/health", health)
    app.router.add_get(ASSETS_PATH + "{file}", assets.give)
    RelayHandlers(homeserver, sealer).register(app)
    return app


def people_told(page: Page) -> Middleware:
    """Where a person would meet an error, and not the page's script, there is `page` instead, of the same status."""

    @web.middleware
    async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        navigates = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if answer.status >= 400 and navigates and "text/html" in request.headers.get("Accept", ""):
            return page_answer(request, page, answer.status)
        return answer

    return tell


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Renders every refusal, in one form."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.answer()
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        if answer.status in (404, 405):
            return not_found().answer()
        return Refusal(answer.status, "M_UNKNOWN", answer.reason).answer()
