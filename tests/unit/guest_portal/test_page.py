import gzip
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import brotli
import pytest
from babel.messages.pofile import read_po

from guest_portal.broken_page import main as write_broken_page
from guest_portal.page import LEAVES, STATIC, asset_addresses, render_broken_page, render_pages
from guest_portal.translations import LANGUAGE_NAMES, LOCALES
from tests.unit.guest_portal.conftest import Portal

NEUTRAL = "https://neutral.example"
DECOMPRESS: dict[str | None, Callable[[bytes], bytes]] = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
NAVIGATION = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}


class Outline(HTMLParser):
    """What a browser would make of a page: its elements, in order, and what it would fetch or run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def shape(self) -> list[tuple[str, str | None]]:
        return [(tag, attributes.get("id")) for tag, attributes in self.elements]

    def shown_leaf(self) -> str | None:
        (shown,) = (a for _, a in self.elements if "data-leaf" in a and "hidden" not in a)
        return shown["data-leaf"]

    def language(self) -> tuple[str | None, str | None]:
        return self.elements[0][1]["lang"], self.elements[0][1]["dir"]


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_every_sentence_is_translated_with_the_same_gaps(language: str) -> None:
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalog = read_po(file)
    said = {str(message.id): str(message.string) for message in catalog if message.id}
    with (LOCALES / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        assert said.keys() == {str(message.id) for message in read_po(file) if message.id}
    gaps = re.compile(r"%\(\w+\)s|\{\w+\}")
    wrong = [i for i, s in said.items() if not s or sorted(gaps.findall(i)) != sorted(gaps.findall(s))]
    assert wrong == []


def test_every_sentence_of_the_templates_is_in_the_catalogs(tmp_path: Path) -> None:
    pot = tmp_path / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", str(LOCALES / "babel.cfg")]
    subprocess.run([*command, "-o", str(pot), "."], check=True, cwd=LOCALES.parent)  # noqa: S603 our own arguments
    with pot.open("rb") as template, (LOCALES / "fr" / "LC_MESSAGES" / "messages.po").open("rb") as french:
        assert {message.id for message in read_po(template)} == {message.id for message in read_po(french)}


def test_the_pages_are_alike_but_for_their_words_so_that_words_can_be_swapped() -> None:
    pages = render_pages(NEUTRAL)
    assert pages.keys() == {(language, leaf) for language in LANGUAGE_NAMES for leaf in LEAVES}
    assert len({str(Outline(page.html.decode()).shape()) for page in pages.values()}) == 1


def test_no_line_of_the_french_page_begins_with_a_sign() -> None:
    assert re.findall(r"\w+ [;:!?»]|« \w+|[\d}] (?:h|min)\b", render_pages(NEUTRAL)["fr", "start"].html.decode()) == []


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", ("fr", "ltr")), ("en-GB,en;q=0.9", ("en", "ltr")), ("ar-MA,ar;q=0.9", ("ar", "rtl")),
        ("es", ("es", "ltr")), ("de,*;q=0.1", ("fr", "ltr")), ("EN-US", ("en", "ltr")), ("ES-es;q=0.8", ("es", "ltr")),
        ("Fr", ("fr", "ltr")), ("en;q=0.2, ar ; Q=0.9, es;q=0.5", ("ar", "rtl")), ("en;q=0, es;q=0.1", ("es", "ltr")),
        ("en;q=0.000", ("fr", "ltr")), ("en;q=much", ("fr", "ltr")), (",;,=;q", ("fr", "ltr")),
        ("zh-Hant-TW, AR-x-private;q=0.3", ("ar", "rtl")),
    ],
)  # fmt: skip
async def test_the_first_language_is_the_browser_s(portal: Portal, accepted: str, language: tuple[str, str]) -> None:
    answer = await portal.client.get("/", headers={"Accept-Language": accepted})
    assert Outline(await answer.text()).language() == language


@pytest.mark.parametrize("leaf", LEAVES)
async def test_without_a_script_a_language_and_a_leaf_are_chosen_by_a_form_whose_address_tells_nothing(
    portal: Portal, leaf: str
) -> None:
    answer = await portal.client.post("/", data={"language": "ar", "leaf": leaf}, allow_redirects=False)
    page = Outline(await answer.text())
    assert (answer.status, answer.url.path_qs, page.language(), page.shown_leaf()) == (200, "/", ("ar", "rtl"), leaf)
    forms = [attributes for tag, attributes in page.elements if tag == "form" and attributes["id"] != "composer-form"]
    assert {(form["method"], form["action"]) for form in forms} == {("post", "/")}


@pytest.mark.parametrize("body", [b"", b"language=xx&leaf=nowhere", b"\xff\xfe", b"language=../../etc", b"a=1&" * 30])
async def test_a_choice_that_is_not_known_shows_the_form(portal: Portal, body: bytes) -> None:
    answer = await portal.client.post("/", data=body, headers={"Accept-Language": "es"})
    page = Outline(await answer.text())
    assert (answer.status, page.language(), page.shown_leaf()) == (200, ("es", "ltr"), "start")


async def test_a_choice_is_limited_in_size(portal: Portal) -> None:
    assert (await portal.client.post("/", data=b"x" * 4096)).status == 413


async def test_numbers_and_the_way_out_are_in_the_page_itself_and_start_waits_for_the_script(portal: Portal) -> None:
    page = Outline(await (await portal.client.get("/")).text())
    links = {attributes.get("href"): attributes for tag, attributes in page.elements if tag == "a"}
    assert {"tel:17", "tel:112", "sms:114", "tel:3919", "tel:119", NEUTRAL} <= links.keys()
    assert links[NEUTRAL]["rel"] == "noreferrer"
    (start,) = (attributes for _, attributes in page.elements if attributes.get("data-testid") == "start")
    assert "disabled" in start, "a form sent by the browser itself would stay in its session history"


def test_while_waiting_and_at_the_end_numbers_are_links_and_tell_their_hours_and_where_they_answer() -> None:
    html = render_pages(NEUTRAL)["fr", "start"].html.decode()
    sections = re.findall(r'<section [^>]*data-view="([^"]*)".*?>(.*?)</section>', html, re.DOTALL)
    helping = {view: part for view, part in sections if "116006" in part}
    assert helping.keys() == {"waiting connected ended", "ended", "closed"}
    for part in helping.values():
        at_any_hour, _, at_hours = part.partition("Tous les jours, à certaines heures")
        assert re.findall(r"(?:tel|sms):\+?\d+", at_any_hour) == ["tel:17", "tel:112", "sms:114", "tel:3919", "tel:119"]
        for place, number in (("mainland", "116006"), ("overseas", r"\+33180523376")):
            assert re.search(rf'<li data-place="{place}"[^>]*><a href="tel:{number}">.*20\sh', at_hours)
        assert re.search(r"tel:3018.*23\sh", at_hours)


@pytest.mark.parametrize("path", ["/nothing", "/open", "/exit", "/_matrix/client/v3/sync"])
async def test_a_person_who_meets_an_error_finds_numbers_and_a_way_out(portal: Portal, path: str) -> None:
    answer = await portal.client.get(path, headers=NAVIGATION)
    text = await answer.text()
    assert answer.status >= 400
    assert answer.content_type == "text/html"
    assert {f'lang="{language}"' for language in LANGUAGE_NAMES} <= set(re.findall(r'lang="\w\w"', text))
    for needed in ("tel:17", "tel:112", "sms:114", "tel:3919", f'href="{NEUTRAL}"', 'href="/"'):
        assert needed in text


async def test_a_script_that_meets_an_error_is_told_in_its_own_form(portal: Portal) -> None:
    for headers in ({"Sec-Fetch-Mode": "cors", "Accept": "*/*"}, {"Sec-Fetch-Mode": "cors", "Accept": "text/html"}):
        answer = await portal.client.get("/nothing", headers=headers)
        assert (answer.status, (await answer.json())["errcode"]) == (404, "M_UNRECOGNIZED")


def test_the_page_for_the_proxy_needs_no_other_file_and_runs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "broken.html"
    command = [sys.executable, "-m", "guest_portal.broken_page", "--neutral-address", NEUTRAL, str(file)]
    subprocess.run(command, check=True)  # noqa: S603 our own arguments
    assert file.read_bytes() == render_broken_page(NEUTRAL).html
    page = Outline(file.read_text())
    assert not {tag for tag, _ in page.elements} & {"script", "img", "iframe", "object", "form"}
    assert [a["href"] for tag, a in page.elements if tag == "link"] == ["data:,"]
    assert re.findall(r"\bsrc=|url\(|@import|https?:(?!//neutral\.example)", file.read_text()) == []


def test_the_page_for_the_proxy_leads_to_no_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.html"
    with pytest.raises(SystemExit):
        write_broken_page(["--neutral-address", "javascript:alert(1)", str(file)])
    assert "begins with https://" in capsys.readouterr().err
    assert not file.exists()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("identity", None),
        ("", None),
        ("br;q=0, gzip", "gzip"),
        ("BR;q=0.2", "br"),
        ("br;q=0.0, gzip;q=0", None),
    ],
)
async def test_the_page_is_compressed_as_it_is_without(portal: Portal, accepted: str, encoding: str | None) -> None:
    page = render_pages(NEUTRAL)["fr", "start"]
    headers = {"Accept-Encoding": accepted}
    async with portal.client.get("/", headers=headers, auto_decompress=False) as answer:
        assert answer.headers.get("Content-Encoding") == encoding
        assert answer.headers["Vary"] == "Accept-Encoding, Accept-Language"
        assert DECOMPRESS[encoding](await answer.read()) == page.html


async def test_the_first_view_is_within_its_budget_in_every_language(portal: Portal) -> None:
    """What a browser fetches before the form is of use; and all of it, with what it fetches while the person reads."""
    sizes: dict[str, int] = {}
    for language in LANGUAGE_NAMES:
        headers = {"Accept-Encoding": "br, gzip", "Accept-Language": language}
        async with portal.client.get("/", headers=headers, auto_decompress=False) as answer:
            sizes[language] = len(await answer.read()) + sum(len(k) + len(v) + 4 for k, v in answer.headers.items())
    shown, read = 40_000, 1_600_000
    assets = {name: (STATIC / f"{Path(file).name}.br").stat().st_size for name, file in asset_addresses().items()}
    needed = [tag for tag, a in Outline(render_pages(NEUTRAL)["fr", "start"].html.decode()).elements if fetches(tag, a)]
    assert needed == ["link"], "the style; script and icon are in the page"
    assert max(sizes.values()) + assets["style"] < shown
    assert max(sizes.values()) + sum(assets.values()) < read


def fetches(tag: str, attributes: dict[str, str | None]) -> bool:
    address = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
    return address is not None and not address.startswith("data:")
