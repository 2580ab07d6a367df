"""Two runs of tests side by side, each starting servers: neither is given a port of the other's."""

import subprocess
import sys
from itertools import pairwise

from tests.ports import free_ports

OTHER = """
import sys
from tests.ports import free_ports
print([free_ports(7) for _ in range(1000)], flush=True)
sys.stdin.read()
"""


def test_no_port_is_given_twice_neither_here_nor_to_another_process() -> None:
    with subprocess.Popen(  # noqa: S603 what stands above
        [sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = other.stdout.readline()
        ours = [free_ports(7) for _ in range(30)]
        other.communicate("")
    bases = sorted([*ours, *map(int, theirs.strip()[1:-1].split(","))])
    assert all(second - first >= 7 for first, second in pairwise(bases))
