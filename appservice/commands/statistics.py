"""`statistics`: how many signalements there were, or what people answered after them, fit to be published."""

import argparse
import asyncio
import csv
import sys
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from appservice.commands.registering import Commands, command
from appservice.config import load_settings
from appservice.domain.errors import ConfigurationError
from appservice.world import SystemClock, SystemRandomness

if TYPE_CHECKING:
    from appservice.domain.disclosure import Publication
    from appservice.usecases.publish_statistics import Edition, Week

_SUPPRESSED = "s"
_UNKNOWN = "unknown"
_TOTAL = "total"
_STANDARD_OUTPUT = Path("-")


def register(commands: Commands) -> None:
    statistics = command(
        commands,
        "statistics",
        _statistics,
        "signalements by department and week, small numbers suppressed (s), the others rounded to five",
    )
    statistics.add_argument(
        "--feedback", action="store_true", help="instead: what people answered when asked whether it helped, by week"
    )
    statistics.add_argument(
        "--from", dest="first", type=date.fromisoformat, required=True, metavar="DATE", help="a Monday"
    )
    statistics.add_argument(
        "--to", dest="last", type=date.fromisoformat, required=True, metavar="DATE", help="a Sunday, itself included"
    )
    statistics.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        nargs="?",
        const=_STANDARD_OUTPUT,
        help="as CSV, to standard output or a file",
    )


def _statistics(arguments: argparse.Namespace) -> None:
    if arguments.csv not in (None, _STANDARD_OUTPUT):
        _opened(arguments.csv, "a").close()  # before the record knows of a publication: it can be written
    edition = asyncio.run(_counted(arguments.config, arguments.first, arguments.last, arguments.feedback))
    statistics = edition.table
    if edition.draft is not None:
        print(f"A draft, not to be published, and not noted as published. {edition.draft}", file=sys.stderr)
    what = "answer" if arguments.feedback else "department"
    if arguments.csv is None:
        for row in _rows(what, statistics):
            print("  ".join(f"{cell:>9}" for cell in row))
        return
    if arguments.csv == _STANDARD_OUTPUT:
        _write(what, statistics, sys.stdout)
        return
    with _opened(arguments.csv) as file:
        _write(what, statistics, file)
    print(f"Wrote {arguments.csv}: {statistics.suppressed} numbers are suppressed.")


def _opened(path: Path, mode: str = "w") -> IO[str]:
    try:
        return path.open(mode, encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}.") from None


async def _counted(config: Path, first: date, last: date, feedback: bool) -> "Edition[Any]":
    from appservice.desk.keepsake import Keepsake
    from appservice.domain.audit.pseudonyms import Pseudonyms
    from appservice.domain.audit.values import Department
    from appservice.store.audit import AUDIT_KEYS, KeyFiles, SqlAuditLog
    from appservice.store.database import Database
    from appservice.store.feedback import SqlFeedbackCounts
    from appservice.usecases.publish_feedback import PublishFeedback
    from appservice.usecases.publish_statistics import PublishStatistics, whole_weeks

    clock = SystemClock()
    whole_weeks(first, last, clock.now())
    settings = load_settings(config)
    departments = [Department(code) for code in settings.routing().territory.departments]
    key = bytes.fromhex(Keepsake(settings.appservice.data_directory / "statistics").secret("key"))
    pseudonyms = Pseudonyms(KeyFiles(settings.appservice.data_directory / AUDIT_KEYS), SystemRandomness())
    database = Database(settings.appservice.database)
    await database.start()
    try:
        audit = SqlAuditLog(database, pseudonyms, clock)
        if feedback:
            return await PublishFeedback(SqlFeedbackCounts(database), audit, clock, key)(first, last)
        return await PublishStatistics(audit, clock, departments, key)(first, last)
    finally:
        await database.stop()


def _write(what: str, statistics: "Publication[Any, Week]", out: IO[str]) -> None:
    csv.writer(out, lineterminator="\n").writerows(_rows(what, statistics))


def _rows(what: str, statistics: "Publication[Any, Week]") -> list[list[str]]:
    from appservice.domain.disclosure import TOTAL

    def name(of: object) -> str:
        return _TOTAL if of is TOTAL else _UNKNOWN if of is None else str(of)

    heading = [what, *map(name, statistics.columns)]
    shown = {cell: _SUPPRESSED if count is None else str(count) for cell, count in statistics.counts.items()}
    return [heading, *([name(row), *(shown[row, column] for column in statistics.columns)] for row in statistics.rows)]
