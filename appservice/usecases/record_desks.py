"""What a configuration changed of the desks goes into the audit record: who became an agent where, and who was one."""

from collections.abc import Callable, Collection, Sequence

from appservice.audit_port import AuditLog
from appservice.domain.audit.events import ConfigurationApplied, DeskMemberAdded, DeskMemberRemoved
from appservice.domain.audit.values import Actor
from appservice.domain.desk_plan import Change, DeskPlace, Kind, Make, Mend, PutOut, Seat
from appservice.domain.ids import DeskId, UserId


class RecordDesks:
    def __init__(self, audit: AuditLog, is_bot: Callable[[UserId], bool]) -> None:
        self._audit = audit
        self._is_bot = is_bot

    async def __call__(self, done: Sequence[Change], configured: Collection[DeskId], by: Actor) -> None:
        """`done`: what was changed on Matrix. Nothing is recorded where nothing was.

        The desk's room stands for the desk: an agent is seated in three rooms, and is recorded once.
        """
        if not done:
            return
        for change in done:
            place = change.place if isinstance(change, Seat | PutOut) else None
            if place is None or place.kind is not Kind.DESK_ROOM or place.desk_id is None:
                continue
            if not isinstance(change, Seat | PutOut) or self._is_bot(change.member):
                continue
            member = self._audit.person(change.member)
            added = isinstance(change, Seat)
            event = DeskMemberAdded(place.desk_id, member) if added else DeskMemberRemoved(place.desk_id, member)
            await self._audit.append(event, by=by)
        made = {change.place.desk_id for change in done if isinstance(change, Make) and change.place.kind is Kind.SPACE}
        touched = {desk for change in done if (desk := _desk_of(change)) is not None}
        gone = touched - set(configured)
        await self._audit.append(ConfigurationApplied(len(made), len(touched - made - gone), len(gone)), by=by)


def _desk_of(change: Change) -> DeskId | None:
    place: DeskPlace | None = change.place if isinstance(change, PutOut | Make | Mend | Seat) else None
    return place.desk_id if place is not None else None
