"""All that the module needs of Synapse: what has no public interface is reached here, in `processes.py` and in
`interception.py`, and nowhere else."""

import hmac
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Concatenate, ParamSpec, TypeVar

from synapse.api.constants import EventContentFields, RoomTypes
from synapse.api.errors import InvalidClientTokenError, MissingClientTokenError, NotFoundError, StoreError
from synapse.api.room_versions import RoomVersion
from synapse.appservice import ApplicationService
from synapse.events import EventBase
from synapse.handlers.worker_lock import NEW_EVENT_DURING_PURGE_LOCK_NAME
from synapse.logging.context import make_deferred_yieldable
from synapse.module_api import JsonDict, LoggingTransaction, ModuleApi, SynapseRequest
from synapse.module_api.errors import Codes, SynapseError
from synapse.storage.database import LoggingDatabaseConnection, make_in_list_sql_clause
from synapse.storage.engines import Sqlite3Engine
from synapse.types import create_requester

from policies.signalement_policy.people import Role
from policies.signalement_policy.processes import Processes
from policies.signalement_policy.room_events import Profile
from policies.signalement_policy.rules import has_guest_name, localpart

P = ParamSpec("P")
T = TypeVar("T")


class RoomKind(Enum):
    SIGNALEMENT = auto()
    SPACE = auto()
    """The warden's: of a desk, or of all."""
    DESK = auto()
    """Any other room of the warden's."""
    ORDINARY = auto()


@dataclass(frozen=True, slots=True)
class Caller:
    """`is_service`: with an application service's token, on behalf of `user_id`."""

    user_id: str
    is_service: bool


OURS = (RoomKind.SIGNALEMENT, RoomKind.SPACE, RoomKind.DESK)
"""The warden's."""

KIND = "org.veilleuse.kind"
"""In the content of `m.room.create`: `signalement` makes a room of the warden's one to which the rules apply."""

_REMEMBERED_ROOMS = 20_000


class Homeserver:
    def __init__(self, api: ModuleApi, warden: str) -> None:
        self.api = api
        self.warden = warden
        # Application services, caches and room versions are not in the public interface of modules.
        self.hs = api._hs
        self._store = api._hs.get_datastores().main
        # Synapse describes the types of what it caches by a plugin of its own.
        self._cached: Any = self._store
        self._guest_prefix = f"{warden.partition(':')[0]}_guest_"
        self._kinds: dict[str, RoomKind] = {}
        self.clock = api._hs.get_clock()
        self.schema: Mapping[str, frozenset[str]] | None = None
        """Each table of the database with its columns, once somebody has read them."""
        self.is_single_process = not api._hs.config.redis.redis_enabled
        """Whether nobody else caches what is in the database: Synapse's worker processes need Redis."""
        self.is_main_process = api.worker_app is None
        self._processes = Processes(api)
        self.services: Sequence[ApplicationService] = self._store.get_app_services()
        self.knows_tokens = not api._hs.config.mas.enabled
        """Whether this homeserver gives out its users' tokens itself."""

    def listen_to_other_processes(self) -> None:
        """From now on this process forgets what others tell it to."""
        self._processes.listen()

    def is_known_to_all(self, instance: str, position: int) -> bool:
        """Whether the processes of Synapse have been told what `instance` has written for them at `position`."""
        return self._processes.is_told(instance, position)

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

    async def require_room(self, room_id: str, *kinds: RoomKind) -> None:
        """Raises a 404 M_NOT_FOUND if there is no such room, a 403 M_FORBIDDEN if it is of none of these kinds."""
        kind = await self._our_room(room_id)
        if kind is None:
            raise NotFoundError("There is no such room")
        if kind not in kinds:
            raise SynapseError(403, "This is not done to a room of this kind", Codes.FORBIDDEN)

    async def is_our_room(self, room_id: str) -> bool:
        """False if there is no such room (any more). Raises a 403 M_FORBIDDEN if the warden did not create it."""
        return await self._our_room(room_id) is not None

    async def _our_room(self, room_id: str) -> RoomKind | None:
        """Read from the database: what is remembered of a room outlives it."""
        creations = await self.transaction("veilleuse_creation", _creations, room_id)
        if not creations:
            return None
        ((sender, creation),) = creations
        if sender != self.warden:
            raise SynapseError(403, f"{self.warden} did not create this room", Codes.FORBIDDEN)
        return self._kind_of(sender, json.loads(creation)["content"])

    async def room_version(self, room_id: str) -> RoomVersion:
        return await self._store.get_room_version(room_id)

    def sender_of_service(self, service_id: str) -> str:
        """The own user of an application service; "" if there is no such service."""
        service = self._store.get_app_service_by_id(service_id)
        return "" if service is None else str(service.sender)

    def is_service_user(self, user_id: str) -> bool:
        """Whether the id is the warden's, or in the exclusive namespace of its application service: guests, bots."""
        return any(
            service.is_exclusive_user(user_id)
            for service in self._store.get_app_services()
            if str(service.sender) == self.warden
        )

    def is_guest(self, user_id: str) -> bool:
        """Whether the id is a guest's: so formed, and in the application service's namespace."""
        return (
            user_id.startswith(self._guest_prefix)
            and has_guest_name(user_id, self.warden)
            and self.is_service_user(user_id)
        )

    async def role(self, user_id: str) -> Role:
        if user_id == self.warden:
            return Role.WARDEN
        if self.is_guest(user_id):
            return Role.GUEST
        if not self.api.is_mine(user_id):
            return Role.FOREIGNER
        if any(
            str(service.sender) == user_id or service.is_exclusive_user(user_id)
            for service in self._store.get_app_services()
        ):
            return Role.ROBOT
        account = await self.api.get_userinfo_by_id(user_id)
        return Role.PERSON if account is None or account.appservice_id is None else Role.ROBOT

    async def caller(self, request: SynapseRequest) -> Caller | None:
        """On whose behalf a request is made; `None` if it bears no token of a user or of an application service."""
        try:
            token = self.hs.get_auth().get_access_token_from_request(request)
        except MissingClientTokenError:
            return None
        service = self._store.get_app_service_by_token(token)
        if service is not None:
            named = (request.args or {}).get(b"user_id", [])
            user_id = named[0].decode("utf-8", "replace") if named else str(service.sender)
            return Caller(user_id, is_service=True)
        account = await self._cached.get_user_by_access_token(token)
        return None if account is None else Caller(account.user_id, is_service=False)

    def note_creation(self, event: EventBase) -> None:
        """Remembers what a room is before it is in the database."""
        self._remember(event.room_id, self._kind_of(event.sender, event.content))

    async def is_signalement(self, room_id: str) -> bool:
        return await self._kind(room_id) is RoomKind.SIGNALEMENT

    async def is_space(self, room_id: str) -> bool:
        """Whether it is a Space that the warden created."""
        return await self._kind(room_id) is RoomKind.SPACE

    async def is_wardens(self, room_id: str) -> bool:
        """Whether the warden created the room: a signalement, or a desk's."""
        return await self._kind(room_id) is not RoomKind.ORDINARY

    async def _kind(self, room_id: str) -> RoomKind:
        known = self._kinds.get(room_id)
        if known is not None:
            return known
        creation = (await self.api.get_room_state(room_id, [("m.room.create", "")])).get(("m.room.create", ""))
        if creation is None:  # no such room, or none that this homeserver is in
            return RoomKind.ORDINARY
        return self._remember(room_id, self._kind_of(creation.sender, creation.content))

    def _kind_of(self, creator: str, content: Mapping[str, Any]) -> RoomKind:
        if creator != self.warden:
            return RoomKind.ORDINARY
        if content.get(KIND) == "signalement":
            return RoomKind.SIGNALEMENT
        is_space = content.get(EventContentFields.ROOM_TYPE) == RoomTypes.SPACE
        return RoomKind.SPACE if is_space else RoomKind.DESK

    def _remember(self, room_id: str, kind: RoomKind) -> RoomKind:
        if len(self._kinds) >= _REMEMBERED_ROOMS:
            self._kinds.clear()  # a room never changes its creation: this costs a look into the database each
        self._kinds[room_id] = kind
        return kind

    async def signalements_of(self, user_id: str) -> list[str]:
        """Those which the user has joined."""
        rooms = await self._cached.get_rooms_for_user(user_id)
        return [room_id for room_id in rooms if await self.is_signalement(room_id)]

    async def is_own_signalement(self, guest: str, room_id: str) -> bool:
        """Whether it is one to which the guest is or was invited."""
        if not await self.is_signalement(room_id):
            return False
        membership, _ = await self._cached.get_local_current_membership_for_user_in_room(guest, room_id)
        return membership is not None

    async def joined_with(self, guest: str) -> frozenset[str]:
        """Everybody who is in a guest's conversation, itself included."""
        rooms = await self.signalements_of(guest)
        return frozenset([user for room_id in rooms for user in await self._cached.get_users_in_room(room_id)])

    async def is_in_wardens_rooms(self, user_id: str) -> bool:
        """Whether the user has joined any: an agent has."""
        return await self._has_joined(user_id, OURS)

    async def is_of_a_desk(self, user_id: str) -> bool:
        """Whether the user has joined a Space or a room of a desk: any room of the warden's but a signalement."""
        return await self._has_joined(user_id, (RoomKind.SPACE, RoomKind.DESK))

    async def _has_joined(self, user_id: str, kinds: Collection[RoomKind]) -> bool:
        # Both are remembered: which rooms they are, and of what kind.
        for room_id in await self._cached.get_rooms_for_user(user_id):
            if await self._kind(room_id) in kinds:
                return True
        return False

    def now_ms(self) -> int:
        """Unix milliseconds."""
        return self.hs.get_clock().time_msec()

    async def sender_of(self, event_id: str) -> str | None:
        event = await self._store.get_event(event_id, allow_none=True)
        return None if event is None else event.sender

    async def profile(self, user_id: str) -> Profile:
        """Of a local user."""
        known = await self.api.get_profile_for_user(localpart(user_id))
        return Profile(known.display_name, known.avatar_url)

    async def devices_of(self, user_id: str) -> frozenset[str]:
        return frozenset(await self._store.get_devices_by_user(user_id))

    async def last_seen_ms(self, user_id: str) -> dict[str, int | None]:
        """The devices of a user, each with when it last asked something: Unix milliseconds, None for never.

        Includes what Synapse has not written to its database yet, unless another worker process holds it.
        """
        devices = await self._store.get_devices_by_user(user_id)
        seen = await self._store.get_last_client_ip_by_device(user_id, None)
        return {device: seen[user_id, device].last_seen if (user_id, device) in seen else None for device in devices}

    async def last_written_ms(self, users: Collection[str]) -> dict[str, int]:
        """When each of these users last asked something, as far as that is written: two minutes late at most."""

        def read(txn: LoggingTransaction) -> dict[str, int]:
            clause, values = make_in_list_sql_clause(txn.database_engine, "user_id", users)
            query = f"SELECT user_id, MAX(last_seen) FROM devices WHERE {clause} GROUP BY user_id"  # noqa: S608 (placeholders)
            txn.execute(query, values)
            return {user_id: last_seen for user_id, last_seen in txn.fetchall() if last_seen is not None}

        return await self.transaction("veilleuse_last_written", read)

    async def write_last_seen(self) -> None:
        """Makes Synapse write addresses and times of the last requests now, lest a row appear after a sweep."""
        # Written every five seconds, by one of the processes; the public interface only reads them.
        if self._store._update_on_this_worker:
            await make_deferred_yieldable(self._store._update_client_ips_batch())

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

    def nobody_writes_to(self, room_id: str) -> AbstractAsyncContextManager[object]:
        """Waits until no event is being made for the room, in any process, and lets none be made meanwhile."""
        # As Synapse itself does while it purges a room.
        return self.api._hs.get_worker_locks_handler().acquire_read_write_lock(
            NEW_EVENT_DURING_PURGE_LOCK_NAME, room_id, write=True
        )

    async def forget_connection_uses(self, uses: Collection[tuple[str, str, str, int]]) -> None:
        """Every process asks the database anew for these: user, device, connection's name, position."""
        for use in uses:
            await self._processes.forget_connection_use(*use)

    def forget_cached_state(self, txn: LoggingTransaction, groups: Collection[int]) -> None:
        """Once the transaction is done, this process and all workers read anew what state these groups stand for."""
        self._processes.forget_state(txn, groups)

    async def forget_cached_user(self, user_id: str) -> None:
        """This process and all workers drop what they cache of the account."""
        for cache in ("get_user_by_id", "is_user_erased"):
            await self._store.invalidate_cache_and_stream(cache, (user_id,))

    async def set_account_data(self, user_id: str, kind: str, content: JsonDict) -> None:
        """Of a local account; its clients are told."""
        await self.api.account_data_manager.put_global(user_id, kind, content)

    async def delete_push_rule(self, user_id: str, rule_id: str) -> None:
        """A rule that a user made; the user's clients are told. Nothing if there is no such rule any more."""
        # No public interface of modules deletes one. Synapse asks of it that this process writes these rules.
        with suppress(StoreError):
            await self._store.delete_push_rule(user_id, rule_id)
        self.hs.get_push_rules_handler().notify_user(user_id)

    async def forget_cached_filters(self) -> None:
        """Every process reads the filters of its users' syncs anew."""
        # Remembered under an object, which cannot be told to other processes: so all of them.
        self._cached.get_user_filter.invalidate_all()
        await self._cached.send_invalidation_to_replication("get_user_filter", None)

    @property
    def is_sqlite(self) -> bool:
        return isinstance(self._store.database_engine, Sqlite3Engine)

    async def write_database_anew(self, largest_bytes: int) -> bool:
        """On SQLite, writes the whole file anew, and empties the log. False if it is larger: then nothing is done."""

        def vacuum(connection: LoggingDatabaseConnection) -> bool:
            cursor = connection.cursor()
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
            (size,) = cursor.fetchone() or (0,)
            if size > largest_bytes:
                return False
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return True

        return bool(await self._store.db_pool.runWithConnection(vacuum))

    async def empty_write_ahead_log(self) -> None:
        """On SQLite, moves everything into the database file and truncates the log, which holds former pages.

        Nothing to do on PostgreSQL, whose own log and dead rows are its operator's.
        """

        def checkpoint(connection: LoggingDatabaseConnection) -> None:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        if self.is_sqlite:
            # Not possible inside a transaction, and the public `run_db_interaction` always opens one.
            await self._store.db_pool.runWithConnection(checkpoint)

    async def send_as_warden(self, room_id: str, events: Sequence[JsonDict]) -> None:
        """Sends events into a room, in order and together: all of them, or none.

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

    @property
    def keeps_media(self) -> bool:
        """Whether files are this process's to delete: with a media worker they are not."""
        return bool(self.api._hs.config.media.can_load_media_repo)

    async def delete_media(self, media_ids: Collection[str]) -> int:
        """Files, thumbnails and rows of local media; returns how many. A file that cannot be deleted keeps its row."""
        _, deleted = await self.api._hs.get_media_repository().delete_local_media_ids(list(media_ids))
        return deleted

    async def purge_room(self, room_id: str) -> None:
        """Deletes the room, whoever is in it, without making anybody leave. Returns when it is done."""
        # The public `delete_room` makes the members leave, which writes new events, and keeps a row of the task for a
        # week. Twice at a time is safe: Synapse takes a lock for the room.
        await self.api._hs.get_pagination_handler().purge_room(room_id, force=True)


def _creations(txn: LoggingTransaction, room_id: str) -> list[tuple[str | None, str]]:
    """Who created it, and the event: none if there is no such room; None for one whose creation is not known. In one
    statement: a purge may run.
    """
    txn.execute(
        "SELECT events.sender, event_json.json FROM rooms"
        " LEFT JOIN current_state_events AS state ON state.room_id = rooms.room_id AND state.type = 'm.room.create'"
        " LEFT JOIN events ON events.event_id = state.event_id"
        " LEFT JOIN event_json ON event_json.event_id = state.event_id"
        " WHERE rooms.room_id = ?",
        (room_id,),
    )
    return list(txn.fetchall())
