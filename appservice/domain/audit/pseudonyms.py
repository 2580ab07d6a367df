"""Names under which the record knows signalements and persons: keyed hashes, whose keys rotate and can be thrown away.

A pseudonym is HMAC-SHA-256 under the key of a period, cut to 80 bits, in base32. With 80 bits even a million names in a
period leave one chance in two million million that two are the same, and 16 characters can still be compared by eye;
what protects the name is the key, not the length. A signalement's period is the month (UTC) in which it was opened, so
that all its entries have one pseudonym; a person's is the year of the entry.

Each period's key is random and derived from nothing: once it is dropped, nobody can tell any more, not even with a list
of every signalement and every agent, to whom the pseudonyms of that period belonged.
"""

import base64
import hmac
from collections.abc import Collection
from datetime import UTC, datetime
from typing import NewType, Protocol

from appservice.domain.audit.values import Pseudonym
from appservice.domain.ids import SignalementId, UserId

Period = NewType("Period", str)
"""What a key is for: `signalement-2026-11`, `person-2026`."""

_BYTES = 10


class Tokens(Protocol):
    def token(self) -> str:
        """130 random bits as text."""


class KeyShelf(Protocol):
    """Keys by period, shared by every process that appends to one record."""

    def get(self, period: Period) -> str | None: ...

    def put(self, period: Period, key: str) -> str:
        """Keeps a key, unless there is one for this period. Returns the one that is kept."""

    def periods(self) -> Collection[Period]: ...

    def drop(self, period: Period) -> None:
        """Destroys a key. Repeatable."""


class Pseudonyms:
    def __init__(self, shelf: KeyShelf, randomness: Tokens) -> None:
        self._shelf = shelf
        self._randomness = randomness

    def of_signalement(self, signalement_id: SignalementId, opened_at: datetime) -> Pseudonym:
        return self._name("signalement", f"{_in_utc(opened_at):%Y-%m}", signalement_id)

    def of_person(self, person: UserId, at: datetime) -> Pseudonym:
        """Of an agent or an auditor, as the record of that year calls them."""
        return self._name("person", f"{_in_utc(at):%Y}", person)

    def names_of(self, person: UserId) -> list[Pseudonym]:
        """In the years whose keys are kept, the oldest first."""
        periods = sorted(period for period in self._shelf.periods() if period.startswith(_period("person", "")))
        return [self._name("person", period.removeprefix(_period("person", "")), person) for period in periods]

    def drop_before(self, moment: datetime) -> list[Period]:
        """Destroys the keys of the months and years that were over at that moment, and returns their periods.

        Where an entry of such a period is still written later, it is under a new key: it stands, but is linked to no
        other. So let `moment` lie further back than the longest that an erasure may take.
        """
        month, year = f"{_in_utc(moment):%Y-%m}", f"{_in_utc(moment):%Y}"
        over = [
            period
            for period in sorted(self._shelf.periods())
            if period < _period("person", year) or _period("signalement", "") < period < _period("signalement", month)
        ]
        for period in over:
            self._shelf.drop(period)
        return over

    def _name(self, what: str, when: str, name: str) -> Pseudonym:
        period = _period(what, when)
        key = self._shelf.get(period) or self._shelf.put(period, self._randomness.token() + self._randomness.token())
        digest = hmac.digest(key.encode(), f"veilleuse-audit-{what}-v1\n{name}".encode(), "sha256")
        return Pseudonym(base64.b32encode(digest[:_BYTES]).decode().lower())


def _period(what: str, when: str) -> Period:
    return Period(f"{what}-{when}")


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
