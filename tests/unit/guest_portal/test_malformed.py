"""What is no HTTP, word for word over a socket: it is answered as everything else is, and hears nothing of itself."""

import logging

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from appservice.serving import Handler
from guest_portal.headers import HEADERS
from guest_portal.page import render_broken_page
from guest_portal.serving import BROKEN_PAGE
from tests.raw_http import told
from tests.unit.guest_portal.conftest import Portal, PortalServer

PAGE = render_broken_page("https://neutral.example")
CHUNKED = b"POST /open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "a header that is too long": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"telltale" * 1100 + b"\r\n\r\n",
    "an address that is too long": b"GET /" + b"telltale" * 1100 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address that is none": b"GET http://[telltale HTTP/1.1\r\nHost: x\r\n\r\n",
    "a version that there is not": b"GET / HTTP/9.9telltale\r\nHost: x\r\n\r\n",
    "a header that is none": b"GET / HTTP/1.1\r\nHost: x\r\ntell tale: telltale\r\n\r\n",
    "a length that is none": b"POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: telltale\r\n\r\n",
    "a chunk that is none": CHUNKED + b"telltale\r\n",
    "a chunk that is none, after one": CHUNKED + b"1\r\na\r\ntelltale\r\n",
    "words": b"telltale telltale\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03telltale\r\n\r\n",
}


@pytest.mark.parametrize("said", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_no_http_is_answered_with_the_headers_the_numbers_and_the_way_out(
    portal: Portal, said: bytes
) -> None:
    status, headers, body = await told(portal.client.port, said)
    assert (status, body) == (400, PAGE.html)
    assert HEADERS | {"Content-Security-Policy": PAGE.policy} == {name: headers.get(name) for name in HEADERS}
    assert "Server" not in headers
    assert not any("telltale" in value for value in headers.values())


async def test_an_expectation_that_nobody_knows_is_answered_alike(portal: Portal) -> None:
    asked = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: telltale\r\n\r\n"
    status, headers, body = await told(portal.client.port, asked)
    assert (status, body) == (417, PAGE.html)
    assert headers.keys() >= HEADERS.keys()
    assert "Server" not in headers


async def test_a_body_that_is_not_encoded_as_it_says_is_refused(portal: Portal) -> None:
    asked = b"POST /open HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\ntelltale"
    status, headers, body = await told(portal.client.port, asked)
    assert (status, headers.keys() >= HEADERS.keys()) == (400, True)
    assert b"M_BAD_JSON" in body
    assert b"telltale" not in body


async def test_a_fault_where_no_middleware_sees_it_is_answered_alike_and_logged_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @web.middleware
    async def outermost(request: web.Request, handler: Handler) -> web.StreamResponse:
        raise ValueError("telltale")

    app = web.Application(middlewares=[outermost])
    app[BROKEN_PAGE] = PAGE
    async with TestClient(PortalServer(app)) as client:
        answer = await client.get("/")
        assert (answer.status, await answer.read()) == (500, PAGE.html)
        assert HEADERS.keys() <= set(answer.headers)
    assert "ValueError at" in caplog.text
    assert "telltale" not in caplog.text
    assert logging.ERROR == max(record.levelno for record in caplog.records)
