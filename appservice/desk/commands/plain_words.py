"""Words without what people leave out in a hurry: case, accents, signs."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SIGNS = ".,;:!?…\"'«»“”‘’()[]*_`"  # noqa: RUF001 - typographic quotes are meant
_LONG = 8
_LONG_IF_MEANT = 5
"""Letters from which a word may have two slips in it: of any word, and of one that is surely meant for a verb."""
_ENGLISH = frozenset(
    "the i you my me we he she they please what which who how when where why is are do does can could would will want "
    "hello hi hey thanks thank this that it not need and to for with show tell give".split()
)


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


def language_of(words: Iterable[str]) -> Literal["fr", "en"]:
    """French, unless a word is English and nothing but English."""
    return "en" if any(bare(word) in _ENGLISH for word in words) else "fr"


def nearest(word: str, known: Iterable[str], at_most: int = 3, *, surely: bool = False) -> list[str]:
    """What `word` may be a slip of, the best first: one letter changed, missing, too many or swapped; two if it is
    long, or not very short and `surely` one of them. Each of `known` has four letters or more, or everything would be
    like it."""
    allowed = 2 if len(word) >= (_LONG_IF_MEANT if surely else _LONG) else 1
    found = process.extract(word, tuple(known), scorer=OSA.distance, score_cutoff=allowed, limit=at_most)
    return [each for each, _, _ in found]
