"""Two processes on one PostgreSQL, fifty agents: one of them has it, and both processes know."""

import asyncio
import sys

from appservice.domain.ids import UserId
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from tests.fakes.world import START
from tests.postgres import Postgres
from tests.unit.factories import a_signalement

ROUNDS = 3


async def test_of_fifty_agents_in_two_processes_one_has_it(postgres: Postgres) -> None:
    url = postgres.url(await postgres.new_database())
    database = Database(url)
    await database.start()
    stores = SqlStores(database)
    for number in range(ROUNDS):
        opened = a_signalement(f"!room{number}", f"@veilleuse_guest_{number}:x", f"CCCC-0{number}")
        await stores.add(opened)
        await stores.replace(opened, opened.ready(START))
        winners = await _taken_by(url, opened.reference)
        stored = await stores.by_id(opened.signalement_id)
        assert stored is not None
        assert winners == [stored.agent_mxid]
    await database.stop()


async def _taken_by(url: str, reference: str) -> list[UserId]:
    """Starts both, and lets them go at the same moment."""
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.contract.claimants", url, reference,
            *(f"@agent{half}_{number}:x" for number in range(25)), stdin=pipe, stdout=pipe,
        )
        for half in (1, 2)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    return [UserId(name) for said, _ in answers for name in said.decode().strip().split(",") if name]
