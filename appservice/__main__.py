"""The command line: `veilleuse …`, or `python -m appservice …`."""

import sys

from appservice.commands import parser
from appservice.domain.errors import VeilleuseError


def main() -> int:
    arguments = parser().parse_args()
    try:
        return arguments.run(arguments) or 0
    except VeilleuseError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
