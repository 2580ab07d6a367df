"""`make day`: a long day; its progress, a table at the end, and status 0 if nothing went wrong."""

import argparse
import asyncio
import sys

from appservice.embedded.installation import DatabaseKind
from tests.day.day import FastDay, Report
from tests.day.setting import set_up

_FAULTS_SHOWN = 20


def _say(text: str) -> None:
    print(text, flush=True)


async def _day(signalements: int, agents: int, database: DatabaseKind) -> Report:
    _say(f"Starting everything, and logging {agents} agents in …")
    async with set_up(agents, database) as setting:
        return await FastDay(setting).takes_place(signalements, _say)


def _tell(report: Report) -> None:
    rows = [
        *((what, str(times)) for what, times in report.happened.items()),
        *((what, str(times)) for what, times in report.verdict.figures.items()),
        *((what, f"{seconds:.1f} s") for what, seconds in report.seconds.items()),
        *((what.upper(), str(len(faults))) for what, faults in report.verdict.faults()),
    ]
    width = max(len(what) for what, _ in rows)
    _say("")
    for what, told in rows:
        _say(f"  {what.replace('_', ' '):<{width}}  {told:>8}")
    for what, faults in report.verdict.faults():
        for fault in faults[:_FAULTS_SHOWN]:
            _say(f"  {what}: {fault}")
    _say("\nA good day." if report.verdict.is_good else "\nNot a good day.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.day", description=__doc__)
    parser.add_argument("--signalements", type=int, default=200)
    parser.add_argument("--agents", type=int, default=12, help="three or more")
    parser.add_argument("--database", type=DatabaseKind, default=DatabaseKind.SQLITE, choices=list(DatabaseKind))
    asked = parser.parse_args()
    report = asyncio.run(_day(asked.signalements, asked.agents, asked.database))
    _tell(report)
    return 0 if report.verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
