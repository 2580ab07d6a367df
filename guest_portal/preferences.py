"""What a browser would rather have: `Accept-Language`, `Accept-Encoding` (RFC 9110, 12.4.2 and 12.5)."""

import re
from collections.abc import Sequence

_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)


def preferred(lines: Sequence[str]) -> list[str]:
    """The names in a header's lines, in small letters, the dearest first, without those that are ruled out (`q=0`).

    Of equally dear ones the first comes first. A weight that cannot be read counts for nothing.
    """
    weighted: list[tuple[float, str]] = []
    for part in ",".join(lines).lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = _weight(parameters)
        if name and weight > 0:
            weighted.append((weight, name))
    return [name for _, name in sorted(weighted, key=lambda one: -one[0])]


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            written = _WEIGHT.fullmatch(parameter)
            return float(written[1]) if written else 0.0
    return 1.0
