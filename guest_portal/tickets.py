"""Tickets for the one question after a conversation: each is good for one answer, and leads to nobody.

The page is given one with its session. It is sealed like a session, with keys of its own, and holds a random number and
the hour: who shows it has had a conversation here, but not which. The portal remembers the numbers that were used, up
to 50,000, so each counts once at each replica.
"""

import base64
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from guest_portal.derived_keys import derived_key
from guest_portal.errors import Refusal

TICKET_LIMIT_CHARACTERS = 256
_REMEMBERED = 50_000
_HOUR_SECONDS = 3600


class Tickets:
    def __init__(self, session_keys: Sequence[str], last_for: timedelta, now: Callable[[], datetime]) -> None:
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in session_keys])
        self._lasts_for_seconds = int(last_for.total_seconds()) + _HOUR_SECONDS
        self._now = now
        self._used: OrderedDict[bytes, None] = OrderedDict()

    def new(self) -> str:
        hour = int(self._now().timestamp()) // _HOUR_SECONDS * _HOUR_SECONDS
        return self._fernet.encrypt_at_time(secrets.token_bytes(16), hour).decode()

    @contextmanager
    def use(self, ticket: str) -> Iterator[None]:
        """Used for what is done within; if that fails, it is as if it had not been.

        Raises a 403 `Refusal` for one that is forged, expired, or used.
        """
        refusal = Refusal(403, "VEILLEUSE_NO_TICKET", "This question has been answered, or it is too late to do so.")
        try:
            now = int(self._now().timestamp())
            number = self._fernet.decrypt_at_time(ticket.encode(), self._lasts_for_seconds, now)
        except (InvalidToken, UnicodeEncodeError):
            raise refusal from None
        if number in self._used:
            raise refusal
        self._used[number] = None
        try:
            yield
        except BaseException:
            del self._used[number]
            raise
        if len(self._used) > _REMEMBERED:
            self._used.popitem(last=False)


def _fernet_key(session_key: str) -> bytes:
    return base64.urlsafe_b64encode(derived_key(session_key, b"veilleuse tickets"))
