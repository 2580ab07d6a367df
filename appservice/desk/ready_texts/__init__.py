"""Ready-made texts about rights, numbers and what happens at a station, in the guest's language, for agents to copy."""

import tomllib
from functools import cache
from importlib.resources import files

from appservice.desk.commands.command import Language, TextLanguage
from appservice.desk.commands.plain_words import joined, nearest

NAMES: dict[str, dict[Language, str]] = {
    "rights": {"fr": "droits", "en": "rights"},
    "numbers": {"fr": "numéros", "en": "numbers"},
    "complaint": {"fr": "plainte", "en": "complaint"},
    "station": {"fr": "commissariat", "en": "station"},
    "association": {"fr": "association", "en": "association"},
    "evidence": {"fr": "preuves", "en": "evidence"},
    "urgent": {"fr": "urgence", "en": "urgent"},
    "erasure": {"fr": "effacement", "en": "erasure"},
    "goodbye": {"fr": "fin", "en": "goodbye"},
}
"""What agents call each text."""

LANGUAGES: tuple[TextLanguage, ...] = ("fr", "en", "es", "ar")

_TEXT_OF = {joined([name]): text for text, names in NAMES.items() for name in names.values()}


def named(name: str) -> list[str]:
    """The texts that a name may mean: one, or those whose names are like it, the best first, or none."""
    letters = joined([name])
    if letters in _TEXT_OF:
        return [_TEXT_OF[letters]]
    begun = {text for letters_of, text in _TEXT_OF.items() if len(letters) > 2 and letters_of.startswith(letters)}
    return sorted(begun) or list(dict.fromkeys(_TEXT_OF[near] for near in nearest(letters, _TEXT_OF)))


def ready_text(text: str, language: TextLanguage) -> str:
    """`text` is a key of `NAMES`."""
    return _texts(language)[text].strip()


@cache
def _texts(language: TextLanguage) -> dict[str, str]:
    file = files("appservice.desk.ready_texts") / f"{language}.toml"
    return {str(text): str(words) for text, words in tomllib.loads(file.read_text(encoding="utf-8")).items()}
