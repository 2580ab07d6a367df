import base64
import hashlib
import re

import pytest

from guest_portal.page import asset_addresses
from tests.unit.guest_portal.conftest import GUEST, ROOM, Portal

PATHS = [
    *("/", "/exit", "/open", "/nothing", "/_matrix/client/v3/sync", "/health", "/challenge"),
    *("/assets/none.js", "/assets/", "/assets/manifest.json", *asset_addresses().values()),
]
WHAT_CACHES_COMPARE = {"ETag", "Last-Modified", "Accept-Ranges", "Age", "Expires"}
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}


def directives(policy: str) -> dict[str, str]:
    return {name: value for name, _, value in (part.strip().partition(" ") for part in policy.split(";"))}


@pytest.mark.parametrize("headers", [{}, NAVIGATION])
@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_carries_the_headers_and_no_cookie(
    portal: Portal, path: str, headers: dict[str, str]
) -> None:
    answer = await portal.client.get(path, headers=headers, allow_redirects=False)
    given = answer.headers
    assert given["Cache-Control"] == "no-store"
    assert given["Referrer-Policy"] == "no-referrer"
    assert given["Cross-Origin-Opener-Policy"] == "same-origin"
    assert given["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert given["Cross-Origin-Resource-Policy"] == "same-origin"
    assert given["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch(r"max-age=\d{8,}", given["Strict-Transport-Security"])
    assert not {"Set-Cookie", "Server", "Link", *WHAT_CACHES_COMPARE} & set(given)
    policy = directives(given["Content-Security-Policy"])
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert "unsafe-inline" not in given["Content-Security-Policy"]
    assert "'unsafe-eval'" not in given["Content-Security-Policy"]


async def test_two_scripts_and_webassembly_may_run_and_no_html_is_made_of_strings(portal: Portal) -> None:
    page = await portal.client.get("/")
    policy = directives(page.headers["Content-Security-Policy"])
    html = await page.text()
    (own,) = re.findall(r'<script type="module">(.*?)</script>', html, re.DOTALL)
    (engine,) = re.findall(r'data-engine-script="([^"]+)"', html)
    hashes = [hash_source(own.encode()), hash_source(await (await portal.client.get(engine)).read())]
    assert policy["script-src"] == f"{' '.join(hashes)} 'wasm-unsafe-eval'"
    assert (policy["style-src"], policy["connect-src"], policy["form-action"]) == ("'self'", "'self'", "'self'")
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "worker engine")
    assert policy["worker-src"] == "'self'"


def hash_source(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


async def test_no_feature_of_the_device_may_be_asked_for(portal: Portal) -> None:
    allowed = (await portal.client.get("/")).headers["Permissions-Policy"]
    assert {"camera=()", "microphone=()", "geolocation=()", "clipboard-read=()"} <= set(allowed.split(", "))
    assert all(feature.endswith("=()") for feature in allowed.split(", "))


async def test_nothing_is_compressed_where_a_secret_and_chosen_text_meet(portal: Portal) -> None:
    portal.homeserver.answers["sync"] = (200, {"next_batch": "s" * 4000})
    wanted = {"Accept-Encoding": "gzip, deflate, br"}
    asked = {"role": "victim", "postal_code": "78280", "proof": await portal.proof()}
    opened = await portal.client.post("/open", json=asked, headers=wanted)
    portal.session = (await opened.json())["session"]
    relayed = await portal.ask("GET", "/_matrix/client/v3/sync", headers=wanted)
    page = await portal.client.get("/", headers=wanted)
    assert "Content-Encoding" not in opened.headers
    assert "Content-Encoding" not in relayed.headers
    assert page.headers["Content-Encoding"] == "br", "the page is the same for everybody"
    assert not {GUEST, ROOM, portal.session} & set(re.findall(r"\S+", await page.text()))


async def test_assets_have_names_that_tell_nothing_and_come_compressed(portal: Portal) -> None:
    page = await (await portal.client.get("/")).text()
    assets = set(re.findall(r"/assets/[^\"]+", page))
    assert len(assets) == 4
    for asset in assets:
        assert re.fullmatch(r"/assets/[A-Z0-9]{8}\.(js|css|wasm)", asset)
        async with portal.client.get(asset, headers={"Accept-Encoding": "br, gzip"}, auto_decompress=False) as answer:
            assert answer.headers["Content-Encoding"] == "br"


async def test_an_asset_is_given_whole_though_a_browser_says_that_it_has_it(portal: Portal) -> None:
    address = asset_addresses()["style"]
    whole = await (await portal.client.get(address)).read()
    for condition in (
        {"If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"}, {"If-None-Match": "*"}, {"Range": "bytes=0-3"},
    ):  # fmt: skip
        answer = await portal.client.get(address, headers=condition)
        assert (answer.status, await answer.read()) == (200, whole)


async def test_what_assets_there_are_is_told_to_nobody(portal: Portal) -> None:
    for path in ("/assets/manifest.json", "/assets/", "/assets", "/assets/../templates/page.html", "/assets/%00"):
        assert (await portal.client.get(path)).status == 404


async def test_a_person_who_follows_a_false_address_of_an_asset_finds_the_way_out(portal: Portal) -> None:
    for path in ("/assets/", f"/assets/{'a' * 4000}"):
        answer = await portal.client.get(path, headers=NAVIGATION)
        assert (answer.status, answer.content_type) == (404, "text/html")
        assert "https://neutral.example" in await answer.text()
