"""How often which answer was given, in the service's database."""

from collections.abc import Mapping
from datetime import date

from appservice.domain.feedback import Helped
from appservice.store.database import Database


class SqlFeedbackCounts:
    """Implements the port `FeedbackCounts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, monday: date, answer: Helped) -> None:
        await self._database.execute(
            "INSERT INTO feedback (monday, answer, number) VALUES ($1, $2, 1)"
            " ON CONFLICT (monday, answer) DO UPDATE SET number = feedback.number + 1",
            monday.isoformat(),
            answer,
        )

    async def between(self, first: date, last: date) -> Mapping[tuple[date, Helped], int]:
        rows = await self._database.rows(
            "SELECT monday, answer, number FROM feedback WHERE monday BETWEEN $1 AND $2",
            first.isoformat(),
            last.isoformat(),
        )
        return {(date.fromisoformat(row["monday"]), Helped(row["answer"])): row["number"] for row in rows}
