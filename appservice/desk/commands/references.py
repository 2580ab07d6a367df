"""References as people type them: `k7qm42`, `K7QM-42`, `k7qm 42`."""

import re
from dataclasses import dataclass

from appservice.domain.ids import Reference
from appservice.domain.reference import LETTERS

_REFERENCE = re.compile(rf"(?<![\w@:#-])#?([{LETTERS}]{{4}})[\s.–-]{{0,2}}(\d{{2}})(?![\w-])", re.IGNORECASE)
# Four letters of which at least one is none of ours, and two digits: meant as a reference, and none that exists.
_ALIKE = re.compile(r"(?<![\w@:#-])#?([A-Z0-9]{4}[–-]\d{2}|(?=[A-Z0-9]*[A-Z])[A-Z0-9]{4}\d{2})(?![\w-])", re.IGNORECASE)


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
        alike = _ALIKE.search(text)
        return Rest(None, _tidy(text), alike[1] if alike else None)
    reference = Reference(f"{found[1]}-{found[2]}".upper())
    return Rest(reference, _tidy(text[: found.start()] + " " + text[found.end() :]))


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" ,;:-–→>").strip()
