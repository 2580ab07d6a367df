"""What a change of a signalement is for the record: from what it was and what it is to the entries that tell of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from appservice.domain.audit.events import (
    AgentSilent,
    Announced,
    Claimed,
    Closed,
    DangerSet,
    Event,
    HandedOver,
    ListenerJoined,
    ListenerLeft,
    Overflowed,
    Reassigned,
    Released,
)
from appservice.domain.audit.values import GUEST, SERVICE, Actor, ActorKind, OverflowReason, Pseudonym
from appservice.domain.ids import UserId
from appservice.domain.signalement import Interruption, Signalement, State

Person = Callable[[UserId], Pseudonym]
Entry = tuple[Event, Actor]


@dataclass(frozen=True, slots=True)
class Act:
    """Whose doing a change is: an agent's, by Matrix id, or somebody's who has no account. `tells`: what the change
    alone does not show.
    """

    by: UserId | Actor = SERVICE
    tells: Event | None = None


def entries_of(before: Signalement, after: Signalement, act: Act, person: Person) -> Iterator[Entry]:
    """In order; none for what nobody but the service knows of, such as a repeated announcement."""
    actor = act.by if isinstance(act.by, Actor) else Actor(ActorKind.AGENT, person(act.by))
    if act.tells is not None:
        yield act.tells, actor
    if before.state is State.OPENED and after.state is State.WAITING:
        yield Announced(after.desk_id), GUEST
    if after.state in (State.WAITING, State.CLAIMED) and before.state in (State.WAITING, State.CLAIMED):
        yield from _whereabouts(before, after, actor, person)
        if after.in_danger is not before.in_danger:
            yield DangerSet(after.in_danger), actor
        for listener in set(after.listeners) - set(before.listeners):
            yield ListenerJoined(after.desk_id), Actor(ActorKind.AGENT, person(listener))
        for listener in set(before.listeners) - set(after.listeners):
            yield ListenerLeft(before.desk_id), Actor(ActorKind.AGENT, person(listener))
    if after.state is State.CLOSED and before.state is not State.CLOSED and after.outcome is not None:
        yield Closed(after.outcome), actor


def _whereabouts(before: Signalement, after: Signalement, actor: Actor, person: Person) -> Iterator[Entry]:
    """Who has it, and which desk."""
    former = person(before.agent_mxid) if before.agent_mxid else None
    holder = person(after.agent_mxid) if after.agent_mxid else None
    if former is None and holder is None:
        if after.desk_id != before.desk_id:
            if actor is SERVICE:
                yield Overflowed(before.desk_id, after.desk_id, OverflowReason.NO_ANSWER), SERVICE
            else:
                yield HandedOver(before.desk_id, None, after.desk_id, None), actor
    elif former is None and holder is not None:
        taken = actor.pseudonym in (None, holder)
        yield (
            (Claimed(after.desk_id), Actor(ActorKind.AGENT, holder))
            if taken
            else (
                Reassigned(after.desk_id, None, holder),
                actor,
            )
        )
    elif holder is None and former is not None:
        if after.interruption is Interruption.HANDED_OVER:
            yield HandedOver(before.desk_id, former, after.desk_id, None), actor
        else:
            if after.interruption is Interruption.AGENT_AWAY:
                yield AgentSilent(former), SERVICE
            yield Released(after.desk_id), Actor(ActorKind.AGENT, former)
    elif former != holder:
        yield HandedOver(before.desk_id, former, after.desk_id, holder), actor
