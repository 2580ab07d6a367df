"""The page, rendered once for each language when the portal starts: it is the same for everybody."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from appservice.domain.errors import ConfigurationError
from guest_portal.translations import load_catalogs

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
ASSETS_PATH = "/assets/"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Emergency and help lines. 114: by SMS, for those who cannot speak or hear."""

    police: str = "17"
    europe: str = "112"
    sms: str = "114"
    women: str = "3919"


def asset_addresses(static: Path = STATIC) -> dict[str, str]:
    """The built files' addresses by their logical names. Raises `ConfigurationError`."""
    try:
        manifest: Mapping[str, str] = json.loads((static / "manifest.json").read_text())
    except OSError:
        raise ConfigurationError("The page is not built: run `make page`.") from None
    return {name: ASSETS_PATH + file for name, file in manifest.items()}


def render_pages(static: Path = STATIC) -> dict[str, str]:
    """The page's HTML by language code. Raises `ConfigurationError`."""
    pages = {}
    assets = asset_addresses(static)
    for language, catalog in load_catalogs().items():
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            extensions=["jinja2.ext.i18n"],
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.install_gettext_translations(catalog, newstyle=True)  # type: ignore[attr-defined]
        pages[language] = environment.get_template("page.html").render(
            language=language,
            direction=Locale.parse(language).text_direction,
            assets=assets,
            numbers=Numbers(),
        )
    return pages
