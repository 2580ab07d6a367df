"""`python -m guest_portal.broken_page FILE`: the page that a reverse proxy shows while there is no portal to ask."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from appservice.addresses import neutral_address
from appservice.config import PortalSettings
from guest_portal.page import render_broken_page


def main(arguments: Sequence[str] | None = None) -> None:
    default = PortalSettings.model_fields["neutral_address"].default
    parser = argparse.ArgumentParser(prog="python -m guest_portal.broken_page", description=__doc__)
    parser.add_argument(
        "--neutral-address", type=_address, default=default, help="as in the settings; default: %(default)s"
    )
    parser.add_argument("file", type=Path)
    parsed = parser.parse_args(arguments)
    parsed.file.write_bytes(render_broken_page(parsed.neutral_address).html)


def _address(value: str) -> str:
    try:
        return neutral_address(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    main()
