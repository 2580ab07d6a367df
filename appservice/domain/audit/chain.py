"""The chain: each entry carries the hash of the one before, so that a change anywhere is seen everywhere after it.

The hash of an entry is SHA-256 over `PREFIX` and the entry's *text*: one line of JSON in ASCII, without spaces, with
its keys in this order and no other:

    sequence     1, 2, 3 …
    at           milliseconds since 1970-01-01T00:00Z
    actor        a kind of actor, and with a colon its pseudonym if it has one
    kind         see `appservice.domain.audit.events`
    signalement  its pseudonym, or null
    fields       an object, its keys in the order of the kind's definition
    previous     the hash of the entry before, in hexadecimal; for the first one `GENESIS`

Every value is of a form that JSON writes without escapes, so that the text is put together from what is stored, as it
is stored. Whoever verifies therefore hashes the stored columns themselves: there is no second copy that could differ.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from appservice.domain.audit.events import Event, parse, render
from appservice.domain.audit.values import FORMS, Actor, Pseudonym
from appservice.domain.errors import InvalidInput

PREFIX = b"veilleuse-audit-entry-v1\n"
"""So that no hash of anything else is ever that of an entry."""

GENESIS = "0" * 64

# The same actors and fields come again and again, and what they become is immutable.
_actor = lru_cache(maxsize=10_000)(Actor.parse)
_event = lru_cache(maxsize=10_000)(parse)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class StoredEntry(NamedTuple):
    """An entry as it is kept and exported; what a reader finds may be anything, until it is verified."""

    sequence: int
    at: int
    actor: str
    kind: str
    signalement: str | None
    fields: str
    previous: str
    hash: str

    @property
    def text(self) -> str:
        """What is hashed."""
        signalement = "null" if self.signalement is None else f'"{self.signalement}"'
        return (
            f'{{"sequence":{self.sequence},"at":{self.at},"actor":"{self.actor}","kind":"{self.kind}",'
            f'"signalement":{signalement},"fields":{self.fields},"previous":"{self.previous}"}}'
        )

    @property
    def line(self) -> str:
        """The text with the hash as its last key: a line of an export."""
        return f'{self.text[:-1]},"hash":"{self.hash}"}}'

    def hashed(self) -> str:
        return hashlib.sha256(PREFIX + self.text.encode(errors="surrogatepass")).hexdigest()

    def parsed(self) -> "AuditEntry":
        """Raises `InvalidInput` if a column does not have the form it must have; the hash is not looked at."""
        numbers, texts = (self.sequence, self.at), (self.actor, self.kind, self.fields)
        if not all(type(each) is int for each in numbers) or not all(type(each) is str for each in texts):
            raise InvalidInput("The sequence and the time are whole numbers; actor, kind and fields are text.")
        try:
            at = _EPOCH + self.at * _MILLISECOND
        except OverflowError:
            raise InvalidInput("The time is beyond all calendars.") from None
        return AuditEntry(
            self.sequence,
            at,
            _actor(self.actor),
            _pseudonym(self.signalement),
            _event(self.kind, self.fields),
            self.previous,
            self.hash,
        )


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`at` is an aware datetime in UTC, to the millisecond."""

    sequence: int
    at: datetime
    actor: Actor
    signalement: Pseudonym | None
    event: Event
    previous: str
    hash: str

    def stored(self) -> StoredEntry:
        return StoredEntry(
            self.sequence,
            (self.at - _EPOCH) // _MILLISECOND,
            str(self.actor),
            self.event.kind,
            self.signalement,
            render(self.event),
            self.previous,
            self.hash,
        )


class Head(NamedTuple):
    """The last entry. Before the first it is `START`."""

    sequence: int
    hash: str


START = Head(0, GENESIS)


def append(head: Head, at: datetime, actor: Actor, event: Event, signalement: Pseudonym | None = None) -> AuditEntry:
    """The entry that comes after `head`. Raises `InvalidInput` for a time that is not aware, or no pseudonym."""
    if at.tzinfo is None:
        raise InvalidInput("A moment needs its offset.")
    milliseconds = (at - _EPOCH) // _MILLISECOND
    draft = StoredEntry(
        head.sequence + 1,
        milliseconds,
        str(actor),
        event.kind,
        _pseudonym(signalement),
        render(event),
        head.hash,
        "",
    )
    moment = _EPOCH + milliseconds * _MILLISECOND
    return AuditEntry(draft.sequence, moment, actor, _pseudonym(signalement), event, head.hash, draft.hashed())


def _pseudonym(text: str | None) -> Pseudonym | None:
    if text is None:
        return None
    if not isinstance(text, str) or not FORMS[Pseudonym].fullmatch(text):
        raise InvalidInput("A pseudonym has 16 characters of base32.")
    return Pseudonym(text)
