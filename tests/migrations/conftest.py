from pathlib import Path

import pytest

from tests.databases import DATABASES


@pytest.fixture(params=DATABASES)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'veilleuse.db'}"
    postgres = request.getfixturevalue("postgres")
    address: str = postgres.url(await postgres.new_database())
    return address
