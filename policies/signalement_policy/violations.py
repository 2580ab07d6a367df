"""What was refused, counted by rule and by who tried: for the figures, and for the audit record. No name, no content.

Counts are written to a table of the module's own every few seconds, so that they survive a restart and the application
service finds those of every process in one place.
"""

from collections import Counter
from dataclasses import dataclass

from prometheus_client import Counter as Metric
from synapse.module_api import LoggingTransaction
from synapse.storage.engines import PostgresEngine

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.people import Actor, Role

_WRITTEN_EVERY_MS = 2_000
_KEPT_FOR_MS = 30 * 24 * 3_600 * 1_000
_AT_MOST = 1_000

_METRIC = Metric(
    "veilleuse_policy_violations_total",
    "What the module signalement_policy refused, by rule and by who tried.",
    ["rule", "actor"],
)


@dataclass(frozen=True, slots=True)
class Counted:
    """`number` grows: who has heard of one number has heard of all smaller ones. `at_ms`: Unix milliseconds."""

    number: int
    at_ms: int
    rule: str
    actor: str
    count: int


class Violations:
    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver
        self._counts: Counter[tuple[str, Actor]] = Counter()

    def start(self) -> None:
        self._homeserver.api.looping_background_call(
            self.write, _WRITTEN_EVERY_MS, desc="veilleuse_violations", run_on_all_instances=True
        )

    async def count(self, rule: str, user_id: str) -> None:
        actor = await self._actor(user_id)
        _METRIC.labels(rule, actor.value).inc()
        self._counts[rule, actor] += 1

    async def write(self) -> None:
        """What this process has counted since the last time."""
        if self._counts:
            counts, self._counts = self._counts, Counter()
            try:
                await self._homeserver.transaction(
                    "veilleuse_write_violations", _write, counts, self._homeserver.now_ms()
                )
            except Exception:
                self._counts.update(counts)
                raise

    async def since(self, number: int) -> list[Counted]:
        """Those with a larger number, in order: the first thousand."""
        await self.write()
        return await self._homeserver.transaction("veilleuse_read_violations", _read, number)

    async def _actor(self, user_id: str) -> Actor:
        match await self._homeserver.role(user_id):
            case Role.GUEST:
                return Actor.GUEST
            case Role.WARDEN | Role.ROBOT:
                return Actor.SERVICE
            case Role.PERSON if await self._homeserver.is_in_wardens_rooms(user_id):
                return Actor.AGENT
        return Actor.STRANGER


def _make_table(txn: LoggingTransaction) -> None:
    txn.execute(
        "CREATE TABLE IF NOT EXISTS veilleuse_violations"
        " (number BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL, rule TEXT NOT NULL, actor TEXT NOT NULL,"
        " count BIGINT NOT NULL)"
    )


def _write(txn: LoggingTransaction, counts: Counter[tuple[str, Actor]], now_ms: int) -> None:
    _make_table(txn)
    if isinstance(txn.database_engine, PostgresEngine):
        # One process after the other, so that numbers become visible in their order.
        txn.execute("LOCK TABLE veilleuse_violations IN EXCLUSIVE MODE")
    txn.execute("SELECT COALESCE(MAX(number), 0) FROM veilleuse_violations")
    (last,) = txn.fetchone() or (0,)
    txn.execute_batch(
        "INSERT INTO veilleuse_violations (number, at_ms, rule, actor, count) VALUES (?, ?, ?, ?, ?)",
        [
            (last + position, now_ms, rule, actor.value, count)
            for position, ((rule, actor), count) in enumerate(sorted(counts.items()), start=1)
        ],
    )
    txn.execute("DELETE FROM veilleuse_violations WHERE at_ms < ?", (now_ms - _KEPT_FOR_MS,))


def _read(txn: LoggingTransaction, number: int) -> list[Counted]:
    _make_table(txn)
    txn.execute(
        "SELECT number, at_ms, rule, actor, count FROM veilleuse_violations WHERE number > ? ORDER BY number LIMIT ?",
        (number, _AT_MOST),
    )
    return [Counted(*row) for row in txn.fetchall()]
