"""References as people type them: `k7qm42`, `K7QM-42`, `k7qm 42`, `n° K7QM – 42`."""  # noqa: RUF002

import re
from dataclasses import dataclass

from appservice.domain.ids import Reference
from appservice.domain.reference import LETTERS

_DASHES = "‐‑‒–—−_-"  # noqa: RUF001 - what telephones and word processors make of a hyphen
_BEFORE = r"(?<![\w@:#-])(?:#|n\s?[°º]\s*)?"
REFERENCE = rf"#?[{LETTERS}]{{4}}[\s.{_DASHES}]{{0,3}}\d{{2}}(?![\w-])"
_REFERENCE = re.compile(rf"{_BEFORE}([{LETTERS}]{{4}})[\s.{_DASHES}]{{0,3}}(\d{{2}})(?![\w-])", re.IGNORECASE)
# Four letters of which at least one is none of ours, and two digits: meant as a reference, and none that exists.
_ALIKE = re.compile(
    rf"{_BEFORE}([A-Z0-9]{{4}}[{_DASHES}]\d{{2}}|(?=[A-Z0-9]*[A-Z])[A-Z0-9]{{4}}\d{{2}})(?![\w-])", re.IGNORECASE
)
_NAME_FROM = 2
"""Letters that are none of ours, from which what is written without a dash is rather a name: `Paul75`."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What follows the verb: the first reference in it, and all else."""

    reference: Reference | None
    text: str
    alike: str | None = None
    """What looks like a reference and can be none; only where there is no reference."""


def rest_of(text: str) -> Rest:
    found = _REFERENCE.search(text)
    if found is None:
        alike = next((each[1] for each in _ALIKE.finditer(text) if not _is_name(each[1])), None)
        return Rest(None, _tidy(text), alike)
    reference = Reference(f"{found[1]}-{found[2]}".upper())
    return Rest(reference, _tidy(text[: found.start()] + " " + text[found.end() :]))


def references_in(text: str) -> tuple[Reference, ...]:
    """All of them, each once, in order."""
    return tuple(dict.fromkeys(Reference(f"{head}-{tail}".upper()) for head, tail in _REFERENCE.findall(text)))


def _is_name(alike: str) -> bool:
    foreign = sum(letter not in LETTERS for letter in alike[:4].upper())
    return len(alike) == len("K7QM42") and foreign >= _NAME_FROM


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" ,;:-–→>").strip()
