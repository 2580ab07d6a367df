"""Ports for servers that a test starts: its own, though other runs of tests start servers at the same time."""

import fcntl
import os
import secrets
import socket
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import TextIO

from appservice.files import private_file

_FIRST, _LAST = 12_000, 32_000  # below those that the system gives out by itself

_given: set[int] = set()


def free_ports(count: int) -> int:
    """The first of `count` ports in a row that nobody listens on; nobody else is given them while we last."""
    blocks = (_LAST - _FIRST) // count
    start = secrets.randbelow(blocks)  # one that was used a moment ago may not be free yet
    for number in range(blocks):
        base = _FIRST + (start + number) % blocks * count
        ports = range(base, base + count)
        if _given.isdisjoint(ports) and _reserved(ports) and _nobody_listens(ports):
            _given.update(ports)
            return base
    raise AssertionError("no free ports")


@cache
def _reservations() -> TextIO:
    """A file of which each byte stands for a port, and is locked by whose it is. Never closed: that would unlock it."""
    return private_file(Path(gettempdir()) / f"veilleuse-test-ports-{os.getuid()}")


def _reserved(ports: range) -> bool:
    """Whether they are ours now, and not another process's."""
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, len(ports), ports.start)
    except OSError:
        return False
    return True


def _nobody_listens(ports: range) -> bool:
    with ExitStack() as probes:
        try:
            for port in ports:
                probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
