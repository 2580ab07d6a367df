"""Files that hold secrets."""

import os
from pathlib import Path
from typing import TextIO, cast


def private_file(path: Path, mode: str = "w") -> TextIO:
    """Opens a text file that its owner alone can read."""
    return cast(TextIO, open(path, mode, encoding="utf-8", opener=lambda name, flags: os.open(name, flags, mode=0o600)))
