"""What people answered after conversations, by week, fit to be published."""

from datetime import date

from appservice.audit_port import AuditLog
from appservice.domain.audit.events import StatisticsPublished
from appservice.domain.audit.values import OPERATOR
from appservice.domain.disclosure import Publication, publish
from appservice.domain.feedback import Helped
from appservice.ports import FeedbackCounts
from appservice.usecases.publish_statistics import Week, weeks_between

Feedback = Publication[Helped, Week]


class PublishFeedback:
    def __init__(self, counts: FeedbackCounts, audit: AuditLog) -> None:
        self._counts = counts
        self._audit = audit

    async def __call__(self, first: date, last: date) -> Feedback:
        """Of whole weeks, from a Monday to a Sunday, both included; notes in the record that it was asked for.

        Raises `InvalidInput` for other days.
        """
        weeks = weeks_between(first, last)
        counts = await self._counts.between(first, last)
        feedback = publish(
            {(answer, Week.of(monday)): number for (monday, answer), number in counts.items()}, tuple(Helped), weeks
        )
        await self._audit.append(StatisticsPublished(first, last, feedback.suppressed), by=OPERATOR)
        return feedback
