"""An export is as many files as it takes, each to be read by itself."""

import csv
from io import StringIO

import pytest

from appservice.domain.audit.chain import START, StoredEntry, append
from appservice.domain.audit.events import Recheck
from appservice.domain.audit.values import SERVICE
from policies.compliance_bot.exporting import files_of, lines_of
from tests.fakes.world import START as NOW

ENTRIES = [append(START, NOW, SERVICE, Recheck(number, 0)) for number in range(10)]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_long_export_is_parted_between_lines_and_nothing_is_lost(form: str) -> None:
    lines = list(lines_of(ENTRIES, form))
    files = list(files_of(lines, form, "2026-11-01", part=1_000))
    assert [name for name, _, _ in files[:3]] == [f"2026-11-01{number}.{form}" for number in ("", "-2", "-3")]
    assert all(len(content) <= 1_000 for _, _, content in files)
    texts = [content.decode() for _, _, content in files]
    if form == "csv":
        assert all(next(csv.reader(StringIO(text))) == list(StoredEntry._fields) for text in texts)
        texts = [text.partition("\n")[2] for text in texts]
    assert "".join(texts) == "".join(lines)


def test_an_export_of_nothing_is_a_file_too() -> None:
    ((name, mimetype, content),) = files_of([], "csv", "2026-11-01")
    assert (name, mimetype, content.count(b"\n")) == ("2026-11-01.csv", "text/csv", 1)
