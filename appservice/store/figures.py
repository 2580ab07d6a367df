"""Figures about all signalements together, for metrics: counts and ages, nothing that leads to one of them."""

from dataclasses import dataclass
from datetime import datetime

from appservice.domain.erasure import Step, Stretch
from appservice.domain.signalement import State
from appservice.store.database import Database, moment
from appservice.store.signalements import steps_of

_IN_SIGHT = steps_of(Stretch.IN_SIGHT)


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    signalements: dict[State, int]
    waiting_since: datetime | None
    """When the one that waits longest was opened."""
    erasures: dict[Step, int]
    """By the step that comes next."""
    content_since: datetime | None
    """When the oldest erasure was asked for whose originals are not destroyed yet."""
    inbox: int


class Figures:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(self) -> ServiceFigures:
        states = await self._database.rows("SELECT state, COUNT(*) AS number FROM signalement GROUP BY state")
        steps = await self._database.rows("SELECT step, COUNT(*) AS number FROM erasure GROUP BY step")
        return ServiceFigures(
            {State(row["state"]): row["number"] for row in states},
            await self._oldest(f"SELECT MIN(opened_at) AS oldest FROM signalement WHERE state = '{State.WAITING}'"),  # noqa: S608
            {Step(row["step"]): row["number"] for row in steps},
            await self._oldest(f"SELECT MIN(requested_at) AS oldest FROM erasure WHERE step IN {_IN_SIGHT}"),  # noqa: S608
            await self._count("SELECT COUNT(*) AS number FROM inbox"),
        )

    async def _oldest(self, query: str) -> datetime | None:
        row = await self._database.row(query)
        return None if row is None or row["oldest"] is None else moment(row["oldest"])

    async def _count(self, query: str) -> int:
        row = await self._database.row(query)
        return 0 if row is None else int(row["number"])
