"""Telephone numbers as they are read and dialled in France."""

import re

# E.164's codes of France and of its overseas departments, whose own numbers all have nine digits.
_FRENCH = re.compile(r"\+(?:33|262|590|594|596)(\d)(\d{2})(\d{2})(\d{2})(\d{2})")


def dialled(phone: str) -> str:
    """`+33161080000` as `01 61 08 00 00`; what is no such number as it is: `3919`, a number abroad."""
    number = _FRENCH.fullmatch(phone)
    return " ".join([f"0{number[1]}", *number.groups()[1:]]) if number else phone
