"""What `make test` runs after the lint: every suite on SQLite, and beside it those of a database on PostgreSQL.

Two at a time, each a pytest of its own. Progress is shown line by line while they run; what each has to say at its end
follows in one piece. The status is 0 if all succeed.
"""

import asyncio
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

# Of the page alone, of a demo, or with a database of its own: there PostgreSQL would show nothing new.
_NOT_OF_A_DATABASE = [
    "tests/synapse/test_desk_bot.py",
    *(
        f"tests/e2e/test_{name}.py"
        for name in (
            "accessibility", "console", "demo", "desks", "encryption_or_nothing", "erasure", "exit_reach",
            "exit_table", "faults", "hand_over", "languages", "orientation", "reading_back", "reverse_proxies",
            "secrecy", "small_day", "start", "ways_out",
        )
    ),
]  # fmt: skip
# So that both lanes are about as long. The exit table last: after its crowd of openings each costs a page more work.
_REST_OF_E2E = ("erasure", "languages", "orientation", "hand_over", "exit_table")
_REST = ["tests/traces", *(f"tests/e2e/test_{name}.py" for name in _REST_OF_E2E)]


@dataclass(frozen=True)
class Run:
    """A pytest of its own."""

    name: str
    database: str
    paths: Sequence[str]
    left_out: Sequence[str] = ()


_SCALED = "tests/e2e/test_scaled.py"
"""On PostgreSQL, whatever is chosen."""

LANES = (
    (Run("sqlite", "sqlite", ["tests"], [*_REST, _SCALED]),),
    (
        Run(
            "postgres",
            "postgres",
            ["tests/contract", "tests/migrations", "tests/synapse", "tests/e2e"],
            _NOT_OF_A_DATABASE,
        ),
        Run("rest", "sqlite", _REST),
    ),
)
"""Side by side; the runs of a lane one after the other."""

_CLOSING = re.compile(r"=+ (FAILURES|ERRORS|warnings summary|short test summary|.* in \d)")


async def carry_out(run: Run, directory: Path) -> tuple[int, list[str]]:
    """The exit status, and what was said at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-o", f"cache_dir=.pytest_cache/{run.name}"),
        # Of its own: a pytest that starts closes the usual one to the user that PostgreSQL runs as.
        *("--basetemp", str(directory / run.name), *run.paths),
        *(f"--ignore={path}" for path in run.left_out),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"VEILLEUSE_TEST_DATABASE": run.database, "COLUMNS": "108", "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    closing: list[str] = []
    async for line in process.stdout:
        text = line.decode(errors="replace").rstrip()
        if closing or _CLOSING.match(text):
            closing.append(text)
        elif text:
            print(f"{run.name:>8} | {text}", flush=True)
    return await process.wait(), closing


async def main() -> int:
    async def go_along(lane: Sequence[Run], directory: Path) -> list[tuple[Run, int, list[str]]]:
        return [(run, *(await carry_out(run, directory))) for run in lane]

    # Its name is nothing that the tests look for in files.
    with TemporaryDirectory(prefix="tests-") as directory:
        lanes = await asyncio.gather(*(go_along(lane, Path(directory)) for lane in LANES))
    outcomes = [outcome for lane in lanes for outcome in lane]
    for run, _, closing in outcomes:
        print(f"\nOn {run.name}:", *closing, sep="\n", flush=True)
    failed = [run.name for run, status, _ in outcomes if status != 0]
    names = " and ".join(failed or [run.name for run, _, _ in outcomes])
    print(f"\nFailed: {names}." if failed else f"\nPassed: {names}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
