"""Which devices have not yet synced past the end of a room: the warden's probe still waits in their inbox."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from synapse.module_api import LoggingTransaction
from synapse.storage.database import make_in_list_sql_clause

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.members import first_joined_ms
from policies.signalement_policy.rules import is_probe, may_hold_room, room_hash


@dataclass(frozen=True, order=True)
class Device:
    user_id: str
    device_id: str


async def unacknowledged(homeserver: Homeserver, room_id: str) -> list[Device]:
    """The devices, in order, that may still hold the room: of people who were in it, seen since, probe not fetched.

    A device that was logged out since is not among them: Synapse tells it so, and it forgets.
    """
    joined = await homeserver.transaction("veilleuse_joined", first_joined_ms, room_id)
    people = {user: at for user, at in joined.items() if not homeserver.is_service_user(user)}
    probed = await homeserver.transaction("veilleuse_probed", _probed, homeserver.warden, room_id, people)
    return sorted([device for device in probed if await _may_hold_room(homeserver, device, people[device.user_id])])


async def _may_hold_room(homeserver: Homeserver, device: Device, joined_ms: int) -> bool:
    seen = await homeserver.last_seen_ms(device.user_id)
    return device.device_id in seen and may_hold_room(seen[device.device_id], joined_ms)


def _probed(txn: LoggingTransaction, warden: str, room_id: str, people: Mapping[str, int]) -> set[Device]:
    clause, users = make_in_list_sql_clause(txn.database_engine, "user_id", people)
    txn.execute(
        f"SELECT user_id, device_id, message_json FROM device_inbox"  # noqa: S608 (placeholders only)
        f" WHERE {clause} AND message_json LIKE ?",
        [*users, f"%{room_hash(room_id)}%"],
    )
    return {
        Device(user_id, device_id)
        for user_id, device_id, message in txn.fetchall()
        if is_probe(json.loads(message), warden, room_id)
    }
