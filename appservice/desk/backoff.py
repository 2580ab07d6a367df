"""How long to leave a homeserver alone that does not answer."""

import secrets

_FIRST = 0.5
_LONGEST = 30.0
_STEPS = 1 << 16


def pause_after(failures: int) -> float:
    """Seconds: doubles with each failure in a row, up to half a minute, and is drawn from the upper half of that.

    Drawn, so that the bots of a service do not come back in the same instant.
    """
    longest = min(_LONGEST, _FIRST * 2.0 ** min(failures - 1, 16))
    return longest * (0.5 + secrets.randbelow(_STEPS) / _STEPS / 2)
