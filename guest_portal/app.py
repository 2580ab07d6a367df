"""Every route and middleware of the portal, on one screen."""

from collections.abc import AsyncIterator
from datetime import timedelta

from aiohttp import web
from babel import negotiate_locale

from appservice.config import PortalSettings, read_secrets
from appservice.internal_interface import AppserviceClient
from appservice.serving import Handler, faults_told
from guest_portal.errors import Refusal, not_found
from guest_portal.exits import Departures
from guest_portal.handlers.leaving import LeavingHandlers
from guest_portal.handlers.opening import OpeningHandlers
from guest_portal.handlers.relaying import RelayHandlers
from guest_portal.homeserver import GuestHomeserver, client_session
from guest_portal.page import ASSETS_PATH, STATIC, render_pages
from guest_portal.sessions import SessionSealer
from guest_portal.translations import DEFAULT_LANGUAGE

_LAST_CHANCE = timedelta(seconds=10)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self';"
        " img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


async def make_app(settings: PortalSettings, homeserver_address: str) -> web.Application:
    """The portal. Raises `ConfigurationError`."""
    sealer = SessionSealer(read_secrets(settings.session_keys_file), settings.session_lasts_for)
    token = read_secrets(settings.appservice_token_file)[0]
    pages = render_pages()

    session = client_session()
    homeserver = GuestHomeserver(session, homeserver_address)
    departures = Departures(homeserver)
    opening = OpeningHandlers(AppserviceClient(session, settings.appservice, token), homeserver, sealer)
    leaving = LeavingHandlers(departures, sealer, settings.neutral_address)

    async def page(request: web.Request) -> web.Response:
        response = web.Response(text=pages[_language(request, list(pages))], content_type="text/html")
        response.enable_compression()  # nothing secret is in the page, so its length tells nothing
        return response

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def close(_: web.Application) -> AsyncIterator[None]:
        yield
        await departures.finish(_LAST_CHANCE)
        await session.close()

    app = web.Application(middlewares=[faults_told, refusals])
    app.on_response_prepare.append(_add_headers)
    app.cleanup_ctx.append(close)
    app.router.add_get("/", page)
    app.router.add_get("/exit", leaving.depart)
    app.router.add_post("/exit", leaving.erase)
    app.router.add_post("/open", opening.open)
    app.router.add_post("/ready", opening.ready)
    app.router.add_get("/health", health)
    app.router.add_static(ASSETS_PATH, STATIC)
    RelayHandlers(homeserver, sealer).register(app)
    return app


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Renders every refusal, in one form."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.answer()
    except web.HTTPException as answer:
        if answer.status in (404, 405):
            return not_found().answer()
        raise


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers.popall("Server", None)


def _language(request: web.Request, available: list[str]) -> str:
    """The first of the browser's languages that there is a page for, French otherwise."""
    wanted = [part.partition(";")[0].strip() for part in request.headers.get("Accept-Language", "").split(",")]
    return negotiate_locale([w for w in wanted if w and w != "*"], available, sep="-") or DEFAULT_LANGUAGE
