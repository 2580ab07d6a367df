"""The page, rendered when the portal starts, once for each language and leaf: it is the same for everybody."""

import base64
import gzip
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import brotli
from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from appservice.domain.errors import ConfigurationError
from guest_portal.translations import DEFAULT_LANGUAGE, LANGUAGE_NAMES, load_catalogs

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
ASSETS_PATH = "/assets/"

FIRST_LEAF = "start"
LEAVES = (FIRST_LEAF, "trial", "young")
"""What can be read before a conversation: the form, how the exit works, words for the young."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Emergency and help lines of France. 114: by SMS, for those who cannot speak or hear."""

    police: str = "17"
    europe: str = "112"
    sms: str = "114"
    women: str = "3919"
    children: str = "119"
    online: str = "3018"
    victims: str = "116 006"
    victims_overseas: str = "+33 1 80 52 33 76"
    """In place of the other, which is not to be had outside metropolitan France."""


@dataclass(frozen=True, slots=True)
class Page:
    """HTML, the same for everybody. Nothing secret is in it, so its compressed length tells nothing."""

    html: bytes
    policy: str | None = None
    """The Content-Security-Policy of a page that brings its own style; None: the one of every answer."""

    def in_one_of(self, encodings: Collection[str]) -> tuple[bytes, str | None]:
        """The smallest form among those that a browser takes, and its name; None as it is.

        Compressed when it is first asked for: that takes longer than all else at the portal's start.
        """
        for name, compress in _COMPRESSED.items():
            if name in encodings:
                return compress(self.html), name
        return self.html, None


@cache
def _brotli(content: bytes) -> bytes:
    return bytes(brotli.compress(content, mode=brotli.MODE_TEXT))


@cache
def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


_COMPRESSED = {"br": _brotli, "gzip": _gzip}

Pages = Mapping[tuple[str, str], Page]


def asset_addresses(static: Path = STATIC) -> dict[str, str]:
    """The built files' addresses by their logical names. Raises `ConfigurationError`."""
    try:
        manifest: Mapping[str, str] = json.loads((static / "manifest.json").read_text())
    except OSError:
        raise ConfigurationError("The page is not built: run `make page`.") from None
    return {name: ASSETS_PATH + file for name, file in manifest.items()}


def render_pages(neutral_address: str, static: Path = STATIC) -> Pages:
    """The page by language code and leaf. Raises `ConfigurationError`."""
    catalogs = load_catalogs()
    renderer = _Renderer(catalogs)
    names = {language: LANGUAGE_NAMES[language] for language in sorted(catalogs, key=list(LANGUAGE_NAMES).index)}
    script, policy = _script_and_policy(static)
    given = {
        "languages": names,
        "script": script,
        "assets": asset_addresses(static),
        "neutral_address": neutral_address,
    }
    return {
        (language, leaf): _page(renderer.render("page.html", language, leaf=leaf, **given), policy)
        for language in catalogs
        for leaf in LEAVES
    }


def render_broken_page(neutral_address: str) -> Page:
    """What is shown when nothing else can be: numbers and a way out, in every language, in one file."""
    style = (TEMPLATES / "broken.css").read_text()
    policy = f"default-src 'none'; style-src {_hash_source(style)}; img-src data:; base-uri 'none'; form-action 'none'"
    catalogs = load_catalogs()
    renderer = _Renderer(catalogs)
    parts = [renderer.render("broken-part.html", language) for language in LANGUAGE_NAMES if language in catalogs]
    html = renderer.render(
        "broken.html", DEFAULT_LANGUAGE, parts=parts, style=style, policy=policy, neutral_address=neutral_address
    )
    return _page(html, f"{policy}; frame-ancestors 'none'")


def _script_and_policy(static: Path) -> tuple[str, str]:
    """The page's script, to be written in it, and the policy by which it and the encryption's are all that may run.

    Browsers keep a note on the device of each script that they run from an address, even if told to store nothing. Of
    one that is written in the page they do not. Raises `ConfigurationError`.
    """
    script, engine = ((static / Path(asset_addresses(static)[name]).name).read_text() for name in ("script", "crypto"))
    if "</script" in script:
        raise ConfigurationError("The page's script would end too early: build it again with another `esbuild`.")
    return script, page_policy(f"{_hash_source(script)} {_hash_source(engine)}")


def page_policy(scripts: str = "") -> str:
    """What an answer may run and fetch: of scripts, those from the sources `scripts`."""
    run = f"{scripts} 'wasm-unsafe-eval'" if scripts else "'none'"
    return (
        f"default-src 'none'; script-src {run}; worker-src 'self'; style-src 'self';"
        " connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types worker engine"
    )


def _hash_source(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _page(html: str, policy: str | None = None) -> Page:
    return Page(html.encode(), policy)


class _Renderer:
    """The templates, compiled once, in one language after the other."""

    def __init__(self, catalogs: Mapping[str, GNUTranslations]) -> None:
        self._catalogs = catalogs
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            extensions=["jinja2.ext.i18n"],
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, language: str, **given: Any) -> str:
        self._environment.install_gettext_translations(  # type: ignore[attr-defined]  # added by the extension
            self._catalogs[language], newstyle=True
        )
        direction = Locale.parse(language).text_direction
        return self._environment.get_template(template).render(
            given, language=language, direction=direction, numbers=Numbers()
        )
