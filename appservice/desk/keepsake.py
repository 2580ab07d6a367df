"""What a desk bot must not forget: small files that only the service's account can read, replaced all at once."""

import json
import os
import secrets
from pathlib import Path
from typing import Any


class Keepsake:
    """A directory of one bot, mode 0700. A file is there in full or not at all, whenever the power goes."""

    def __init__(self, directory: Path) -> None:
        """Makes the directory if there is none; takes other accounts' access away if it is there."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        self.directory = directory

    def read(self, name: str) -> Any:
        """What was last written under that name; None if nothing was."""
        try:
            return json.loads((self.directory / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def write(self, name: str, value: Any) -> None:
        """Keeps a JSON value; it is on disk when this returns."""
        draft = self.directory / f".{name}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump(value, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.directory / name)
        folder = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def secret(self, name: str) -> str:
        """32 random bytes in hexadecimal, the same each time it is asked for."""
        kept = self.read(name)
        if kept is None:
            kept = secrets.token_hex(32)
            self.write(name, kept)
        return str(kept)
