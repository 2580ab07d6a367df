"""Proofs of work: what an opening costs the page's processor, so that a thousand of them cost a thousand times as much.

ALTCHA, version 2 (PBKDF2), by the package `altcha`. The page solves a challenge in a worker while the person reads.
Challenges are signed with a key that every replica derives from the session keys, so any replica takes any proof. Each
counts once at each replica: who solves one for a portal of N replicas can open N times with it, and no more.
"""

import base64
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import altcha
from pydantic import BaseModel, ConfigDict, Field

from guest_portal.derived_keys import derived_key

EASIEST, HARDEST = 0, 5
"""Each level doubles the work of the one below."""

PROOF_LIMIT_CHARACTERS = 2048

_ALGORITHM: Literal["PBKDF2/SHA-256"] = "PBKDF2/SHA-256"
_ITERATIONS = 500
_TRIES_AT_THE_EASIEST = 128
_VALID_FOR = timedelta(minutes=20)
_REMEMBERED = 50_000

Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{16,128}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Level(_Part):
    level: Annotated[int, Field(ge=EASIEST, le=HARDEST)]


class _Parameters(_Part):
    algorithm: Literal["PBKDF2/SHA-256"]
    cost: int
    data: _Level
    expiresAt: Annotated[int, Field(ge=0, le=2**32)]
    keyLength: int
    keyPrefix: Hex
    keySignature: Hex
    nonce: Hex
    salt: Hex


class _Challenge(_Part):
    parameters: _Parameters
    signature: Hex


class _Solution(_Part):
    counter: int
    derivedKey: Hex
    time: float | None = None


class _Proof(_Part):
    challenge: _Challenge
    solution: _Solution


@dataclass(frozen=True, slots=True)
class _Keys:
    challenges: bytes
    solutions: bytes


class Proofs:
    def __init__(self, session_keys: Sequence[str], now: Callable[[], datetime]) -> None:
        self._keys = [_Keys(_derived(key, b"challenges"), _derived(key, b"solutions")) for key in session_keys]
        self._now = now
        self._used: OrderedDict[str, datetime] = OrderedDict()

    def challenge(self, level: int) -> dict[str, Any]:
        """A new challenge, as JSON for the page. The answer is drawn evenly, so the work has an upper bound."""
        newest = self._keys[0]
        tries = _TRIES_AT_THE_EASIEST << level
        challenge: dict[str, Any] = altcha.create_challenge(
            _ALGORITHM,
            _ITERATIONS,
            counter=secrets.randbelow(tries),
            expires_at=self._now() + _VALID_FOR,
            data={"level": level},
            hmac_secret=newest.challenges,
            hmac_key_secret=newest.solutions,
        ).to_dict()
        return challenge

    def accept(self, proof: str, level: int) -> bool:
        """Whether `proof` is a solved challenge of this portal, of `level` or above, neither too old nor used before.

        It then counts as used.
        """
        parsed = _parsed(proof)
        if parsed is None or parsed.challenge.parameters.data.level < level:
            return False
        now = self._now()
        expires_at = datetime.fromtimestamp(parsed.challenge.parameters.expiresAt, now.tzinfo)
        nonce = parsed.challenge.parameters.nonce
        if expires_at <= now or nonce in self._used or not self._is_solved(parsed):
            return False
        self._remember(nonce, expires_at, now)
        return True

    def _is_solved(self, proof: _Proof) -> bool:
        payload = altcha.Payload.from_dict(proof.model_dump())
        return any(
            altcha.verify_solution(payload, key.challenges, hmac_key_secret=key.solutions).verified
            for key in self._keys
        )

    def _remember(self, nonce: str, expires_at: datetime, now: datetime) -> None:
        """In the order of use, which is nearly that of expiry; the oldest go first where there are too many."""
        while self._used and (len(self._used) >= _REMEMBERED or next(iter(self._used.values())) <= now):
            self._used.popitem(last=False)
        self._used[nonce] = expires_at


def level_of(proof: str) -> int:
    """What a proof claims that it took: true once it is accepted."""
    parsed = _parsed(proof)
    return EASIEST if parsed is None else parsed.challenge.parameters.data.level


def _parsed(proof: str) -> _Proof | None:
    try:
        return _Proof.model_validate_json(base64.b64decode(proof[:PROOF_LIMIT_CHARACTERS], validate=True))
    except ValueError:  # not base64, or not a proof's JSON
        return None


def _derived(session_key: str, purpose: bytes) -> bytes:
    return derived_key(session_key, b"veilleuse proofs: " + purpose)
