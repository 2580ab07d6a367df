"""`GET /` and `POST /`: the page. A language or a leaf is chosen by a form's body, so that no address ever tells it."""

from urllib.parse import parse_qs

from aiohttp import web

from guest_portal.page import FIRST_LEAF, LEAVES, Page, Pages
from guest_portal.preferences import preferred
from guest_portal.requests import read_limited
from guest_portal.translations import DEFAULT_LANGUAGE

_CHOICE_LIMIT_BYTES = 512


class ShowingHandlers:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._languages = sorted({language for language, _ in pages})

    async def show(self, request: web.Request) -> web.Response:
        return page_answer(request, self._pages[self._preferred(request), FIRST_LEAF])

    async def choose(self, request: web.Request) -> web.Response:
        """The page in the language and at the leaf that the form names; what is not known is passed over."""
        body = await read_limited(request, _CHOICE_LIMIT_BYTES)
        chosen = parse_qs(body.decode("ascii", errors="replace"))
        language = chosen.get("language", [""])[-1]
        leaf = chosen.get("leaf", [""])[-1]
        if language not in self._languages:
            language = self._preferred(request)
        return page_answer(request, self._pages[language, leaf if leaf in LEAVES else FIRST_LEAF])

    def _preferred(self, request: web.Request) -> str:
        """The dearest of the browser's languages that there is a page for, French otherwise."""
        wanted = (tag.partition("-")[0] for tag in preferred(request.headers.getall("Accept-Language", ())))
        return next((language for language in wanted if language in self._languages), DEFAULT_LANGUAGE)


def page_answer(request: web.Request, page: Page, status: int = 200) -> web.Response:
    body, encoding = page.in_one_of(preferred(request.headers.getall("Accept-Encoding", ())))
    headers = {"Vary": "Accept-Encoding, Accept-Language"}
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    if page.policy is not None:
        headers["Content-Security-Policy"] = page.policy
    return web.Response(status=status, body=body, headers=headers, content_type="text/html", charset="utf-8")
