"""What the audit record says to have begun, and not to be over."""

from collections.abc import Callable
from typing import TypeVar

from appservice.audit_port import AuditLog, Selection
from appservice.domain.audit.events import Event

Began = TypeVar("Began", bound=Event)
Over = TypeVar("Over", bound=Event)
What = TypeVar("What")


async def lasting(
    audit: AuditLog, began: type[Began], over: type[Over], what: Callable[[Began | Over], What]
) -> set[What]:
    """`what` tells which one an entry of either kind is about."""
    there = set[What]()
    async for entries in audit.entries(Selection(kinds=(began, over))):
        for entry in entries:
            if isinstance(entry.event, began):
                there.add(what(entry.event))
            elif isinstance(entry.event, over):
                there.discard(what(entry.event))
    return there
