"""Sealed sessions: what the page holds instead of a cookie, and the portal instead of a memory.

Fernet (AES-128-CBC with HMAC-SHA-256, a time stamp inside), by the `cryptography` package. Any replica with the same
keys can unseal. The first key seals; all of them unseal, so keys rotate without breaking a conversation.
"""

from collections.abc import Sequence
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import BaseModel, ConfigDict, Field

from appservice.domain.errors import ConfigurationError
from guest_portal.errors import Refusal


class Session(BaseModel):
    """The guest's account and its one room."""

    model_config = ConfigDict(frozen=True)

    user_id: str
    device_id: str
    access_token: str = Field(repr=False)
    room_id: str
    warden: str


class SessionSealer:
    def __init__(self, keys: Sequence[str], lasts_for: timedelta) -> None:
        """`keys` as `Fernet.generate_key()` makes them, the newest first. Raises `ConfigurationError` for any other."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise ConfigurationError("A session key is malformed; `veilleuse secrets` makes good ones.") from None
        self._lasts_for = lasts_for

    def seal(self, session: Session) -> str:
        return self._fernet.encrypt(session.model_dump_json().encode()).decode()

    def unseal(self, sealed: str) -> Session:
        """Raises a 401 `Refusal` for what is forged, expired or sealed with a key that is no longer known."""
        try:
            opened = self._fernet.decrypt(sealed.encode(), ttl=int(self._lasts_for.total_seconds()))
        except (InvalidToken, UnicodeEncodeError):
            raise Refusal(
                401, "VEILLEUSE_SESSION_INVALID", "This session is not valid, or no longer. Start again."
            ) from None
        return Session.model_validate_json(opened)
