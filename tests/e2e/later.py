"""The application service with a clock that runs ahead, which looks each second for what it looks for each minute.

    python -m tests.e2e.later CONFIG AHEAD

AHEAD is a file that holds by how many minutes; it may change at any time.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appservice import workers
from appservice.world import SystemClock
from tests.e2e.service_program import run_service


def main() -> None:
    config, ahead = sys.argv[1], Path(sys.argv[2])

    def now(self: SystemClock) -> datetime:
        return datetime.now(tz=UTC) + timedelta(minutes=int(ahead.read_text()))  # noqa: TID251 the clock itself

    SystemClock.now = now  # type: ignore[method-assign]  # what this program is for
    workers.ordering.__defaults__ = (timedelta(seconds=1),)
    run_service(config)


if __name__ == "__main__":
    main()
