"""The reverse proxy's file: what it must never do, and what goes where."""

import re
from pathlib import Path

import pytest

from appservice.embedded.nginx_conf import WORKER_PATHS, Proxied, nginx_configuration

PROXIED = Proxied(portal=1, homeserver=2, replicas=(3, 4), main=5, workers=(6, 7))
TEXT = nginx_configuration(PROXIED, Path("/a place"), None, 1024)
CLIENT = "/_matrix/client/v3"


def answered_by_a_worker(path: str) -> bool:
    return any(re.match(pattern, path) for pattern in WORKER_PATHS)


@pytest.mark.parametrize(
    "path",
    [
        "/sync",
        "/rooms/!r:x/send/m.room.encrypted/1",
        "/rooms/!r:x/redact/$e/1",
        "/rooms/!r:x/joined_members",
        "/keys/query",
    ],
)
def test_what_costs_most_goes_to_the_worker(path: str) -> None:
    assert answered_by_a_worker(CLIENT + path)


@pytest.mark.parametrize(
    "path",
    [
        "/sendToDevice/m.room.encrypted/1", "/keys/upload", "/keys/signatures/upload", "/rooms/!r:x/typing/@g:x",
        "/rooms/!r:x/receipt/m.read/$e", "/rooms/!r:x/join", "/rooms/!r:x/leave", "/rooms/!r:x/messages", "/login",
        "/account/deactivate", "/syncs",
    ],
)  # fmt: skip
def test_what_the_main_process_writes_stays_there(path: str) -> None:
    assert not answered_by_a_worker(CLIENT + path)


def test_no_address_is_written_down_and_nothing_is_compressed() -> None:
    assert re.findall(r"access_log (.*);", TEXT) == ["off"]
    assert re.findall(r"error_log .* (\w+);", TEXT) == ["crit"]
    assert re.findall(r"gzip (.*);", TEXT) == ["off"]
    assert "log_format" not in TEXT


def test_only_an_exit_is_ever_sent_twice() -> None:
    blocks = re.findall(r"location ([^{]*) \{([^}]*)\}", TEXT)
    assert [where.strip() for where, block in blocks if "non_idempotent" in block] == ["= /exit"]


def test_from_outside_only_the_matrix_interface_is_reached() -> None:
    homeserver = TEXT.partition("listen 127.0.0.1:2;")[2]
    reached = [path for path, block in re.findall(r"location (\S+) \{([^}]*)\}", homeserver) if "proxy_pass" in block]
    assert reached == ["/_matrix/", "/_matrix/media/", "/.well-known/matrix/"]
    assert all(pattern.startswith("/_matrix/client/") for pattern in WORKER_PATHS)
