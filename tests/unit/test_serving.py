"""Serving: what the process takes for itself."""

import resource

from appservice.serving import take_as_many_connections_as_allowed


def test_a_process_opens_as_many_files_as_it_may_not_as_many_as_it_was_started_with() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
        take_as_many_connections_as_allowed()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
