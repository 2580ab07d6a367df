"""On which databases the suites run.

`VEILLEUSE_TEST_DATABASE=sqlite` or `postgres`: on that one; `make test` runs both, side by side. Without it, tests of
one part run on both, and tests of the whole installation on SQLite.
"""

import os

from appservice.embedded.installation import DatabaseKind

_CHOSEN = os.environ.get("VEILLEUSE_TEST_DATABASE")

DATABASES = [_CHOSEN] if _CHOSEN else ["sqlite", "postgres"]
"""Parameters of fixtures of one part."""

OF_THE_WHOLE = DatabaseKind(_CHOSEN or "sqlite")
"""For a whole installation."""
