"""From the regular expression of an endpoint's path to paths that it matches: every way of writing it."""

import importlib
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

_parser: Any = importlib.import_module("re._parser")  # the standard library's, without a public name


def paths_of(pattern: str, values: Mapping[str, str]) -> list[str]:
    """All alternatives and options of the expression; groups named in `values` have that value, other text is `x`.

    Raises `AssertionError` for an expression that is not understood, so that none is left out silently.
    """
    parsed = _parser.parse(pattern)
    names = {number: name for name, number in parsed.state.groupdict.items()}
    paths = ["".join(parts) for parts in product(*_parts(parsed, names, values))]
    for path in paths:
        assert re.match(pattern, path), f"{path} was made from {pattern}"
    return paths


def _parts(parsed: Any, names: Mapping[int, str], values: Mapping[str, str]) -> Iterator[list[str]]:
    """For each piece of the expression, all that it can be."""
    for operation, argument in parsed:
        match str(operation):
            case "AT":
                continue
            case "LITERAL":
                yield [chr(argument)]
            case "IN" | "ANY" | "NOT_LITERAL":
                yield ["x"]
            case "SUBPATTERN":
                number, _, _, inside = argument
                name = names.get(number, "")
                yield [values[name]] if name in values else _all(inside, names, values)
            case "BRANCH":
                yield [path for branch in argument[1] for path in _all(branch, names, values)]
            case "MAX_REPEAT":
                least, most, inside = argument
                once = _all(inside, names, values)
                yield ["", *once] if (least, most) == (0, 1) else once
            case unknown:
                raise AssertionError(f"{unknown} in an endpoint's path")


def _all(parsed: Any, names: Mapping[int, str], values: Mapping[str, str]) -> list[str]:
    return ["".join(parts) for parts in product(*_parts(parsed, names, values))]
