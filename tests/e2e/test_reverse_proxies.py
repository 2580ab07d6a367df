"""The files for nginx and Caddy, loaded by nginx and Caddy: what they pass on, and what they keep to themselves."""

import asyncio
import datetime
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import BaseTestServer, TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appservice.embedded.process import Command, ManagedProcess
from appservice.world import SystemClock
from guest_portal.broken_page import main as write_broken_page
from guest_portal.headers import HEADERS
from tests.ports import free_ports
from tests.raw_http import told
from tests.unit.guest_portal.conftest import Backend, Portal, started_portal
from tests.waiting import until

DEPLOYMENT = Path(__file__).parents[2] / "docs" / "deployment"
PORTAL, MATRIX = "portal.example.org", "matrix.example.org"
VISITOR = "127.0.0.8"
"""Where requests come from: of everything on this machine nothing else does."""


class OnThisMachine(AbstractResolver):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        there: Any = {"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}
        return [there]

    async def close(self) -> None:
        pass


@dataclass
class Proxy:
    """One that runs, with one replica of the portal behind it, and another that is away."""

    client: aiohttp.ClientSession
    directory: Path
    http: int
    https: int

    trusted: ssl.SSLContext

    async def told(self, said: bytes, encrypted: bool = True) -> tuple[int, Mapping[str, str], str]:
        """Status, headers and body of what comes back to these very bytes until it hangs up."""
        tls: Mapping[str, Any] = {"ssl": self.trusted, "server_hostname": PORTAL} if encrypted else {}
        status, headers, body = await told(self.https, said, **tls)
        return status, headers, body.decode()

    def at(self, host: str, path: str) -> str:
        return f"https://{host}:{self.https}{path}"

    def written(self) -> str:
        """All that it has written anywhere."""
        files = (path for path in self.directory.rglob("*") if path.is_file() and path.suffix != ".pem")
        return "\n".join(path.read_text(errors="replace") for path in files)


class Start(Protocol):
    """Starts the proxy before a portal and a homeserver; the port `other` is that of the portal's other replica."""

    def __call__(
        self, portal: BaseTestServer, homeserver: BaseTestServer, other: int | None = None
    ) -> AbstractAsyncContextManager[Proxy]: ...


class Stub(TestServer):
    """In the place of a portal or a homeserver: remembers how it was asked."""

    def __init__(self) -> None:
        self.backend = Backend()
        super().__init__(self.backend.app())


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    server = Stub()
    async with server:
        yield server


def adapted(name: str, replaced: Mapping[str, str]) -> str:
    """A file for operators with its addresses and paths changed, as an operator does."""
    text = (DEPLOYMENT / name).read_text()
    for written, instead in replaced.items():
        assert written in text, written
        text = text.replace(written, instead)
    return text


def nginx(directory: Path, http: int, https: int, replaced: Mapping[str, str]) -> tuple[str, ...]:
    ports = {
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen [::]:80;": "",
        "listen 443 ssl;": f"listen 127.0.0.1:{https} ssl;",
        "listen [::]:443 ssl;": "",
        "/var/log/nginx": str(directory),
    }
    (directory / "site.conf").write_text(adapted("nginx.conf", {**replaced, **ports}))
    temporary = "".join(f"{kind}_temp_path {directory}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    # Around it what Debian's own file has: addresses are logged and answers compressed, unless a site says otherwise.
    (directory / "nginx.conf").write_text(
        f"daemon off; {'user root;' if os.geteuid() == 0 else ''} pid {directory}/pid; events {{}} http {{"
        f" access_log {directory}/access.log; error_log {directory}/error.log; gzip on; gzip_types *; gzip_proxied any;"
        f" {temporary} client_body_temp_path {directory}/body; include {directory}/site.conf; }}"
    )
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "apt-get install nginx-light"
    return program, "-e", f"{directory}/error.log", "-c", f"{directory}/nginx.conf"


def caddy(directory: Path, http: int, https: int, replaced: Mapping[str, str]) -> tuple[str, ...]:
    ports = {"admin off": f"admin off\n\thttp_port {http}\n\thttps_port {https}\n\tdefault_bind 127.0.0.1"}
    (directory / "Caddyfile").write_text(adapted("Caddyfile", {**replaced, **ports}))
    program = shutil.which("caddy")
    assert program, "apt-get install caddy"
    return program, "run", "--config", f"{directory}/Caddyfile", "--adapter", "caddyfile"


@asynccontextmanager
async def proxying(
    program: Callable[[Path, int, int, Mapping[str, str]], tuple[str, ...]],
    directory: Path,
    portal: BaseTestServer,
    homeserver: BaseTestServer,
    other: int | None = None,
) -> AsyncIterator[Proxy]:
    trusted = certificate(directory)
    http = free_ports(3)
    https, nobody = http + 1, http + 2
    replaced = {
        "127.0.0.1:8082": f"127.0.0.1:{other or nobody}",
        "127.0.0.1:8092": f"127.0.0.1:{portal.port}",
        "127.0.0.1:8008": f"127.0.0.1:{homeserver.port}",
        "/etc/ssl/veilleuse": str(directory),
        "/var/lib/veilleuse/www": str(directory),
    }
    write_broken_page(["--neutral-address", "https://neutral.example", str(directory / "broken.html")])
    command = Command(
        name=program.__name__,
        argv=program(directory, http, https, replaced),
        directory=directory,
        port=https,
        health=lambda: listens(https),
        output=directory / "output",
        environment={"HOME": str(directory), "XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)},
    )
    connector = aiohttp.TCPConnector(resolver=OnThisMachine(), local_addr=(VISITOR, 0), ssl=trusted)
    async with (
        ManagedProcess(command),
        aiohttp.ClientSession(connector=connector) as client,
    ):
        yield Proxy(client, directory, http, https, trusted)


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def certificate(directory: Path) -> ssl.SSLContext:
    """Writes a certificate of the two names, with its key; what trusts that one alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(PORTAL), x509.DNSName(MATRIX)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain = made.public_bytes(serialization.Encoding.PEM)
    (directory / "fullchain.pem").write_bytes(chain)
    (directory / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ssl.create_default_context(cadata=chain.decode())


@pytest.fixture(params=[nginx, caddy], ids=lambda program: program.__name__)
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Start:
    directory = tmp_path / "proxy"
    directory.mkdir()
    return partial(proxying, request.param, directory)


@pytest.fixture
async def proxy(start: Start, portal: Portal) -> AsyncIterator[Proxy]:
    """Before a portal."""
    async with start(portal.client.server, portal.homeserver_server) as proxy:
        yield proxy


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Portal]:
    async with started_portal(tmp_path) as portal:
        yield portal


NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
OF_A_PAGE_WITHOUT_SCRIPT = {
    name: HEADERS[name]
    for name in (
        "Cache-Control", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Referrer-Policy",
        "Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "X-Robots-Tag",
    )
}  # fmt: skip
OF_THE_CONNECTION = {"Date", "Server", "Connection", "Content-Length", "Transfer-Encoding"}


async def test_answers_pass_as_the_portal_gave_them(proxy: Proxy, portal: Portal) -> None:
    for path in ("/", "/exit", "/challenge", "/nowhere", "/assets/none.js"):
        for headers in ({"Accept-Encoding": "gzip, br"}, {"Accept-Encoding": "identity"} | NAVIGATION):
            direct = await portal.client.get(path, headers=headers)
            async with proxy.client.get(proxy.at(PORTAL, path), headers=headers) as passed:
                assert passed.status == direct.status
                assert meant(passed.headers) == meant(direct.headers)
                # Each challenge is another.
                assert path == "/challenge" or await passed.read() == await direct.read()


async def test_what_the_portal_does_not_compress_is_not_compressed(start: Start, stub: Stub) -> None:
    stub.backend.answers["long"] = (200, {"text": "secret " * 1000})
    async with start(stub, stub) as proxy:
        for host in (PORTAL, MATRIX):
            url = proxy.at(host, "/_matrix/client/long")
            async with proxy.client.get(url, headers={"Accept-Encoding": "gzip, br, zstd"}) as answer:
                assert "Content-Encoding" not in answer.headers
                assert len(await answer.read()) > 7000


async def test_a_long_poll_is_answered_when_there_is_something_to_say(proxy: Proxy, portal: Portal) -> None:
    session = await portal.open()
    portal.homeserver.held = asyncio.Event()
    url, token = proxy.at(PORTAL, "/_matrix/client/v3/sync?timeout=30000"), {"Authorization": f"Bearer {session}"}
    poll = asyncio.create_task(proxy.client.get(url, headers=token))
    await until(lambda: any(asked.path.endswith("/sync") for asked in portal.homeserver.asked))
    assert not poll.done()
    portal.homeserver.held.set()
    assert (await poll).status == 200


async def test_the_visitors_address_is_the_one_that_it_comes_from_and_is_written_nowhere(
    start: Start, stub: Stub
) -> None:
    lie = {"X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6"}
    async with start(stub, stub) as proxy:
        for host in (PORTAL, MATRIX):
            async with proxy.client.get(proxy.at(host, "/_matrix/client/versions"), headers=lie):
                assert stub.backend.asked[-1].headers["X-Forwarded-For"] == VISITOR
        async with proxy.client.get(f"http://{PORTAL}:{proxy.http}/", allow_redirects=False) as answer:
            assert answer.status in (301, 308)
            assert answer.headers["Location"].startswith(f"https://{PORTAL}")
        await stub.close()
        async with proxy.client.get(proxy.at(PORTAL, "/")) as answer:
            assert answer.status == 502
        assert VISITOR not in proxy.written()


async def test_a_body_larger_than_anything_meant_is_refused(start: Start, stub: Stub) -> None:
    async with start(stub, stub) as proxy:
        for host in (PORTAL, MATRIX):
            url = proxy.at(host, "/_matrix/client/upload")
            async with proxy.client.post(url, data=BytesIO(b"0" * 2**20)) as answer:
                assert (answer.status, len(stub.backend.asked[-1].body)) == (200, 2**20)
            asked = len(stub.backend.asked)
            async with proxy.client.post(url, data=BytesIO(b"0" * 21 * 2**20), expect100=True) as answer:
                assert answer.status == 413
                if host == PORTAL:
                    assert_is_the_broken_page(answer.headers, await answer.text())
            assert len(stub.backend.asked) == asked


@asynccontextmanager
async def hanging_up() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A replica that dies whenever it is asked something; its port, and the first line of what it was asked."""
    asked: list[bytes] = []

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(die, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


async def test_what_is_posted_reaches_a_replica_though_the_other_is_away(start: Start, stub: Stub) -> None:
    async with start(stub, stub) as proxy:
        for _ in range(4):
            async with proxy.client.post(proxy.at(PORTAL, "/open"), data=b"{}") as answer:
                assert answer.status == 200
    assert [(asked.path, asked.body) for asked in stub.backend.asked] == 4 * [("/open", b"{}")]


async def test_what_one_replica_has_been_sent_is_not_sent_to_the_other(start: Start, stub: Stub) -> None:
    async with hanging_up() as (port, asked), start(stub, stub, port) as proxy:
        statuses = []
        while not asked:
            async with proxy.client.post(proxy.at(PORTAL, "/open"), data=b"{}") as answer:
                statuses.append(answer.status)
    assert statuses == [*(200 for _ in stub.backend.asked), 502]


@pytest.mark.parametrize("start", [nginx], indirect=True)
async def test_an_exit_that_one_replica_has_been_sent_and_not_answered_is_brought_to_the_other(
    start: Start, stub: Stub
) -> None:
    async with hanging_up() as (port, asked), start(stub, stub, port) as proxy:
        while not asked:
            async with proxy.client.post(proxy.at(PORTAL, "/exit"), data=b"session") as answer:
                assert answer.status == 200
    assert (stub.backend.asked[-1].path, stub.backend.asked[-1].body) == ("/exit", b"session")


async def test_while_no_replica_answers_there_are_the_numbers_and_the_way_out(proxy: Proxy, portal: Portal) -> None:
    await portal.client.server.close()
    unless_known = {"If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT", "If-None-Match": "*", "Range": "bytes=0-9"}
    for method, asked in (("GET", NAVIGATION), ("GET", NAVIGATION | unless_known), ("POST", NAVIGATION)):
        async with proxy.client.request(method, proxy.at(PORTAL, "/"), headers=asked) as answer:
            assert answer.status in (502, 503)
            assert_is_the_broken_page(answer.headers, await answer.text())


def assert_is_the_broken_page(headers: Mapping[str, str], page: str) -> None:
    """With what the portal's answers carry, and nothing that a cache could compare."""
    assert all(number in page for number in ("tel:17", "tel:112", "https://neutral.example"))
    assert {name: headers.get(name) for name in OF_A_PAGE_WITHOUT_SCRIPT} == OF_A_PAGE_WITHOUT_SCRIPT
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'", "the rest is in the page"
    assert not {"Last-Modified", "Etag", "Accept-Ranges"} & set(headers)


REQUEST, HOST = b"%s / HTTP/1.1\r\n", b"Host: portal.example.org\r\nConnection: close\r\n"
NO_REQUEST = {
    "a header that is too long": REQUEST % b"GET" + HOST + b"X-A: " + b"telltale" * 5000 + b"\r\n\r\n",
    "an address that is too long": b"GET /" + b"telltale" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a length that is none": REQUEST % b"POST" + HOST + b"Content-Length: telltale\r\n\r\n",
    "a method that is not taken": REQUEST % b"TRACE" + HOST + b"\r\n",
    "a way to send a body that there is not": REQUEST % b"POST" + HOST + b"Transfer-Encoding: telltale\r\n\r\n",
}


@pytest.mark.parametrize("start", [nginx], indirect=True)
async def test_what_is_no_request_is_answered_with_the_numbers_and_the_way_out_too(start: Start, stub: Stub) -> None:
    """By nginx; Caddy answers in a word, which no setting reaches."""
    async with start(stub, stub) as proxy:
        for name, said in NO_REQUEST.items():
            status, headers, page = await proxy.told(said)
            assert 400 <= status < 600, name
            assert_is_the_broken_page(headers, page)
            assert "telltale" not in page
        status, headers, page = await proxy.told(REQUEST % b"GET" + HOST + b"\r\n", encrypted=False)
        assert status == 400
        assert_is_the_broken_page(headers, page)


async def test_of_synapse_what_agents_need_is_reached_and_nothing_else(start: Start, stub: Stub) -> None:
    async with start(stub, stub) as proxy:
        for path, status in (
            ("/_matrix/client/versions", 200),
            ("/.well-known/matrix/client", 200),
            ("/_synapse/client/veilleuse/v1/status", 404),
            ("/_synapse/admin/v1/server_version", 404),
            ("/", 404),
        ):
            async with proxy.client.get(proxy.at(MATRIX, path)) as answer:
                assert answer.status == status, path


def meant(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name not in OF_THE_CONNECTION}
