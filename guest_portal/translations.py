"""gettext catalogs, read from their `.po` files at the start: what translators edit is what people read.

But for the space that French has before some signs and units: it must not break, and is hard to type and to see.
"""

import io
import re
from gettext import GNUTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
DEFAULT_LANGUAGE = "fr"

_BOUND_SPACE = re.compile(r" (?=[;:!?»])|(?<=«) |(?<=[\d}]) (?=(?:h|min)\b)")

LANGUAGE_NAMES = {"fr": "Français", "en": "English", "es": "Español", "ar": "العربية"}
"""Each language's own name, in the order in which they are offered."""


def load_catalogs(locales: Path = LOCALES) -> dict[str, GNUTranslations]:
    """The catalogs by language code."""
    return {path.parent.parent.name: _compiled(path) for path in sorted(locales.glob("*/LC_MESSAGES/*.po"))}


def _compiled(path: Path) -> GNUTranslations:
    with path.open("rb") as source:
        catalog = read_po(source)
    if path.parent.parent.name == "fr":
        for message in catalog:
            if isinstance(message.string, str):
                message.string = _BOUND_SPACE.sub("\N{NO-BREAK SPACE}", message.string)
    machine_form = io.BytesIO()
    write_mo(machine_form, catalog)
    machine_form.seek(0)
    return GNUTranslations(machine_form)
