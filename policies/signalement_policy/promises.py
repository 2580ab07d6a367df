"""What must never be in a signalement, looked for: the rules refuse it, and this shows that they did."""

from collections import Counter
from collections.abc import Collection

from synapse.module_api import LoggingTransaction

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.inventory import signalement_rooms
from policies.signalement_policy.people import Role

CLEAR_EVENTS = "clear_events"
"""Events that are no state, not encrypted, and no redaction."""

ROBOTS_INSIDE = "robots_inside"
"""Accounts of an application service that are in a signalement, or invited, guests and the warden aside."""

ADMINISTRATORS = "administrators"
"""Accounts of the application service that are administrators of the homeserver."""


async def broken_promises(homeserver: Homeserver) -> dict[str, int]:
    """How many there are of each; without zeros. Reads what is in signalements now, and nothing of other rooms."""
    rooms = [room.room_id for room in await signalement_rooms(homeserver)]
    found: Counter[str] = Counter()
    found[CLEAR_EVENTS] = await homeserver.transaction("veilleuse_clear_events", _clear_events, rooms)
    for user_id in await homeserver.transaction("veilleuse_present", _present, rooms):
        found[ROBOTS_INSIDE] += await homeserver.role(user_id) is Role.ROBOT
    administrators = await homeserver.transaction("veilleuse_administrators", _administrators)
    found[ADMINISTRATORS] = sum(homeserver.is_service_user(user_id) for user_id in administrators)
    return dict(+found)


def _clear_events(txn: LoggingTransaction, rooms: Collection[str]) -> int:
    count = 0
    for room_id in rooms:
        txn.execute(
            "SELECT COUNT(*) FROM events WHERE room_id = ? AND state_key IS NULL AND rejection_reason IS NULL"
            " AND type NOT IN ('m.room.encrypted', 'm.room.redaction')",
            (room_id,),
        )
        count += (txn.fetchone() or (0,))[0]
    return count


def _present(txn: LoggingTransaction, rooms: Collection[str]) -> list[str]:
    """One entry for each person in each room."""
    present: list[str] = []
    for room_id in rooms:
        txn.execute(
            "SELECT user_id FROM local_current_membership WHERE room_id = ? AND membership IN ('join', 'invite')",
            (room_id,),
        )
        present += [user_id for (user_id,) in txn.fetchall()]
    return present


def _administrators(txn: LoggingTransaction) -> list[str]:
    txn.execute("SELECT name FROM users WHERE admin = 1")
    return [name for (name,) in txn.fetchall()]
