"""Keys for one purpose each, from those of the sessions: what is sealed for one can be opened for no other."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derived_key(session_key: str, purpose: bytes) -> bytes:
    """32 bytes, by HKDF with SHA-256 (RFC 5869); the same for the same key and purpose."""
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(session_key.encode())
