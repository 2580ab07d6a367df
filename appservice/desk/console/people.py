"""Whom an agent means who types a name: an agent or a desk, by Matrix id, name or number."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from appservice.desk.commands.plain_words import joined, nearest, plain
from appservice.domain.desk import Desk
from appservice.domain.ids import DeskId, UserId

_BESIDE_NAMES = frozenset(
    "le la les l un une the a an de du des d of to for pour au aux et and chez at desk guichet "
    "svp stp s il te vous plait please pls merci thanks now maintenant".split()
)
"""What is said beside a name without being part of it."""
_TELLING = 4
"""Letters from which part of a name brings the name to mind."""
_USER = re.compile(r"@[^\s:]+:[\w.:\[\]-]*\w")


@dataclass(frozen=True, slots=True)
class Recipient:
    """An agent, or else a desk. `name` is how people are told of it."""

    name: str
    agent: UserId | None = None
    desk: DeskId | None = None


@dataclass(frozen=True, slots=True)
class Nobody:
    """No such name; `near` are those that are like it, or, if `several`, those that it fits."""

    near: tuple[str, ...] = ()
    several: bool = False


_AGENT, _DESK, _LOCALPART, _PARTLY = range(4)
"""How well a name fits: what is an agent's whole name is not taken for a desk's, and so on."""


@dataclass(frozen=True, slots=True)
class _Named:
    """Whom names may mean: `whole` ones, letters alone, or some of their `words`, with others of its desk's beside."""

    recipient: Recipient
    of: Desk
    whole: Mapping[str, int]
    words: frozenset[str]
    beside: frozenset[str] = frozenset()

    def fits(self, spellings: Collection[str], words: frozenset[str]) -> int | None:
        """The lower, the better; None: not at all."""
        whole = [fit for name, fit in self.whole.items() if name in spellings]
        if whole:
            return min(whole)
        return _PARTLY if words & self.words and words <= self.words | self.beside else None

    @property
    def told_apart(self) -> Recipient:
        """By the name with the desk's, to choose from."""
        name, agent, desk = self.recipient.name, self.recipient.agent, self.recipient.desk
        return Recipient(name if agent is None else f"{name} ({self.of.name})", agent, desk)


def recipient(typed: str, mentions: Collection[str], own: Desk | None, desks: Sequence[Desk]) -> Recipient | Nobody:
    """A Matrix id goes before names, and of several agents of one name that of the `own` desk is meant.

    Names are taken whole, or by whole words: `Agent 2` is not `Agent 27`. Mentions tell who is meant where the words
    name nobody.
    """
    everybody = [named for desk in desks for named in _of_desk(desk)]
    by_id = {named.recipient.agent: named.recipient for named in everybody if named.recipient.agent is not None}
    ids = [by_id[user] for user in dict.fromkeys(map(UserId, _USER.findall(typed))) if user in by_id]
    if ids:
        others = [
            each for each in _meant(_USER.sub(" ", typed), everybody, own, at_worst=_LOCALPART) if each not in ids
        ]
        return ids[0] if len(ids) == 1 and not others else Nobody(_shown([*ids, *others]), several=True)
    meant = _meant(typed, everybody, own)
    if len(meant) == 1:
        return meant[0]
    if meant:
        return Nobody(_shown(meant), several=True)
    mentioned = [by_id[user] for user in map(UserId, sorted(mentions)) if user in by_id]
    if len(mentioned) == 1:
        return mentioned[0]
    letters = {name: named.recipient for named in reversed(everybody) for name in named.whole}
    wanted = joined([typed])
    near = nearest(wanted, letters) or [name for name in letters if len(wanted) >= _TELLING and wanted in name]
    return Nobody(_shown([letters[name] for name in near]))


def _meant(typed: str, everybody: Sequence[_Named], own: Desk | None, at_worst: int = _PARTLY) -> list[Recipient]:
    """Whom the words fit best: one, several of whom nobody is likelier, or nobody."""
    words = _words(typed)
    spellings = {joined([typed]), joined(word for word in _in_order(typed) if word in words)} - {""}
    fits = [(each, fit) for each in everybody if (fit := each.fits(spellings, words)) is not None and fit <= at_worst]
    best = min((fit for _, fit in fits), default=_PARTLY)
    fitting = [each for each, fit in fits if fit == best]
    if own is not None and len(fitting) > 1:
        ours = [each for each in fitting if each.of.desk_id == own.desk_id and each.recipient.agent is not None]
        fitting = ours if len(ours) == 1 else fitting
    return [fitting[0].recipient] if len(fitting) == 1 else [each.told_apart for each in fitting]


def _of_desk(desk: Desk) -> list[_Named]:
    """What the desk and each of its agents can be called by."""
    called = {joined([name]): _DESK for name in (desk.name, desk.desk_id)}
    words = _words(desk.name) | _words(desk.desk_id)
    named = [_Named(Recipient(desk.name, desk=desk.desk_id), desk, called, words)]
    for agent in desk.agents:
        name = desk.name_of(agent)
        whole = {joined([agent.partition(":")[0]]): _LOCALPART} | {joined([each]): _AGENT for each in (agent, name)}
        named.append(_Named(Recipient(name, agent=agent), desk, whole, _words(name), words))
    return named


def _words(text: str) -> frozenset[str]:
    return frozenset(_in_order(text)) - _BESIDE_NAMES


def _in_order(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", plain(text))


def _shown(recipients: Sequence[Recipient]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in recipients))[:3]
