"""`python -m policies.compliance_bot`: the auditors' bot."""

import argparse
import asyncio
import sys
from pathlib import Path

from appservice.config import load_settings
from appservice.domain.errors import VeilleuseError
from appservice.logs import set_up_logs
from appservice.serving import told_to_stop
from policies.compliance_bot.bot import ComplianceBot, checked


async def run(config: Path) -> None:
    """Until SIGINT or SIGTERM. Raises `ConfigurationError`."""
    await ComplianceBot(checked(load_settings(config))).run(told_to_stop())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m policies.compliance_bot", description=__doc__)
    parser.add_argument("-c", "--config", type=Path, default=Path("config.yaml"), help="default: %(default)s")
    arguments = parser.parse_args()
    set_up_logs()
    try:
        asyncio.run(run(arguments.config))
    except VeilleuseError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
