"""A process of its own that takes one signalement for many agents at once: `python -m tests.contract.claimants`.

Arguments: the database's address, the signalement's reference, and the agents' Matrix ids. Says who got it.
"""

import asyncio
import sys

from appservice.domain.ids import Reference, UserId
from appservice.domain.refusals import AlreadyTaken
from appservice.domain.signalement import Signalement, State
from appservice.store.database import Database
from appservice.store.day import SqlDayStore
from appservice.store.signalements import SqlStores
from appservice.usecases.change_signalement import ChangeSignalement
from tests.fakes.world import START


async def take(url: str, reference: Reference, agents: list[UserId]) -> list[UserId]:
    database = Database(url)
    await database.start()
    change, day = ChangeSignalement(SqlStores(database)), SqlDayStore(database)

    async def one(agent: UserId) -> bool:
        async def decide(stored: Signalement) -> Signalement:
            if stored.state is State.CLAIMED:
                raise AlreadyTaken
            await day.lock_agent(agent)
            return stored.claimed_by(agent, START)

        try:
            await change.by_reference(reference, decide)
        except AlreadyTaken:
            return False
        return True

    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    taken = await asyncio.gather(*(one(agent) for agent in agents))
    await database.stop()
    return [agent for agent, has in zip(agents, taken, strict=True) if has]


if __name__ == "__main__":
    address, wanted, *names = sys.argv[1:]
    print(*asyncio.run(take(address, Reference(wanted), [UserId(name) for name in names])), sep=",")
