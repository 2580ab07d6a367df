"""Whether what a command names exists: that tells `plainte commissariat d'Évry` from talk that begins with a verb."""

from collections.abc import Callable, Sequence

from appservice.desk.commands.arguments import without_leading
from appservice.desk.commands.command import Command, FindUnits, HandOver, Propose, ReadText, Reassign
from appservice.desk.console.people import Nobody, recipient
from appservice.desk.ready_texts import named
from appservice.domain.desk import Desk

_BEFORE_TOWNS = frozenset(
    "brigade gendarmerie commissariat police nationale territoriale poste unite association aide victimes station "
    "la le les l de du des d of the in near a".split()
)


def names_something(command: Command, own: Desk | None, desks: Sequence[Desk], is_town: Callable[[str], bool]) -> bool:
    """An agent or a desk to hand over to, a town or a desk to be led to, a text. `own` is the desk of who asks."""
    match command:
        case HandOver() | Reassign():
            return _is_somebody(command.to, own, desks)
        case Propose(unit=str(place)) | FindUnits(place=str(place)):
            found = is_town(place) or is_town(without_leading(place, _BEFORE_TOWNS))
            return found or _is_somebody(place, own, desks)
        case ReadText(name=str(name)):
            return bool(named(name))
    return False


def _is_somebody(typed: str, own: Desk | None, desks: Sequence[Desk]) -> bool:
    found = recipient(typed, [], own, desks)
    return not isinstance(found, Nobody) or found.several
