"""What agents say of themselves, in the service's database."""

from collections.abc import Collection, Mapping

from appservice.domain.availability import AgentStatus, Presence
from appservice.domain.ids import UserId
from appservice.store.database import Database, milliseconds, moment, places


class SqlAgentStatuses:
    """Implements the port `AgentStatuses`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def statuses_of(self, agents: Collection[UserId]) -> Mapping[UserId, AgentStatus]:
        if not agents:
            return {}
        rows = await self._database.rows(
            f"SELECT agent_mxid, presence, until FROM agent_status WHERE agent_mxid IN ({places(len(agents))})",  # noqa: S608 constants
            *agents,
        )
        return {
            UserId(row["agent_mxid"]): AgentStatus(
                Presence(row["presence"]), None if row["until"] is None else moment(row["until"])
            )
            for row in rows
        }

    async def set_status(self, agent: UserId, status: AgentStatus) -> None:
        await self._database.execute(
            "INSERT INTO agent_status (agent_mxid, presence, until) VALUES ($1, $2, $3)"
            " ON CONFLICT (agent_mxid) DO UPDATE SET presence = excluded.presence, until = excluded.until",
            agent,
            status.presence,
            None if status.until is None else milliseconds(status.until),
        )
