"""Agents are people: after a conversation that weighed, a pause; and no more than so many in a row."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Care:
    """How it stands with one agent. `rest_until`: when the pause that was offered ends."""

    hard_in_a_row: int = 0
    rest_until: datetime | None = None

    def after_conversation(self, hard: bool, now: datetime, pause_for: timedelta) -> "Care":
        """A conversation has ended for the agent; one that did not weigh ends the row."""
        if not hard:
            return replace(self, hard_in_a_row=0)
        return Care(self.hard_in_a_row + 1, now + pause_for)

    def rested(self, now: datetime) -> "Care":
        """As it stands now: a pause that is over ends the row."""
        if self.rest_until is not None and self.rest_until <= now:
            return Care()
        return self

    def must_rest(self, now: datetime, most_in_a_row: int) -> bool:
        """Whether the pause is more than an offer."""
        return self.rested(now).hard_in_a_row >= most_in_a_row
