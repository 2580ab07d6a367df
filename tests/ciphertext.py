"""What passes for a message of Megolm: laid out as one, with a text where the ciphertext would be."""

import base64
from typing import Any

ALGORITHM = "m.megolm.v1.aes-sha2"
KEY = "A" * 43
"""What passes for the name of a session, or for a device's key."""

_BEFORE = b"\x03\x08\x00\x12"
"""The version, the index of the message, and what comes next."""
_AFTER = bytes(8 + 64)
"""A MAC and a signature."""


def sealed(text: str) -> str:
    blocks = text.encode()
    blocks += bytes(-len(blocks) % 16 or 16 * (not blocks))
    return base64.b64encode(_BEFORE + _varint(len(blocks)) + blocks + _AFTER).decode().rstrip("=")


def opened(ciphertext: str) -> str:
    """The text in what `sealed` made; of what a real client made, nothing that makes sense."""
    message = base64.b64decode(ciphertext + "=" * (-len(ciphertext) % 4)).removeprefix(_BEFORE)
    start = next(at for at, byte in enumerate(message) if byte < 0x80) + 1
    return message[start : -len(_AFTER)].rstrip(b"\0").decode(errors="replace")


def megolm(text: str, **more: Any) -> dict[str, Any]:
    """The content of an event."""
    return {"algorithm": ALGORITHM, "ciphertext": sealed(text), "session_id": KEY, **more}


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])
