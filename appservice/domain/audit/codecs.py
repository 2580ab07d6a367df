"""How the value of a field is checked, written as JSON and read again: one codec for each type that a field may have.

A type without a codec, such as `str`, stops the program where the kind of entry is defined. Reading raises
`ValueError`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from appservice.domain.audit.values import FORMS, written_key

LARGEST_NUMBER = 2**53 - 1
"""What every reader of JSON keeps exactly (RFC 8259, section 6)."""


@dataclass(frozen=True, slots=True)
class Codec:
    """`write` takes only what `accepts`; `read` is given any JSON value, and what it returns is accepted."""

    accepts: Callable[[Any], bool]
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def codec_for(annotation: Any) -> Codec:
    """Raises `TypeError` if a field cannot be of this type."""
    if annotation in FORMS:
        return _text(FORMS[annotation])
    if annotation is bool:
        return _as_it_is(lambda value: isinstance(value, bool))
    if annotation is int:
        return _as_it_is(_is_number)
    if annotation is date:
        return Codec(lambda value: type(value) is date, date.isoformat, _read_day)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _enumeration(annotation)
    if get_origin(annotation) in (Union, UnionType):
        (given,) = set(get_args(annotation)) - {NoneType}
        return _optional(codec_for(given))
    if get_origin(annotation) is tuple:
        key, number = get_args(get_args(annotation)[0])
        return _tally(codec_for(key), codec_for(number))
    raise TypeError(f"a field of an audit entry cannot be {annotation}")


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_NUMBER


def _unchanged(value: Any) -> Any:
    return value


def _as_it_is(accepts: Callable[[Any], bool]) -> Codec:
    def read(value: Any) -> Any:
        if not accepts(value):
            raise ValueError
        return value

    return Codec(accepts, _unchanged, read)


def _text(form: re.Pattern[str]) -> Codec:
    return _as_it_is(lambda value: isinstance(value, str) and form.fullmatch(value) is not None)


def _enumeration(members: type[Enum]) -> Codec:
    by_name = {member.value if issubclass(members, StrEnum) else written_key(member): member for member in members}

    def read(value: Any) -> Enum:
        if not isinstance(value, str) or value not in by_name:
            raise ValueError
        return by_name[value]

    names = {member: name for name, member in by_name.items()}
    return Codec(lambda value: isinstance(value, members), names.__getitem__, read)


def _read_day(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError
    return date.fromisoformat(value)


def _optional(given: Codec) -> Codec:
    return Codec(
        lambda value: value is None or given.accepts(value),
        lambda value: None if value is None else given.write(value),
        lambda value: None if value is None else given.read(value),
    )


def _tally(keys: Codec, numbers: Codec) -> Codec:
    """Pairs, in order of their names and each name once; in JSON an object."""

    def accepts(value: Any) -> bool:
        if not isinstance(value, tuple) or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in value):
            return False
        if not all(keys.accepts(key) and numbers.accepts(number) for key, number in value):
            return False
        names = [keys.write(key) for key, _ in value]
        return names == sorted(set(names))

    def read(value: Any) -> tuple[tuple[Any, int], ...]:
        if not isinstance(value, dict):
            raise ValueError
        return tuple((keys.read(key), numbers.read(number)) for key, number in sorted(value.items()))

    return Codec(accepts, lambda value: {keys.write(key): number for key, number in value}, read)
