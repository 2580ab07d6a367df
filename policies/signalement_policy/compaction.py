"""On SQLite: writes the database anew once erasures have come to rest, so that its file holds what it knows, no more.

`secure_delete` overwrites what is deleted. It does not reach what SQLite itself copied before, when a page was full: a
row that was moved stays, unseen, where it was.
"""

import logging
from datetime import timedelta

from policies.signalement_policy.homeserver import Homeserver

_LOG = logging.getLogger(__name__)
_AT_REST_FOR = timedelta(seconds=2)
_LARGEST_BYTES = 512 * 1024 * 1024
"""A second for each 30 MB, in which nobody is answered. What is larger belongs on PostgreSQL."""


class Compaction:
    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver
        self._erasures = 0

    def soon(self) -> None:
        """Once nothing else has been erased for a while."""
        self._erasures += 1
        if self._homeserver.is_sqlite:
            self._homeserver.api.delayed_background_call(
                _AT_REST_FOR // timedelta(milliseconds=1),
                self._unless_more,
                self._erasures,
                desc="veilleuse_compaction",
            )

    async def _unless_more(self, erasures: int) -> None:
        if erasures != self._erasures:
            return
        if not await self._homeserver.write_database_anew(_LARGEST_BYTES):
            _LOG.warning("The database is too large to be written anew: its file may hold what was moved within it")
