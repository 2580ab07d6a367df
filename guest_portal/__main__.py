"""`python -m guest_portal`: one replica of the portal."""

import argparse
import asyncio
import sys
from pathlib import Path

from appservice.config import load_settings
from appservice.domain.errors import ConfigurationError
from appservice.logs import set_up_logs
from appservice.serving import serve, told_to_stop
from guest_portal.app import make_app


async def run(config: Path) -> None:
    """Serves until SIGINT or SIGTERM. Raises `ConfigurationError`."""
    settings = load_settings(config)
    app = await make_app(settings.guest_portal, settings.homeserver.address)
    listen = settings.guest_portal.listen
    async with serve(app, listen.host, listen.port):
        await told_to_stop().wait()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m guest_portal", description=__doc__)
    parser.add_argument("-c", "--config", type=Path, default=Path("config.yaml"), help="default: %(default)s")
    arguments = parser.parse_args()
    set_up_logs()
    try:
        asyncio.run(run(arguments.config))
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
