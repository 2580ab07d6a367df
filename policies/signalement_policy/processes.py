"""Synapse's processes, each of which remembers for itself: what all are told to forget, and how one knows that.

Synapse has a stream for that (`caches`), which modules may use, too. What it says is deleted from the database, with
what it names. So nobody who was cut off can catch up. A process that is connected to the others forgets all that it
remembers; where it is the main one, which alone erases, so do the others, to whom nothing came meanwhile.
"""

import functools
from collections.abc import Awaitable, Callable, Collection
from itertools import islice
from typing import Any

from synapse.config.workers import MAIN_PROCESS_INSTANCE_NAME
from synapse.module_api import LoggingTransaction, ModuleApi
from synapse.storage.engines import PostgresEngine

_STREAM = "caches"
_AT_ONCE = 500
"""What is told in one piece is shorter than 16 KiB."""


class _Told:
    """What Synapse takes for a cache of the module's, and asks to forget what another process names, in strings."""

    def __init__(self, name: str, forget: Callable[[tuple[str, ...]], None]) -> None:
        self.__name__ = name
        self.__module__ = __name__
        self.invalidate = forget

    @property
    def full_name(self) -> str:
        return f"{self.__module__}.{self.__name__}"


class Processes:
    def __init__(self, api: ModuleApi) -> None:
        self._api = api
        self._hs = api._hs
        # Synapse describes the types of what it caches by a plugin of its own.
        self._store: Any = api._hs.get_datastores().main
        self._state: Any = api._hs.get_datastores().state
        self._state_told: Any = _Told("state_groups", self._forget_state_here)
        self._connection_use_told: Any = _Told("connection_uses", self._forget_connection_use_here)
        self._everything_told: Any = _Told("everything", self._forget_everything_here)

    def listen(self) -> None:
        """From now on this process forgets what others tell it to."""
        for told in (self._state_told, self._connection_use_told, self._everything_told):
            self._api.register_cached_function(told)
        if self._hs.config.redis.redis_enabled:
            is_main = self._api.worker_app is None
            self._after_each_connection(self._forget_everything if is_main else self._forget_alone)
            self._after_each_connection(self._let_go_of_what_the_dead_held)
            self._tell_nobody_of_events()
        else:
            self._hs.get_clock().call_when_running(
                self._api.run_as_background_process, "veilleuse_alone", self._let_go_of_what_the_dead_held
            )

    def _tell_nobody_of_events(self) -> None:
        """Where no other process sends to other homeservers, nothing is noted for it in Redis.

        Synapse notes each event there, for an hour, for a process that most homeservers do not have; and nobody could
        say or erase anything while Redis is away.
        """
        senders = set(self._hs.config.worker.federation_shard_config.instances)
        if senders <= {MAIN_PROCESS_INSTANCE_NAME}:

            async def note_nothing(_: object) -> None:
                return

            setattr(self._hs.get_event_creation_handler(), "cache_joined_hosts_for_events", note_nothing)  # noqa: B010

    def is_told(self, instance: str, position: int) -> bool:
        """Whether what `instance` has written at `position` of the stream has been said to all who listen."""
        if instance != self._hs.get_instance_name():
            return bool(self._store.get_cache_stream_token_for_writer(instance) >= position)
        streams = self._hs.get_replication_streamer().streams
        return any(stream.NAME == _STREAM and stream.last_token >= position for stream in streams)

    def forget_state(self, txn: LoggingTransaction, groups: Collection[int]) -> None:
        """Once the transaction is done, every process reads anew what state these groups stand for."""
        # A state group never changes, as far as Synapse is concerned: there is nothing it calls for this itself.
        names = iter(map(str, groups))
        while part := tuple(islice(names, _AT_ONCE)):
            txn.call_after(self._forget_state_here, part)
            if isinstance(txn.database_engine, PostgresEngine):
                self._store._send_invalidation_to_replication(txn, self._state_told.full_name, part)

    async def forget_connection_use(self, user_id: str, device_id: str, name: str, position: int) -> None:
        """Every process asks the database anew for where a connection of sliding sync stands."""
        await self._api.invalidate_cache(self._connection_use_told, (user_id, device_id, name, str(position)))

    def _forget_state_here(self, groups: tuple[str, ...]) -> None:
        gone = frozenset(map(int, groups))
        resolved = self._hs.get_state_resolution_handler()._state_cache
        for group in gone:
            self._state._state_group_cache.invalidate(group)
        for key in [key for key in resolved._cache if not key.isdisjoint(gone)]:
            resolved.pop(key, None)

    def _forget_connection_use_here(self, use: tuple[str, ...]) -> None:
        user_id, device_id, name, position = use
        self._store.get_and_clear_connection_positions.invalidate((user_id, device_id, name, int(position)))

    def _after_each_connection(self, act: Callable[[], Awaitable[None]]) -> None:
        """To the other processes, at the start and whenever it was lost."""
        handler = self._hs.get_replication_command_handler()
        original = handler.new_connection

        @functools.wraps(original)
        def new_connection(connection: Any) -> None:
            original(connection)
            self._api.run_as_background_process("veilleuse_connected", act)

        setattr(handler, "new_connection", new_connection)  # noqa: B010 (mypy refuses the assignment)

    async def _forget_everything(self) -> None:
        await self._api.invalidate_cache(self._everything_told, ("connected",))

    async def _forget_alone(self) -> None:
        self._forget_everything_here(())

    async def _let_go_of_what_the_dead_held(self) -> None:
        """Locks of processes that were killed: Synapse would keep them two minutes. Among several, of the one that bore
        this one's name before; where there is one process only, of whoever else held any.

        Nothing can be erased of a room for which an event was being made.
        """
        name, instance = self._hs.get_instance_name(), self._hs.get_instance_id()
        if self._hs.config.redis.redis_enabled:
            released = await self._api.run_db_interaction("veilleuse_successor", _succeed, name, instance)
        else:
            released = await self._api.run_db_interaction("veilleuse_alone", _release, "instance_name <> ?", instance)
        for lock in released:
            self._hs.get_worker_locks_handler().notify_lock_released(*lock)

    def _forget_everything_here(self, _: tuple[str, ...]) -> None:
        """Whatever this process remembers of the database."""
        for store in (self._store, self._state):
            for remembered in list(vars(store).values()):
                if callable(forget := getattr(remembered, "invalidate_all", None)):
                    forget()
        for remembered in (self._store._get_event_cache, self._store._event_ref, self._store._current_event_fetches):
            remembered.clear()
        resolved = self._hs.get_state_resolution_handler()._state_cache
        for key in list(resolved._cache):
            resolved.pop(key, None)


def _succeed(txn: LoggingTransaction, name: str, instance: str) -> list[tuple[str, str]]:
    """Takes the place of whoever bore the name, and returns its locks, by name and key, which are released."""
    txn.execute("SELECT pg_advisory_xact_lock(hashtext('veilleuse_processes'))")  # they may all start together
    txn.execute("CREATE TABLE IF NOT EXISTS veilleuse_processes (name TEXT PRIMARY KEY, instance TEXT NOT NULL)")
    txn.execute("SELECT instance FROM veilleuse_processes WHERE name = ? AND instance <> ?", (name, instance))
    released = [lock for (dead,) in txn.fetchall() for lock in _release(txn, "instance_name = ?", dead)]
    txn.execute(
        "INSERT INTO veilleuse_processes (name, instance) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET instance = EXCLUDED.instance",
        (name, instance),
    )
    return released


def _release(txn: LoggingTransaction, held_by: str, instance: str) -> list[tuple[str, str]]:
    """Deletes the locks whose holder is as `held_by` says of `instance`, and returns them, by name and key."""
    released: list[tuple[str, str]] = []
    for table in ("worker_read_write_locks", "worker_locks"):
        deletion = f"DELETE FROM {table} WHERE {held_by} RETURNING lock_name, lock_key"  # noqa: S608 (our own)
        txn.execute(deletion, (instance,))
        released += txn.fetchall()
    return released
