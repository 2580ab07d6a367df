from collections.abc import AsyncIterator

import pytest

from tests.databases import DATABASES
from tests.postgres import Postgres
from tests.synapse.server import Server, Signalement, running_server


@pytest.fixture(scope="session", params=DATABASES)
async def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A Synapse with the policy module, once on each database."""
    postgres: Postgres | None = request.getfixturevalue("postgres") if request.param == "postgres" else None
    async with running_server(tmp_path_factory.mktemp("synapse"), postgres) as running:
        yield running


@pytest.fixture
async def signalement(server: Server) -> Signalement:
    """A room of the warden's with a guest and an agent in it."""
    return await server.signalement()
