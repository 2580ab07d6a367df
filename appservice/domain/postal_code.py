"""A postal code, as a person gives it."""

import re
from dataclasses import dataclass

from appservice.domain.errors import InvalidInput

_FIVE_DIGITS = re.compile(r"[0-9]{5}")


@dataclass(frozen=True, slots=True)
class PostalCode:
    """Five digits. Whether such a code exists is not asked: a false one is accepted, it may protect somebody."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> "PostalCode":
        """Raises `InvalidInput` unless `text`, spaces aside, is five digits."""
        digits = re.sub(r"[\s\u00a0\u202f]", "", text)
        if not _FIVE_DIGITS.fullmatch(digits):
            raise InvalidInput("A postal code has five digits.")
        return cls(digits)
