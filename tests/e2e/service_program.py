"""The application service as a program of the tests runs it, once it has changed what it is there to change."""

import sys
from typing import NoReturn


def run_service(config: str) -> NoReturn:
    sys.argv = ["veilleuse", "run", "-c", config]
    from appservice.__main__ import main as veilleuse

    sys.exit(veilleuse())
