"""Checkpoints: what the chain was at a moment, signed, for auditors to keep where nobody of the service can reach it.

A chain alone shows that somebody edited it, unless that somebody wrote all of it anew, or cut its end off. A checkpoint
that was kept elsewhere shows both. It is one line, to be pasted into a message:

    veilleuse-checkpoint v1 SEQUENCE HASH TIME KEY SIGNATURE

SEQUENCE and HASH are those of the last entry, TIME is in UTC, KEY is the Ed25519 public key and SIGNATURE its signature
(RFC 8032) of all that stands before it, from `veilleuse-checkpoint` to KEY with single spaces; both in base64url
without padding (RFC 4648, section 5). The signature shows that the service said so, and nobody else.
"""

import base64
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NewType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from appservice.domain.audit.chain import Head
from appservice.domain.errors import InvalidInput

PublicKey = NewType("PublicKey", str)
"""Ed25519, 32 bytes in base64url without padding."""

_TITLE = "veilleuse-checkpoint v1"
_CHECKPOINT = re.compile(
    r"veilleuse-checkpoint v1 (?P<sequence>0|[1-9][0-9]{0,15}) (?P<hash>[0-9a-f]{64})"
    r" (?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"
    r" (?P<key>[A-Za-z0-9_-]{43}) (?P<signature>[A-Za-z0-9_-]{86})(?![A-Za-z0-9_-])"
)

_BEGINNING = re.compile(r"veilleuse-checkpoint v[0-9]")
"""Whoever keeps checkpoints may write more about them than they say."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`at` is to the second. It has been signed: see `Signer.sign` and `read_checkpoints`."""

    head: Head
    at: datetime


class Signer:
    def __init__(self, secret: str) -> None:
        """`secret`: what `new_secret` gave. Raises `InvalidInput`."""
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(_decoded(secret))
        except ValueError:
            raise InvalidInput("The key that signs checkpoints is 32 bytes in base64url.") from None
        self.public_key = PublicKey(_encoded(self._key.public_key().public_bytes_raw()))

    def sign(self, head: Head, at: datetime) -> str:
        """The checkpoint's line."""
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        statement = f"{_TITLE} {head.sequence} {head.hash} {moment} {self.public_key}"
        return f"{statement} {_encoded(self._key.sign(statement.encode()))}"


def new_secret() -> str:
    """A private key from the operating system's generator, as one line."""
    return _encoded(Ed25519PrivateKey.generate().private_bytes_raw())


def read_checkpoints(text: str, trusted: Collection[PublicKey]) -> list[Checkpoint]:
    """Every checkpoint in a text, however its lines were broken between words.

    Raises `InvalidInput` if there is none, one is damaged, is signed by a key that is not `trusted`, or not by it.
    """
    words = " ".join(text.split())
    found = list(_checkpoints(words, trusted))
    if not found or len(found) != len(_BEGINNING.findall(words)):
        raise InvalidInput(f"A checkpoint is one line that begins with {_TITLE}: there is none, or it is damaged.")
    return found


def _checkpoints(words: str, trusted: Collection[PublicKey]) -> Iterator[Checkpoint]:
    for written in _CHECKPOINT.finditer(words):
        statement, _, signature = written[0].rpartition(" ")
        if written["key"] not in trusted:
            raise InvalidInput(f"The checkpoint of entry {written['sequence']} is signed by a key that is not trusted.")
        try:
            Ed25519PublicKey.from_public_bytes(_decoded(written["key"])).verify(_decoded(signature), statement.encode())
            at = datetime.fromisoformat(written["at"])
        except (InvalidSignature, ValueError):
            raise InvalidInput(
                f"The checkpoint of entry {written['sequence']} was changed: its signature is wrong."
            ) from None
        yield Checkpoint(Head(int(written["sequence"]), written["hash"]), at)


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    """Raises `ValueError`, also for another spelling of the same bytes."""
    value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _encoded(value) != text:
        raise ValueError
    return value
