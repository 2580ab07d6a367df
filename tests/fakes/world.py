"""A clock that moves when told, and a randomness that repeats itself."""

from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)


class FakeClock:
    def __init__(self, at: datetime = START) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by


class FakeRandomness:
    """Counts: choices walk through the alphabet, tokens are numbered."""

    def __init__(self) -> None:
        self._choices = count()
        self._tokens = count(1)

    def choice(self, alphabet: str) -> str:
        return alphabet[next(self._choices) % len(alphabet)]

    def token(self) -> str:
        return f"token{next(self._tokens)}".ljust(26, "a")
