"""The real clock and the real randomness: the only places that ask the machine for either."""

import base64
import secrets
from datetime import UTC, datetime


class SystemClock:
    """Implements the port `Clock`."""

    def now(self) -> datetime:
        return datetime.now(tz=UTC)  # noqa: TID251 the one place


class SystemRandomness:
    """Implements the port `Randomness`, from the operating system's generator."""

    def choice(self, alphabet: str) -> str:
        return secrets.choice(alphabet)

    def token(self) -> str:
        return base64.b32encode(secrets.token_bytes(17)).decode().lower()[:26]
