"""Files in encrypted rooms (Client-Server API, "Sending encrypted attachments"): the homeserver has ciphertext."""

from typing import Any

from nio.crypto.attachments import encrypt_attachment


def sealed(content: bytes) -> tuple[bytes, dict[str, Any]]:
    """The ciphertext to upload, and what opens it again; the latter is only ever sent encrypted."""
    ciphertext, keys = encrypt_attachment(content)
    return ciphertext, keys


def file_message(name: str, mimetype: str, size: int, address: str, keys: dict[str, Any]) -> dict[str, Any]:
    """The content of the `m.room.message`. `address` is the `mxc://` of the ciphertext, `size` in bytes."""
    return {
        "msgtype": "m.image" if mimetype.startswith("image/") else "m.file",
        "body": name,
        "filename": name,
        "info": {"mimetype": mimetype, "size": size},
        "file": {**keys, "url": address},
        "m.mentions": {},
    }
