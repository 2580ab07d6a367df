"""gettext catalogs, read from their `.po` files at the start: what translators edit is what people read."""

import io
from gettext import GNUTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
DEFAULT_LANGUAGE = "fr"


def load_catalogs(locales: Path = LOCALES) -> dict[str, GNUTranslations]:
    """The catalogs by language code."""
    return {path.parent.parent.name: _compiled(path) for path in sorted(locales.glob("*/LC_MESSAGES/*.po"))}


def _compiled(path: Path) -> GNUTranslations:
    with path.open("rb") as source:
        catalog = read_po(source)
    machine_form = io.BytesIO()
    write_mo(machine_form, catalog)
    machine_form.seek(0)
    return GNUTranslations(machine_form)
