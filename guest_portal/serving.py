"""The portal's server. What is no HTTP, or reaches no middleware, is answered as everything else is.

aiohttp by itself answers it with its own name and version, without our headers, and repeats what it stumbled on.
"""

from typing import Any

from aiohttp import web

from appservice.serving import log_fault
from guest_portal.headers import add_headers
from guest_portal.page import Page

BROKEN_PAGE = web.AppKey("BROKEN_PAGE", Page)
"""Where an application has the page that is shown instead."""


class PortalRunner(web.AppRunner):
    """Runs an application that has a `BROKEN_PAGE`."""

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server(), self.app[BROKEN_PAGE])


class _Server(web.Server):
    """Like `usual`, but for what `usual` would say by itself."""

    def __init__(self, usual: web.Server, page: Page) -> None:
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            try:
                return await usual.request_handler(request)
            except web.HTTPException as answer:  # what comes before any middleware: 417
                return _Answer(page, answer.status)

        super().__init__(
            handle,
            request_factory=usual.request_factory,
            handler_cancellation=usual.handler_cancellation,
            loop=usual._loop,
            **usual._kwargs,
        )
        self._page = page

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._page, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    __slots__ = ("_page",)

    def __init__(self, server: web.Server, page: Page, **options: Any) -> None:
        super().__init__(server, **options)
        self._page = page

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Of a request that is none, or a fault outside the middlewares.

        Raises `ConnectionError` if a part of an answer is sent already.
        """
        if exc is not None and status >= 500:
            log_fault(exc)
        if request.writer.output_size > 0:
            raise ConnectionError("A part of the answer is sent already.")
        answer = _Answer(self._page, status)
        answer.force_close()
        return answer


class _Answer(web.Response):
    """The headers are added here: where there is no route, aiohttp asks no application about them."""

    def __init__(self, page: Page, status: int) -> None:
        super().__init__(status=status, body=page.html, content_type="text/html", charset="utf-8")
        if page.policy is not None:
            self.headers["Content-Security-Policy"] = page.policy

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        assert self._req is not None  # noqa: S101 aiohttp has set it
        await add_headers(self._req, self)
