"""Rows as an earlier version wrote them: the adapters of today name columns that it did not have."""

from appservice.domain.signalement import Signalement
from appservice.store.database import Database, milliseconds


async def put_signalement(database: Database, signalement: Signalement) -> None:
    """With the columns of version 1, which every version has."""
    await database.execute(
        "INSERT INTO signalement (signalement_id, reference, room_id, guest_mxid, desk_id, department, role, in_danger,"
        " opened_at, state, agent_mxid, announcement_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        signalement.signalement_id,
        signalement.reference,
        signalement.room_id,
        signalement.guest_mxid,
        signalement.desk_id,
        signalement.department,
        signalement.role,
        signalement.in_danger,
        milliseconds(signalement.opened_at),
        signalement.state,
        signalement.agent_mxid,
        signalement.announcement_id,
    )
