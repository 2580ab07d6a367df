"""One record after the other from a JSON file that is too large to be held."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from appservice.domain.errors import InvalidInput

_CHUNK = 1 << 18
_LONGEST_RECORD = 1 << 23
_BETWEEN = re.compile(r"[\s,]*")


def records(path: Path, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of `{"key": [{…}, …]}`, or of `[{…}, …]`, each with the line on which it begins.

    Raises `InvalidInput` if the file is not UTF-8, is not such a list, or breaks off.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            yield from _records(file, path.name, key)
    except UnicodeDecodeError:
        raise InvalidInput(f"{path.name} is not written in UTF-8: unpack it, if it is an archive.") from None
    except OSError as error:
        raise InvalidInput(f"{path.name} cannot be read: {error.strerror}.") from None


def _records(file: TextIO, name: str, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    decoder = json.JSONDecoder()
    buffer = file.read(_CHUNK)
    beginning = re.match(r'\s*(?:\{\s*"' + re.escape(key) + r'"\s*:\s*)?\[', buffer)
    if beginning is None:
        raise InvalidInput(f"{name} is not the file it should be: it does not begin with a list named {key!r}.")
    line, at = 1 + buffer.count("\n", 0, beginning.end()), beginning.end()
    while True:
        between = _BETWEEN.match(buffer, at)
        end = between.end() if between else at
        line, at = line + buffer.count("\n", at, end), end
        if buffer.startswith("]", at):
            return
        try:
            record, end = decoder.raw_decode(buffer, at)
        except json.JSONDecodeError:
            more = file.read(_CHUNK)
            if not more or len(buffer) - at > _LONGEST_RECORD:
                raise InvalidInput(f"{name}, line {line}: the list breaks off, or is no JSON.") from None
            buffer, at = buffer[at:] + more, 0
            continue
        if not isinstance(record, dict):
            raise InvalidInput(f"{name}, line {line}: the list has something in it that is no record.")
        yield line, record
        line, at = line + buffer.count("\n", at, end), end
