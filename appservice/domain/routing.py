"""From a postal code to the desk that answers. There is always an answer."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appservice.domain.errors import ConfigurationError, InvalidInput
from appservice.domain.ids import DeskId

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

    @property
    def department(self) -> str:
        """By the code's prefix: two digits, three overseas, in Corsica `2A` (200, 201) or `2B` (202 and above)."""
        if self.digits.startswith(("97", "98")):
            return self.digits[:3]
        if self.digits.startswith("20"):
            return "2A" if self.digits[2] in "01" else "2B"
        return self.digits[:2]


class Routing:
    """Which desk serves which department. Departments that no desk names belong to the desk of last resort."""

    def __init__(self, served: Mapping[DeskId, Iterable[str]], last_resort: DeskId) -> None:
        """Raises `ConfigurationError` when two desks claim a department, or the last resort is no desk."""
        if last_resort not in served:
            raise ConfigurationError(f"The desk of last resort, {last_resort!r}, is not among the desks.")
        self._last_resort = last_resort
        self._desk_of: dict[str, DeskId] = {}
        for desk, departments in served.items():
            for department in departments:
                other = self._desk_of.setdefault(department, desk)
                if other != desk:
                    raise ConfigurationError(f"Department {department} is served by two desks, {other!r} and {desk!r}.")

    def desk_for(self, postal_code: PostalCode) -> DeskId:
        return self._desk_of.get(postal_code.department, self._last_resort)
