"""The audit record, in memory."""

from collections.abc import AsyncIterator, Collection, Sequence

from appservice.audit_port import BATCH, EVERYTHING, Selection
from appservice.domain.audit.chain import START, AuditEntry, Head, StoredEntry, append
from appservice.domain.audit.events import Event
from appservice.domain.audit.pseudonyms import Period, Pseudonyms
from appservice.domain.audit.values import SERVICE, Actor, Pseudonym
from appservice.domain.ids import UserId
from appservice.domain.signalement import Signalement
from appservice.ports import Clock
from tests.fakes.stores import FakeStores
from tests.fakes.world import FakeRandomness


class FakeKeyShelf:
    def __init__(self) -> None:
        self._keys: dict[Period, str] = {}

    def get(self, period: Period) -> str | None:
        return self._keys.get(period)

    def put(self, period: Period, key: str) -> str:
        return self._keys.setdefault(period, key)

    def periods(self) -> Collection[Period]:
        return list(self._keys)

    def drop(self, period: Period) -> None:
        self._keys.pop(period, None)


class FakeAuditLog:
    def __init__(self, stores: FakeStores, clock: Clock, pseudonyms: Pseudonyms | None = None) -> None:
        self._pseudonyms = pseudonyms or Pseudonyms(FakeKeyShelf(), FakeRandomness())
        self._clock = clock
        # Among the stores' own rows: a transaction of theirs that fails takes the entries back.
        self._rows = vars(stores)
        self._rows.setdefault("audit_entries", [])

    @property
    def kept(self) -> list[AuditEntry]:
        """Every entry, in order, for tests to look at."""
        entries: list[AuditEntry] = self._rows["audit_entries"]
        return entries

    @property
    def told(self) -> list[Event]:
        """Every event, in order."""
        return [entry.event for entry in self.kept]

    async def append(self, event: Event, by: Actor = SERVICE, of: Signalement | None = None) -> AuditEntry:
        signalement = self.signalement(of) if of else None
        entry = append(await self.head(), self._clock.now(), by, event, signalement)
        self.kept.append(entry)
        return entry

    def person(self, person: UserId) -> Pseudonym:
        return self._pseudonyms.of_person(person, self._clock.now())

    def names_of(self, person: UserId) -> Sequence[Pseudonym]:
        return self._pseudonyms.names_of(person)

    def signalement(self, signalement: Signalement) -> Pseudonym:
        return self._pseudonyms.of_signalement(signalement.signalement_id, signalement.opened_at)

    async def head(self) -> Head:
        return Head(self.kept[-1].sequence, self.kept[-1].hash) if self.kept else START

    async def entries(
        self, selection: Selection = EVERYTHING, batch: int = BATCH
    ) -> AsyncIterator[Sequence[AuditEntry]]:
        chosen = [entry for entry in self.kept if _chosen(entry, selection)]
        for first in range(0, len(chosen), batch):
            yield chosen[first : first + batch]

    async def stored(self, batch: int = BATCH) -> AsyncIterator[Sequence[StoredEntry]]:
        async for entries in self.entries(batch=batch):
            yield [entry.stored() for entry in entries]


def _chosen(entry: AuditEntry, selection: Selection) -> bool:
    return (
        (selection.since is None or selection.since <= entry.at)
        and (selection.until is None or entry.at < selection.until)
        and (not selection.kinds or isinstance(entry.event, selection.kinds))
        and selection.signalement in (None, entry.signalement)
    )
