"""Command or talk: what agents say among themselves often begins with a word of ours, and must be left alone."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from appservice.desk.commands.command import (
    AskHelp,
    Command,
    Fault,
    FindUnits,
    HandOver,
    ListConversations,
    Misunderstood,
    Propose,
    ReadText,
    Reassign,
    ShowBoard,
    Understood,
    Verb,
)
from appservice.desk.commands.references import Rest
from appservice.desk.commands.vocabulary import ORDINARY, PHRASES

_TALK_FROM = 4
_TALK_WITHOUT_REFERENCE_FROM = 5
"""Words from which a sentence is taken for talk: where it makes no sense as a command; and where any words would make
sense after the verb, and those that are there name nothing that is known."""
_ENDS = "»\"'”’) "  # noqa: RUF001 - the typographic apostrophe


@dataclass(frozen=True, slots=True)
class Opening:
    """The verb that a text begins with, by its letters; of how many words it is; and what follows it."""

    phrase: str
    words: int
    rest: Rest


@dataclass(frozen=True, slots=True)
class Said:
    """`pointed`: in reply to what tells of one conversation."""

    words: list[str]
    addressed: bool
    pointed: bool

    @property
    def asks(self) -> bool:
        return any(word.rstrip(_ENDS).endswith("?") and "://" not in word for word in self.words)


def meant(
    result: Understood | Misunderstood, opening: Opening, said: Said, known: Callable[[Command], bool]
) -> Understood | Misunderstood | None:
    """What is to be answered to; None: it is talk, so far as can be told. A question that is not addressed is never
    carried out where that would change anything."""
    if said.addressed:
        return result
    if opening.rest.reference is not None or opening.rest.alike is not None:
        if said.asks and isinstance(result, Understood) and changes_something(result.command):
            verb, language = PHRASES[opening.phrase]
            return Misunderstood(Fault.QUESTION, language, verb)
        return result
    if opening.phrase in ORDINARY and not said.pointed and not _is_harmless_alone(result, opening):
        return None
    if isinstance(result, Misunderstood):
        return result if not said.asks and _misses_little(result, said) else None
    return result if _is_command(result.command, said, known) else None


def _is_harmless_alone(result: Understood | Misunderstood, opening: Opening) -> bool:
    alone = not opening.rest.text
    return alone and (isinstance(result, Misunderstood) or not changes_something(result.command))


def _is_command(command: Command, said: Said, known: Callable[[Command], bool]) -> bool:
    if said.asks and changes_something(command):
        return False
    short = len(said.words) < _TALK_WITHOUT_REFERENCE_FROM and not said.asks
    match command:
        case Propose(_, _, str(unit)):
            # `plainte déposée` is no proposal; a number, or the directory's own name, is.
            return known(command) or (short and (said.pointed or re.search(r"\d", unit) is not None))
        case HandOver() | Reassign() | ReadText(str()) | FindUnits(_, _, str()):
            return known(command) or short
    return True


def _misses_little(fault: Misunderstood, said: Said) -> bool:
    """Whether it is nearly a command, so that it is worth a hint."""
    match fault.fault:
        case Fault.BAD_DURATION if fault.word[:1].isdecimal():
            return len(fault.word.split()) < _TALK_FROM
        case Fault.TOO_MUCH if not said.pointed:
            # `take care`, but `prendre 42`.
            return len(said.words) < _TALK_FROM and re.search(r"\d", fault.word) is not None
        case Fault.BAD_SWITCH if fault.verb is Verb.HARD and not said.pointed:
            return False
    return len(said.words) < _TALK_FROM


def changes_something(command: Command) -> bool:
    """Whether it is more than a question to the bot."""
    return not isinstance(command, ListConversations | FindUnits | ReadText | AskHelp | ShowBoard)
