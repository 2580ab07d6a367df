"""Keys of pseudonyms that nothing is written under any more are thrown away: whose they were, nobody can tell then."""

import logging
from datetime import timedelta

from appservice.domain.audit.pseudonyms import Period, Pseudonyms
from appservice.domain.retention import Retention
from appservice.ports import Clock

_LOG = logging.getLogger(__name__)

MARGIN = timedelta(days=7)
"""For erasures that had to wait for the homeserver."""


class ForgetPseudonyms:
    def __init__(self, pseudonyms: Pseudonyms, clock: Clock, retention: Retention, shell_kept_for: timedelta) -> None:
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._written_for = retention.longest + shell_kept_for + MARGIN

    async def __call__(self) -> list[Period]:
        """Returns the months and years whose keys are gone: those in which nothing began that entries still come of."""
        gone = self._pseudonyms.drop_before(self._clock.now() - self._written_for)
        if gone:
            _LOG.info("Pseudonyms are nobody's any more: %s", ", ".join(gone))
        return gone
