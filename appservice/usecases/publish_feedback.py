"""What people answered after conversations, by week, fit to be published."""

from datetime import date

from appservice.audit_port import AuditLog
from appservice.domain.audit.events import FeedbackPublished
from appservice.domain.audit.values import OPERATOR
from appservice.domain.disclosure import blurring, publish
from appservice.domain.feedback import Helped
from appservice.ports import Clock, FeedbackCounts
from appservice.usecases.publish_statistics import Edition, Week, whole_weeks, why_draft

Feedback = Edition[Helped]


class PublishFeedback:
    def __init__(self, counts: FeedbackCounts, audit: AuditLog, clock: Clock, key: bytes) -> None:
        self._counts = counts
        self._audit = audit
        self._clock = clock
        self._key = key

    async def __call__(self, first: date, last: date) -> Feedback:
        """As `PublishStatistics`, a draft and refused for the same reasons."""
        weeks = whole_weeks(first, last, self._clock.now())
        draft = await why_draft(self._audit, FeedbackPublished, first, last, self._clock.now())
        counts = await self._counts.between(first, last)
        table = publish(
            {(answer, Week.of(monday)): number for (monday, answer), number in counts.items()},
            tuple(Helped),
            weeks,
            blurring(self._key, f"feedback {first} {last}"),
        )
        if draft is None:
            await self._audit.append(FeedbackPublished(first, last, table.suppressed), by=OPERATOR)
        return Edition(table, draft)
