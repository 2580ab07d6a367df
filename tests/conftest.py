from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.postgres import Postgres, postgres_server

# A machine that is busy with other tests is slow, not wrong.
settings.register_profile("veilleuse", deadline=None)
settings.load_profile("veilleuse")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server
