"""The ministry's tables: CSV with a header, `;` between values, UTF-8 or Windows-1252, as a stream of rows."""

import codecs
import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from appservice.domain.errors import InvalidInput

_CHUNK = 1 << 16
_LONGEST_HEADER = 1 << 14
_ENCODINGS = ("utf-8-sig", "cp1252")
_SEPARATORS = (";", ",", "\t")


@dataclass(frozen=True, slots=True)
class Table:
    """A file whose header has been read."""

    path: Path
    encoding: str
    separator: str
    columns: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Each row with the number of the line on which it begins. A value that is missing at the end is empty."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self.separator)
            next(reader)
            line = reader.line_num + 1
            try:
                for values in reader:
                    if any(value.strip() for value in values):
                        padded = (*values, *("",) * (len(self.columns) - len(values)))
                        yield line, dict(zip(self.columns, padded, strict=False))
                    line = reader.line_num + 1
            except csv.Error as error:
                raise InvalidInput(f"{self.path.name}: line {line}: {error}. Nothing was taken.") from None


def open_table(path: Path, required: Collection[str]) -> Table:
    """Reads the header; its names are compared in lower case.

    Raises `InvalidInput` if the file cannot be read as text, or lacks a required column.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        header = file.readline(_LONGEST_HEADER)
    for separator in _SEPARATORS:
        columns = tuple(name.strip().lower() for name in next(csv.reader([header], delimiter=separator), []))
        if set(required) <= set(columns):
            return Table(path, encoding, separator, columns)
    missing = ", ".join(sorted(name for name in required if name not in header.lower()))
    raise InvalidInput(
        f"{path.name} is not the table it should be: "
        + (f"its first line does not name {missing}." if missing else "its first line has no separator that is known.")
    )


def _encoding(path: Path) -> str:
    """The first encoding in which the whole file makes sense; it is read once for each, and not kept."""
    for encoding in _ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    if b"\0" in chunk:
                        raise InvalidInput(f"{path.name} is not a text file. Unpack it, or export it as CSV in UTF-8.")
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        except OSError as error:
            raise InvalidInput(f"{path.name} cannot be read: {error.strerror}.") from None
        return encoding
    raise InvalidInput(f"{path.name} is written in neither UTF-8 nor Windows-1252.")
