"""What a configuration changed goes into the audit record: who became an agent or an auditor, who was one, which files.

What the record has and what is the case are compared, rather than what was done just now: so nothing is missing from it
for good because a process died in between. The comparison is by the pseudonyms of this year. So at the turn of the year
everybody is written down anew, the former names as removed, the new ones as added, each in the order of the alphabet:
which name became which, the record does not tell where there is more than one.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

from appservice.audit_port import AuditLog, Selection
from appservice.domain.audit.events import (
    AuditorAdded,
    AuditorRemoved,
    ConfigurationApplied,
    ConfigurationChanged,
    DeskMemberAdded,
    DeskMemberRemoved,
)
from appservice.domain.audit.values import SERVICE, Actor, ConfigurationFile, Digest, Pseudonym
from appservice.domain.desk import Desk
from appservice.domain.desk_plan import Change, DeskPlace, Kind, Make, Mend, PutOut, Seat
from appservice.domain.ids import DeskId, UserId
from appservice.usecases.lasting import lasting
from appservice.usecases.reconcile_desks import Applied


class RecordDesks:
    def __init__(self, audit: AuditLog) -> None:
        self._audit = audit
        self._agents: Mapping[DeskId, frozenset[UserId]] | None = None
        self._auditors: frozenset[UserId] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, applied: Applied, desks: Sequence[Desk], by: Actor) -> None:
        """`desks`: as configured. Who was refused a seat is no member, and who could not be put out still is one.

        The desk's room stands for the desk: an agent is seated in three rooms, and is recorded once.
        """
        agents = {desk.desk_id: set(desk.agents) for desk in desks}
        for change, _ in applied.refused:
            match change:
                case Seat(DeskPlace(desk_id, Kind.DESK_ROOM), member) if desk_id in agents:
                    agents[desk_id].discard(member)
                case PutOut(_, DeskPlace(desk_id, Kind.DESK_ROOM), member) if desk_id is not None:
                    agents.setdefault(desk_id, set()).add(member)
        self._agents = {desk: frozenset(members) for desk, members in agents.items()}
        await self._record_agents(by)
        if applied.done:
            await self._audit.append(_in_figures(applied.done, agents), by=by)

    async def auditors(self, auditors: Iterable[UserId], by: Actor = SERVICE) -> None:
        """Who is in the auditors' room."""
        self._auditors = frozenset(auditors)
        await self._record_auditors(by)

    async def files(self, files: Mapping[ConfigurationFile, Digest], by: Actor = SERVICE) -> None:
        """What the service has read; noted where it is not what was noted last."""
        noted: dict[ConfigurationFile, Digest] = {}
        async for entries in self._audit.entries(Selection(kinds=(ConfigurationChanged,))):
            for entry in entries:
                if isinstance(entry.event, ConfigurationChanged):
                    noted[entry.event.file] = entry.event.sha256
        for file, digest in sorted(files.items()):
            if noted.get(file) != digest:
                await self._audit.append(ConfigurationChanged(file, digest), by=by)

    async def again(self) -> None:
        """Each night: what was lost is written down, and at the turn of the year the names of the new one."""
        if self._agents is not None:
            await self._record_agents(SERVICE)
        if self._auditors is not None:
            await self._record_auditors(SERVICE)

    async def _record_agents(self, by: Actor) -> None:
        async with self._one_at_a_time:
            there = await lasting(
                self._audit, DeskMemberAdded, DeskMemberRemoved, lambda change: (change.desk, change.member)
            )
            should = {(desk, name) for desk, members in (self._agents or {}).items() for name in self._names(members)}
            for desk in sorted({desk for desk, _ in there | should}):
                for _, member in sorted(each for each in there - should if each[0] == desk):
                    await self._audit.append(DeskMemberRemoved(desk, member), by=by)
                for _, member in sorted(each for each in should - there if each[0] == desk):
                    await self._audit.append(DeskMemberAdded(desk, member), by=by)

    async def _record_auditors(self, by: Actor) -> None:
        async with self._one_at_a_time:
            there = await lasting(self._audit, AuditorAdded, AuditorRemoved, lambda change: change.auditor)
            should = self._names(self._auditors or ())
            for auditor in sorted(there - should):
                await self._audit.append(AuditorRemoved(auditor), by=by)
            for auditor in sorted(should - there):
                await self._audit.append(AuditorAdded(auditor), by=by)

    def _names(self, people: Iterable[UserId]) -> set[Pseudonym]:
        return {self._audit.person(person) for person in people}


def _in_figures(done: Sequence[Change], configured: Collection[DeskId]) -> ConfigurationApplied:
    made = {change.place.desk_id for change in done if isinstance(change, Make) and change.place.kind is Kind.SPACE}
    touched = {desk for change in done if (desk := _desk_of(change)) is not None}
    gone = touched - set(configured)
    return ConfigurationApplied(len(made), len(touched - made - gone), len(gone))


def _desk_of(change: Change) -> DeskId | None:
    place: DeskPlace | None = change.place if isinstance(change, PutOut | Make | Mend | Seat) else None
    return place.desk_id if place is not None else None
