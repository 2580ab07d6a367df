"""Which devices have not yet synced past the end of a room: the warden's probe of the kick waits in their inbox.

A device in whose inbox the probe of the join waits too has not synced since before anything was said: it holds nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from synapse.module_api import LoggingTransaction
from synapse.storage.database import make_in_list_sql_clause

from policies.signalement_policy.connections import Connections
from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.members import first_joined_ms
from policies.signalement_policy.rules import Moment, may_hold_room, probe_moment, room_hash


@dataclass(frozen=True, order=True)
class Device:
    user_id: str
    device_id: str


async def unacknowledged(homeserver: Homeserver, connections: Connections, room_id: str) -> list[Device]:
    """The devices, in order, that may still hold the room: of people who were in it, seen since, kick not fetched, or
    not over every connection over which they were shown the room.

    A device that was logged out since is not among them: Synapse tells it so, and it forgets.
    """
    joined = await homeserver.transaction("veilleuse_joined", first_joined_ms, room_id)
    people = {user: at for user, at in joined.items() if not homeserver.is_service_user(user)}
    probed = await homeserver.transaction("veilleuse_probed", _probed, homeserver.warden, room_id, people)
    late = {Device(one.user_id, one.device_id) for one in await connections.not_past(room_id, people)}
    return sorted(
        [device for device in probed | late if await _may_hold_room(homeserver, device, people[device.user_id])]
    )


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
    waiting: dict[Moment, set[Device]] = {Moment.JOIN: set(), Moment.KICK: set()}
    for user_id, device_id, message in txn.fetchall():
        moment = probe_moment(json.loads(message), warden, room_id)
        if moment is not None:
            waiting[moment].add(Device(user_id, device_id))
    return waiting[Moment.KICK] - waiting[Moment.JOIN]
