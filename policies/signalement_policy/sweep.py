"""Erases what Synapse leaves behind after it has purged a room and deactivated its guest.

Only from the tables listed here, each with its reason, and from agents' settings (`mentions.py`). What is in none of
them shows in the residue instead. Files of media are not deleted here, but in `attachments.py`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from synapse.module_api import LoggingTransaction
from synapse.module_api.errors import Codes, SynapseError
from synapse.util.duration import Duration

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.links import Links
from policies.signalement_policy.mentions import forget_mentions, forget_settings
from policies.signalement_policy.residue import schema_of
from policies.signalement_policy.rules import localpart, room_hash

_BY_ROOM = (
    ("current_state_delta_stream", "room_id", "changes of state: Synapse never deletes them"),
    ("delayed_events", "room_id", "content of events yet to be sent"),
    ("device_lists_changes_in_room", "room_id", "which devices appeared while in the room"),
    ("event_labels", "room_id", "labels of events"),
    ("event_reports", "room_id", "what a member reported, content included"),
    ("event_txn_id_device_id", "room_id", "which device sent which event"),
    ("room_ban_redactions", "room_id", "who was banned with what they said"),
    ("room_reports", "room_id", "that a member reported the room"),
    ("room_retention", "room_id", "how long the room kept its events"),
    ("room_tags_revisions", "room_id", "that a member tagged the room"),
    ("scheduled_tasks", "resource_id", "tasks about the room: kept for a week"),
    ("sliding_sync_connection_lazy_members", "room_id", "whom a client was told of in the room"),
    ("sliding_sync_connection_room_configs", "room_id", "how a client looked at the room"),
    ("sliding_sync_connection_streams", "room_id", "how far a client had read the room"),
    ("thread_subscriptions", "room_id", "threads that a member followed"),
    ("threads", "room_id", "which events answered which"),
    ("timeline_gaps", "room_id", "holes in the room's history"),
    ("un_partial_stated_room_stream", "room_id", "that the room was joined bit by bit"),
)
_BY_GUEST = (
    ("access_tokens", "user_id", "left only if the deactivation was cut short"),
    ("account_data", "user_id", "settings"),
    ("deleted_pushers", "user_id", "that there was a notification channel"),
    ("dehydrated_devices", "user_id", "a device kept for later"),
    ("device_lists_changes_in_room", "user_id", "which devices appeared"),
    ("device_inbox", "user_id", "messages that its device never fetched"),
    ("device_lists_outbound_last_success", "user_id", "that other servers were told"),
    ("device_lists_outbound_pokes", "user_id", "that other servers were to be told"),
    ("device_lists_stream", "user_id", "which devices appeared"),
    ("devices", "user_id", "left only if the deactivation was cut short; holds an address"),
    ("e2e_cross_signing_keys", "user_id", "public keys of the browser's session"),
    ("e2e_cross_signing_signatures", "target_user_id", "that an agent confirmed these keys"),
    ("e2e_cross_signing_signatures", "user_id", "signatures by these keys"),
    ("e2e_device_keys_json", "user_id", "public keys of the device"),
    ("e2e_fallback_keys_json", "user_id", "public keys of the device"),
    ("e2e_one_time_keys_json", "user_id", "public keys of the device"),
    ("e2e_room_keys", "user_id", "a key backup, which the page never makes"),
    ("e2e_room_keys_versions", "user_id", "a key backup, which the page never makes"),
    ("erased_users", "user_id", "a mark for events that are gone"),
    ("ignored_users", "ignored_user_id", "that an agent wanted to hear no more of the guest"),
    ("ignored_users", "ignorer_user_id", "settings"),
    ("monthly_active_users", "user_id", "when the guest was there"),
    ("presence_stream", "user_id", "when the guest was there"),
    ("profile_updates", "user_id", "when the guest's name was set and taken away"),
    ("profile_updates_per_user", "user_id", "when the guest's name was set and taken away"),
    ("profiles", "full_user_id", "display name"),
    ("push_rules", "user_name", "settings"),
    ("push_rules_enable", "user_name", "settings"),
    ("push_rules_stream", "user_id", "settings"),
    ("pushers", "user_name", "a notification channel, which a guest may not have"),
    ("room_memberships", "user_id", "left only if the purge was cut short"),
    ("scheduled_tasks", "resource_id", "tasks about the guest: kept for a week"),
    ("sliding_sync_connections", "user_id", "how a client looked at its rooms"),
    ("user_daily_visits", "user_id", "on which days the guest was there, with which browser"),
    ("user_directory", "user_id", "display name"),
    ("user_filters", "full_user_id", "settings of the client"),
    ("user_reports", "target_user_id", "what an agent reported of the guest, in clear"),
    ("user_ips", "user_id", "addresses: the portal's, if it is all right"),
    ("user_signature_stream", "from_user_id", "that the guest signed keys"),
    ("user_stats_current", "user_id", "how many rooms the guest was in"),
    ("users", "name", "the deactivated account itself: its name is random and in an exclusive namespace"),
)

_INVALIDATIONS = "cache_invalidation_stream_by_instance"
_TOLD_WITHIN = timedelta(seconds=5)
_LOOK_EVERY = timedelta(milliseconds=50)
_TOLD_LONG_AGO = timedelta(minutes=1)
"""By then a process has heard, or is gone."""


async def sweep(homeserver: Homeserver, links: Links, room_id: str, guest: str) -> dict[str, int]:
    """Returns how many rows were deleted, by table, without zeros: empty when all had been done before.

    Raises a 409 M_BAD_STATE while the room exists or the account is not completely deactivated, a 403 M_FORBIDDEN if
    the user is not a guest, or the room somebody else's.
    """
    if not homeserver.is_guest(guest):
        raise SynapseError(403, "Only what is left of a guest can be swept", Codes.FORBIDDEN)
    if await homeserver.is_our_room(room_id):
        raise SynapseError(409, "The room has not been purged", Codes.BAD_STATE)
    await links.forget(room_id)
    await homeserver.write_last_seen()
    deleted = await forget_settings(homeserver, (room_id, guest))
    deleted += await homeserver.transaction("veilleuse_sweep", _sweep, homeserver, room_id, guest)
    if deleted:
        await homeserver.forget_cached_user(guest)
    deleted += await _sweep_invalidations(homeserver, (room_id, guest))
    await homeserver.empty_write_ahead_log()
    return dict(deleted)


def _sweep(txn: LoggingTransaction, homeserver: Homeserver, room_id: str, guest: str) -> Counter[str]:
    _require_deactivated(txn, guest)
    schema = schema_of(homeserver, txn)
    deleted: Counter[str] = Counter()
    for tables, name in ((_BY_ROOM, room_id), (_BY_GUEST, guest)):
        for table, column, _ in tables:
            if column in schema.get(table, ()):
                txn.execute(f"DELETE FROM {table} WHERE {column} = ?", (name,))  # noqa: S608 (our own list)
                deleted[table] += txn.rowcount
    # The deletion of a device's messages has the device as its subject, and the guest among its parameters.
    txn.execute("DELETE FROM scheduled_tasks WHERE params LIKE ?", (f"%{guest}%",))
    deleted["scheduled_tasks"] += txn.rowcount
    txn.execute("DELETE FROM delayed_events WHERE user_localpart = ?", (localpart(guest),))
    deleted["delayed_events"] += txn.rowcount
    _move_bookmarks(txn, room_id, guest)
    # A probe that was never fetched names the room by its hash, which occurs in nothing else.
    return +(deleted + forget_mentions(txn, (room_id, guest, room_hash(room_id))))


def _move_bookmarks(txn: LoggingTransaction, room_id: str, guest: str) -> None:
    """Two walks through tables, of which Synapse notes how far it has come, may have come just here: a little back."""
    position = "device_lists_changes_converted_stream_position"
    txn.execute(f"UPDATE {position} SET room_id = '' WHERE room_id = ?", (room_id,))  # noqa: S608 (our own name)
    # "delete_old_otks", once in a database's life; it reads its note only when it was interrupted.
    txn.execute("UPDATE scheduled_tasks SET result = NULL WHERE result LIKE ?", (f"%{guest}%",))


def _require_deactivated(txn: LoggingTransaction, guest: str) -> None:
    txn.execute("SELECT 1 FROM users WHERE name = ? AND deactivated = 0", (guest,))
    active = txn.fetchone() is not None
    txn.execute("SELECT 1 FROM users_pending_deactivation WHERE user_id = ?", (guest,))
    if active or txn.fetchone() is not None:
        raise SynapseError(409, "The guest's account has not been deactivated completely", Codes.BAD_STATE)


async def _sweep_invalidations(homeserver: Homeserver, names: Sequence[str]) -> Counter[str]:
    """What Synapse tells its other processes to forget; on PostgreSQL only. With no other process, nobody reads it.

    With workers it is deleted once they have been told. What a process was not told, being cut off, it would look for
    here: all forget everything instead, see `processes.py`. Raises a 503 if they are not told soon.
    """
    deleted: Counter[str] = Counter()
    if _INVALIDATIONS not in await homeserver.transaction("veilleuse_schema", partial(schema_of, homeserver)):
        return deleted
    for _ in range(_TOLD_WITHIN // _LOOK_EVERY):
        waiting = await homeserver.transaction("veilleuse_invalidations", _invalidations, names)
        long_ago = homeserver.now_ms() - _TOLD_LONG_AGO // timedelta(milliseconds=1)
        told = [
            one.position
            for one in waiting
            if homeserver.is_single_process or one.at_ms < long_ago or homeserver.is_known_to_all(*one.written)
        ]
        await homeserver.transaction("veilleuse_sweep_invalidations", _delete_invalidations, told)
        deleted[_INVALIDATIONS] += len(told)
        if len(told) == len(waiting):
            return +deleted
        await homeserver.clock.sleep(Duration(milliseconds=_LOOK_EVERY // timedelta(milliseconds=1)))
    raise SynapseError(503, "The homeserver's workers have not been told yet: try again", Codes.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Invalidation:
    position: int
    instance: str
    at_ms: int

    @property
    def written(self) -> tuple[str, int]:
        return self.instance, self.position


def _invalidations(txn: LoggingTransaction, names: Sequence[str]) -> list[_Invalidation]:
    clause = " OR ".join("CAST(keys AS TEXT) LIKE ?" for _ in names)
    txn.execute(
        f"SELECT stream_id, instance_name, invalidation_ts FROM {_INVALIDATIONS} WHERE {clause}",  # noqa: S608 (our own)
        [f"%{name}%" for name in names],
    )
    return [_Invalidation(*row) for row in txn.fetchall()]


def _delete_invalidations(txn: LoggingTransaction, positions: Sequence[int]) -> None:
    deletion = f"DELETE FROM {_INVALIDATIONS} WHERE stream_id = ?"  # noqa: S608 (our own name)
    txn.execute_batch(deletion, [(position,) for position in positions])
