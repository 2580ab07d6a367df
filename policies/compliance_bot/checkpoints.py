"""The checkpoints that the bot has signed and posted: lines in a file of its own, besides those that auditors keep.

The key that signs is the bot's: whoever holds the service's database alone cannot sign for what was changed in it.
"""

import os
from datetime import datetime
from pathlib import Path

from appservice.domain.audit.chain import Head
from appservice.domain.audit.checkpoint import Checkpoint, Signer, read_checkpoints


class CheckpointFile:
    """Implements `Checkpoints`."""

    def __init__(self, path: Path, signers: tuple[Signer, ...]) -> None:
        """`signers`: the newest first; it signs, the others signed before."""
        self._path = path
        self._signer = signers[0]
        self._trusted = [signer.public_key for signer in signers]

    def posted(self) -> list[Checkpoint]:
        """The oldest first. Raises `InvalidInput` if one was changed."""
        try:
            text = self._path.read_text(encoding="ascii")
        except FileNotFoundError:
            return []
        return read_checkpoints(text, self._trusted)

    def sign(self, head: Head, at: datetime) -> str:
        line = self._signer.sign(head, at)
        with open(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="ascii") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        return line
