"""What people answer after a conversation: counted, and nothing else."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from appservice.domain.feedback import Helped
from appservice.ports import Clock, FeedbackCounts

_ZONE = ZoneInfo("Europe/Paris")


class CountFeedback:
    def __init__(self, counts: FeedbackCounts, clock: Clock) -> None:
        self._counts = counts
        self._clock = clock

    async def __call__(self, answer: Helped) -> None:
        """One more in this week, by the clock of Paris: who, about what and at what hour is not known here."""
        today = self._clock.now().astimezone(_ZONE).date()
        await self._counts.add(today - timedelta(days=today.weekday()), answer)
