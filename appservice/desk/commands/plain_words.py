"""Words without what people leave out in a hurry: case, accents, signs."""

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SIGNS = ".,;:!?…\"'«»“”‘’()[]*_`"  # noqa: RUF001 - typographic quotes are meant
_LONG = 8
"""Letters from which a word may have two slips in it."""


def plain(text: str) -> str:
    """Lower case, without accents: `Éprouvante` and `eprouvante` are one word."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


def bare(word: str) -> str:
    """Plain, without punctuation around it."""
    return plain(word).strip(_SIGNS + " ")


def joined(words: Iterable[str]) -> str:
    """The letters and digits alone: `fin de service`, `fin-de-service` and `findeservice` are one."""
    return re.sub(r"[\W_]+", "", "".join(map(plain, words)))


def nearest(word: str, known: Iterable[str], at_most: int = 3) -> list[str]:
    """What `word` may be a slip of, the best first: one letter changed, missing, too many or swapped; two if it is
    long. Each of `known` has four letters or more, or everything would be like it."""
    allowed = 2 if len(word) >= _LONG else 1
    found = process.extract(word, tuple(known), scorer=OSA.distance, score_cutoff=allowed, limit=at_most)
    return [each for each, _, _ in found]
