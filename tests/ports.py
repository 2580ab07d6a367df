"""Ports that nobody listens on."""

import socket
from contextlib import ExitStack


def free_ports(count: int) -> int:
    """The first of `count` ports in a row."""
    for base in range(21_000, 29_000, count):
        with ExitStack() as probes:
            try:
                for port in range(base, base + count):
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return base
    raise AssertionError("no free ports")
