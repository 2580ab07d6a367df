"""Whom an agent means who types a name: an agent or a desk, by Matrix id, name or number."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from appservice.desk.commands.plain_words import joined, nearest
from appservice.domain.desk import Desk
from appservice.domain.ids import DeskId, UserId


@dataclass(frozen=True, slots=True)
class Recipient:
    """An agent, or else a desk. `name` is how people are told of it."""

    name: str
    agent: UserId | None = None
    desk: DeskId | None = None


@dataclass(frozen=True, slots=True)
class Nobody:
    """No such name; `near` are those that are like it."""

    near: tuple[str, ...] = ()


def recipient(typed: str, mentions: Collection[str], own: Desk | None, desks: Sequence[Desk]) -> Recipient | Nobody:
    """A mention goes before names, and of two agents of one name that of the `own` desk is meant."""
    in_order = sorted(desks, key=lambda desk: own is None or desk.desk_id != own.desk_id)
    agents = {agent: desk for desk in reversed(in_order) for agent in desk.agents}
    meant = [UserId(each) for each in sorted(mentions) if each in agents]
    if len(meant) == 1:
        return Recipient(agents[meant[0]].name_of(meant[0]), agent=meant[0])
    names = _names(in_order)
    wanted = joined([typed])
    found = names.get(wanted) or names.get(wanted.removeprefix("guichet").removeprefix("de"))
    if found is not None:
        return found
    within = list(dict.fromkeys(shown for name, shown in names.items() if len(wanted) > 3 and wanted in name))
    if len(within) == 1:
        return within[0]
    near = [names[name].name for name in nearest(wanted, names)] or [each.name for each in within]
    return Nobody(tuple(dict.fromkeys(near))[:3])


def _names(in_order: Sequence[Desk]) -> dict[str, Recipient]:
    """What each can be called by, letters alone; who comes first keeps a name."""
    names: dict[str, Recipient] = {}
    for desk in in_order:
        for agent in desk.agents:
            for name in (agent, desk.name_of(agent)):
                names.setdefault(joined([name]), Recipient(desk.name_of(agent), agent=agent))
    for desk in in_order:
        for name in (desk.desk_id, desk.name):
            names.setdefault(joined([name]), Recipient(desk.name, desk=desk.desk_id))
    for desk in in_order:
        for agent in desk.agents:
            names.setdefault(joined([agent.partition(":")[0]]), Recipient(desk.name_of(agent), agent=agent))
    return names
