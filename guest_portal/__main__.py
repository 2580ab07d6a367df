"""`python -m guest_portal`: one replica of the portal."""

import argparse
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from appservice.config import load_settings
from appservice.domain.errors import ConfigurationError
from appservice.logs import set_up_logs
from appservice.measuring import new_registry, serving_metrics
from appservice.serving import serve, told_to_stop
from guest_portal.app import make_app
from guest_portal.serving import PortalRunner


def run(config: Path) -> None:
    """Serves until SIGINT or SIGTERM. Raises `ConfigurationError`."""
    uvloop.run(_run(config))


async def _run(config: Path) -> None:
    settings = load_settings(config)
    registry = new_registry()
    app = await make_app(settings.guest_portal, settings.homeserver.address, metrics=registry)
    listen, metrics = settings.guest_portal.listen, settings.guest_portal.metrics_listen
    async with AsyncExitStack() as stack:
        if metrics is not None:
            await stack.enter_async_context(serving_metrics(metrics, registry))
        await stack.enter_async_context(serve(app, listen.host, listen.port, PortalRunner))
        await told_to_stop().wait()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m guest_portal", description=__doc__)
    parser.add_argument("-c", "--config", type=Path, default=Path("config.yaml"), help="default: %(default)s")
    arguments = parser.parse_args()
    set_up_logs()
    try:
        run(arguments.config)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
