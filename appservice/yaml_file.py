"""A YAML file that has to have a model's form: what has not is an error with its line and what to write instead."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from appservice.domain.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)


def load_yaml(path: Path, model: type[Model], example: str = "config.example.yaml") -> Model:
    """Raises `ConfigurationError`, one line a fault, each with the file's line. `example` has every key there is."""
    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}.") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ConfigurationError(f"{path}:{line}: {error.problem}.") from None
    try:
        return model.model_validate(document if document is not None else {})
    except ValidationError as errors:
        faults = [
            f"{path}:{_line(document, e['loc'])}: {_sentence(e['loc'], e['type'], e['msg'], example)}"
            for e in errors.errors()
        ]
        raise ConfigurationError("\n".join(faults)) from None


def _sentence(place: Sequence[int | str], kind: str, message: str, example: str) -> str:
    key = ".".join(str(part) for part in place) or "the file"
    match kind:
        case "extra_forbidden":
            return f"{key} is not a key that exists here; {example} names them all."
        case "missing":
            return f"{key} is missing."
        case "string_type":
            return f"{key} must be a text: write it in quotes."
    return f"{key}: {message.removeprefix('Value error, ')}."


def _line(document: Any, place: Sequence[int | str]) -> int:
    """The line, from 1, of the deepest part of `place` that is in the file."""
    line = 1
    for part in place:
        try:
            position = document.lc.item(part) if isinstance(part, int) else document.lc.key(part)
            document = document[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
        line = position[0] + 1
    return line
