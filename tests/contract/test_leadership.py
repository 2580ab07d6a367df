"""One process works with a database at a time: the next one begins when it has let go, however that came about."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from appservice.domain.errors import ConfigurationError
from appservice.store.leadership import leading
from tests.postgres import Postgres


async def test_on_sqlite_a_second_one_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'veilleuse.db'}"
    async with leading(url):
        with pytest.raises(ConfigurationError, match="Another process"):
            async with leading(url):
                pass
    async with leading(url) as lost:
        assert not lost.is_set()


async def test_on_postgresql_a_second_one_stands_by_and_takes_over(postgres: Postgres) -> None:
    url = postgres.url(await postgres.new_database())
    second = leading(url)
    async with leading(url):
        taking_over = asyncio.create_task(second.__aenter__())
        done, _ = await asyncio.wait({taking_over}, timeout=0.5)
        assert not done
    lost = await asyncio.wait_for(taking_over, 10)
    assert not lost.is_set()
    await second.__aexit__(None, None, None)


async def test_on_postgresql_one_that_loses_its_connection_is_told_and_another_takes_over(postgres: Postgres) -> None:
    url = postgres.url(await postgres.new_database())
    async with leading(url) as lost:
        administrator = await asyncpg.connect(url)
        await administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await administrator.close()
        await asyncio.wait_for(lost.wait(), 15)
        async with leading(url) as still:
            assert not still.is_set()


async def test_one_that_stands_by_can_be_told_to_stop(postgres: Postgres) -> None:
    url = postgres.url(await postgres.new_database())
    async with leading(url):
        standing_by = asyncio.create_task(leading(url).__aenter__())
        await asyncio.wait({standing_by}, timeout=0.2)
        standing_by.cancel()
        await asyncio.gather(standing_by, return_exceptions=True)
        assert standing_by.cancelled()


async def test_a_database_that_does_not_answer_is_told() -> None:
    with pytest.raises(ConfigurationError, match="does not answer"):
        async with leading("postgresql://nobody@127.0.0.1:9/nowhere"):
            pass
