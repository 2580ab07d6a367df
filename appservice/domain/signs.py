"""Signs of life in a claimed conversation: three moments, and not a word about what they were signs of."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Signs:
    """`agent_at`: the agent's last message, typing or receipt. `agent_wrote_at`, `guest_wrote_at`: the last message.
    `asked_at`: when the agent was asked, in the desk room, whether it is there.
    """

    agent_at: datetime | None = None
    agent_wrote_at: datetime | None = None
    guest_wrote_at: datetime | None = None
    asked_at: datetime | None = None

    def later_of(self, other: "Signs") -> "Signs":
        return Signs(
            _later(self.agent_at, other.agent_at),
            _later(self.agent_wrote_at, other.agent_wrote_at),
            _later(self.guest_wrote_at, other.guest_wrote_at),
            _later(self.asked_at, other.asked_at),
        )

    def asked(self, at: datetime) -> "Signs":
        return replace(self, asked_at=at)

    def waits_since(self, claimed_at: datetime) -> datetime | None:
        """Since when the guest waits for an answer; None if it does not. Until the agent's first word, since the
        claim: who was promised somebody waits for a first word.
        """
        if self.agent_wrote_at is None or self.agent_wrote_at < claimed_at:
            return claimed_at
        if self.guest_wrote_at is not None and self.guest_wrote_at > self.agent_wrote_at:
            return self.guest_wrote_at
        return None

    def silent_since(self, claimed_at: datetime) -> datetime | None:
        """Since when the agent has given no sign while the guest waits; None if the guest does not."""
        waits = self.waits_since(claimed_at)
        return None if waits is None else _later(waits, self.agent_at)

    def is_asked(self, claimed_at: datetime) -> bool:
        """Whether the agent was asked, and has given no sign since."""
        since = self.silent_since(claimed_at)
        return self.asked_at is not None and since is not None and self.asked_at >= since


def must_ask(signs: Signs, claimed_at: datetime, now: datetime, silent_for: timedelta) -> bool:
    since = signs.silent_since(claimed_at)
    return since is not None and now - since >= silent_for and not signs.is_asked(claimed_at)


def is_away(signs: Signs, claimed_at: datetime, now: datetime, answers_within: timedelta) -> bool:
    """Asked, and no sign since for so long."""
    return signs.is_asked(claimed_at) and signs.asked_at is not None and now - signs.asked_at >= answers_within


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return other if one is None else one if other is None else max(one, other)
