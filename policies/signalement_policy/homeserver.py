"""All that the module needs of Synapse, in one place; what has no public interface is reached here and nowhere else."""

import hmac
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from synapse.api.errors import InvalidClientTokenError, NotFoundError
from synapse.api.room_versions import RoomVersion
from synapse.module_api import JsonDict, LoggingTransaction, ModuleApi, SynapseRequest
from synapse.module_api.errors import Codes, SynapseError
from synapse.storage.database import LoggingDatabaseConnection
from synapse.storage.engines import Sqlite3Engine
from synapse.types import create_requester

from policies.signalement_policy.rules import has_guest_name

P = ParamSpec("P")
T = TypeVar("T")


class Homeserver:
    def __init__(self, api: ModuleApi, warden: str) -> None:
        self.api = api
        self.warden = warden
        # Application services, caches and room versions are not in the public interface of modules.
        self._store = api._hs.get_datastores().main
        self.is_single_process = not api._hs.config.redis.redis_enabled
        """Whether nobody else caches what is in the database: Synapse's worker processes need Redis."""

    def require_warden(self, request: SynapseRequest) -> None:
        """Passes only if the request bears the token of the application service whose own user is the warden.

        Raises a 401 M_UNKNOWN_TOKEN if no application service has the token, a 403 M_FORBIDDEN if another one has.
        Every known token is compared, in constant time.
        """
        headers = request.requestHeaders.getRawHeaders(b"Authorization") or []
        bears = len(headers) == 1 and headers[0].startswith(b"Bearer ")
        token = headers[0].removeprefix(b"Bearer ") if bears else b""
        services = [
            service for service in self._store.get_app_services() if hmac.compare_digest(service.token.encode(), token)
        ]
        if not services:
            raise InvalidClientTokenError()
        if str(services[0].sender) != self.warden:
            raise SynapseError(403, f"Only the application service of {self.warden} may ask this", Codes.FORBIDDEN)

    async def require_room(self, room_id: str) -> None:
        """Raises a 404 M_NOT_FOUND if there is no such room, a 403 M_FORBIDDEN if the warden did not create it."""
        if not await self.is_our_room(room_id):
            raise NotFoundError("There is no such room")

    async def is_our_room(self, room_id: str) -> bool:
        """False if there is no such room (any more). Raises a 403 M_FORBIDDEN if the warden did not create it."""
        creators = await self.transaction("veilleuse_creator", _creators, room_id)
        if creators not in ([], [self.warden]):
            raise SynapseError(403, f"{self.warden} did not create this room", Codes.FORBIDDEN)
        return creators != []

    async def room_version(self, room_id: str) -> RoomVersion:
        return await self._store.get_room_version(room_id)

    def is_service_user(self, user_id: str) -> bool:
        """Whether the id is the warden's, or in the exclusive namespace of its application service: guests, bots."""
        return any(
            service.is_exclusive_user(user_id)
            for service in self._store.get_app_services()
            if str(service.sender) == self.warden
        )

    def is_guest(self, user_id: str) -> bool:
        """Whether the id is a guest's: so formed, and in the application service's namespace."""
        return has_guest_name(user_id, self.warden) and self.is_service_user(user_id)

    async def last_seen_ms(self, user_id: str) -> dict[str, int | None]:
        """The devices of a user, each with when it last asked something: Unix milliseconds, None for never.

        Includes what Synapse has not written to its database yet, unless another worker process holds it.
        """
        devices = await self._store.get_devices_by_user(user_id)
        seen = await self._store.get_last_client_ip_by_device(user_id, None)
        return {device: seen[user_id, device].last_seen if (user_id, device) in seen else None for device in devices}

    async def write_last_seen(self) -> None:
        """Makes Synapse write addresses and times of the last requests now, lest a row appear after a sweep."""
        # Written every five seconds, by one of the processes; the public interface only reads them.
        if self._store._update_on_this_worker:
            await self._store._update_client_ips_batch()

    async def transaction(
        self,
        name: str,
        function: Callable[Concatenate[LoggingTransaction, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Runs `function` in one database transaction, in a thread of the pool; again if the database says so.

        On SQLite, what the transaction deletes or overwrites is zeroed in the database file.
        """

        def run(txn: LoggingTransaction) -> T:
            if isinstance(txn.database_engine, Sqlite3Engine):
                # The distribution's SQLite may or may not do so unasked; there is one connection, and it remembers.
                txn.execute("PRAGMA secure_delete = ON")
            return function(txn, *args, **kwargs)

        return await self.api.run_db_interaction(name, run)

    def forget_cached_room(self, txn: LoggingTransaction, room_id: str) -> None:
        """Once the transaction is done, this process and all workers drop what they cache of the room."""
        # What Synapse itself calls after a purge; modules can only invalidate caches of their own.
        self._store._invalidate_caches_for_room_and_stream(txn, room_id)

    async def forget_cached_user(self, user_id: str) -> None:
        """This process and all workers drop what they cache of the account."""
        for cache in ("get_user_by_id", "is_user_erased"):
            await self._store.invalidate_cache_and_stream(cache, (user_id,))

    async def empty_write_ahead_log(self) -> None:
        """On SQLite, moves everything into the database file and truncates the log, which holds former pages.

        Nothing to do on PostgreSQL, whose own log and dead rows are its operator's.
        """

        def checkpoint(connection: LoggingDatabaseConnection) -> None:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        if isinstance(self._store.database_engine, Sqlite3Engine):
            # Not possible inside a transaction, and the public `run_db_interaction` always opens one.
            await self._store.db_pool.runWithConnection(checkpoint)

    async def send_as_warden(self, room_id: str, events: Sequence[JsonDict]) -> None:
        """Sends events that are not state into a room, in order and together: all of them, or none.

        Takes about a quarter of the time of sending them one by one.
        """
        # The public `create_and_send_event_into_room` sends one at a time; this is what Synapse copies rooms with.
        await self.api._hs.get_event_creation_handler().create_and_send_new_client_events(
            create_requester(self.warden),
            room_id,
            prev_event_id=None,
            event_dicts=[{**event, "room_id": room_id, "sender": self.warden} for event in events],
            ratelimit=False,
        )

    async def purge_room(self, room_id: str) -> None:
        """Deletes the room, whoever is in it, without making anybody leave. Returns when it is done."""
        # The public `delete_room` makes the members leave, which writes new events, and keeps a row of the task for a
        # week. Twice at a time is safe: Synapse takes a lock for the room.
        await self.api._hs.get_pagination_handler().purge_room(room_id, force=True)


def _creators(txn: LoggingTransaction, room_id: str) -> list[str | None]:
    """Empty if there is no such room; None for one whose creation is not known. In one statement: a purge may run."""
    txn.execute(
        "SELECT events.sender FROM rooms"
        " LEFT JOIN current_state_events AS state ON state.room_id = rooms.room_id AND state.type = 'm.room.create'"
        " LEFT JOIN events ON events.event_id = state.event_id"
        " WHERE rooms.room_id = ?",
        (room_id,),
    )
    return [sender for (sender,) in txn.fetchall()]
