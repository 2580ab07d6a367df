"""A postal code, as a person gives it."""

import re
import unicodedata
from dataclasses import dataclass

from appservice.domain.errors import InvalidInput

_FIVE_DIGITS = re.compile(r"[0-9]{5}")
_NO_PLACE = "00000"


@dataclass(frozen=True, slots=True)
class PostalCode:
    """Five digits. Whether such a code exists is not asked: a false one is accepted, it may protect somebody."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> "PostalCode":
        """Raises `InvalidInput` unless `text`, spaces aside, is five digits of one script or another."""
        digits = "".join(str(unicodedata.decimal(each, each)) for each in "".join(text.split()))
        if not _FIVE_DIGITS.fullmatch(digits):
            raise InvalidInput("A French postal code has five digits.")
        return cls(digits)

    @classmethod
    def as_given(cls, text: str) -> "PostalCode":
        """For somebody who may be abroad: what is no French code stands for no place, `00000`, and what was written is
        dropped. Raises `InvalidInput` only if nothing was written.
        """
        try:
            return cls.parse(text)
        except InvalidInput:
            if not text.strip():
                raise InvalidInput("Say a postal code; from abroad, any.") from None
            return cls(_NO_PLACE)
