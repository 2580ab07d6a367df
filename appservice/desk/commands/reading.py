"""Text → command, fault, or nothing at all.

Agents also talk among themselves in the desk room. So what is not addressed to the bot is taken for a command only if
all of it makes sense as one; answered with a hint if it nearly does, and is short; and else left alone. What is
addressed to the bot, by `!`, its name or a mention, always gets an answer.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import dropwhile

from appservice.desk.commands.arguments import READERS, Flaw
from appservice.desk.commands.command import (
    AskHelp,
    Command,
    Fault,
    FindUnits,
    HandOver,
    Language,
    Misunderstood,
    Propose,
    ReadText,
    Reassign,
    Understood,
    Verb,
)
from appservice.desk.commands.pills import without_quote
from appservice.desk.commands.plain_words import bare, joined, nearest, plain
from appservice.desk.commands.references import rest_of
from appservice.desk.commands.vocabulary import LONGEST_PHRASE, PHRASES, WRITTEN, words_in

NAME = "veilleuse"
_TALK_FROM = 4
_TALK_WITHOUT_REFERENCE_FROM = 5
"""Words from which a sentence that is not addressed is taken for talk: where it makes no sense as a command; and where
any words would make sense after the verb, and no reference shows that the command is meant."""
_LONGEST = 500
_NAMED = re.compile(rf"^(\s*[@!]?{NAME}\s*[:,;])(?=\S)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Opening:
    """The verb that a text begins with, and what follows it."""

    verb: Verb
    language: Language
    rest: str


def read(text: str, *, mentioned: bool = False, names: Collection[str] = ()) -> Understood | Misunderstood | None:
    """What an agent wants; None: nothing, of us. `names` are those of the bot, beside its first; `mentioned`: the
    client says that the bot is meant."""
    words, addressed = _said_to(_NAMED.sub(r"\1 ", without_quote(text))[:_LONGEST].split(), names)
    addressed = addressed or mentioned
    if not words:
        return Understood(AskHelp(None), "fr") if addressed else None
    opening = _opening(words)
    if opening is not None:
        return _heard(_read(opening), addressed, len(words))
    return _slip(words, addressed)


def verbs_named(text: str) -> list[tuple[Verb, Language]]:
    """The verbs that a text names, as help is asked about one; the best first, none where it is like no verb."""
    opening = _opening(text.split())
    if opening is not None:
        return [(opening.verb, opening.language)]
    return [PHRASES[phrase] for phrase in nearest(joined(text.split()[:LONGEST_PHRASE]), PHRASES)]


def _said_to(words: list[str], names: Collection[str]) -> tuple[list[str], bool]:
    """The words without the address before them, and whether there was one."""
    words = list(dropwhile(lambda word: _is_sign(word) and not word.startswith("!"), words))
    for name in sorted({NAME, f"@{NAME}", *names}, key=len, reverse=True):
        n = len(name.split())
        said = plain(" ".join(words[:n])).rstrip(":,;").lstrip("!")
        if said and said == plain(name):
            return _said_to(words[n:], ())[0], True
    if words and words[0].startswith("!"):
        return list(dropwhile(_is_sign, [words[0].lstrip("!"), *words[1:]])), True
    return words, False


def _opening(words: list[str]) -> _Opening | None:
    """The longest phrase that the words begin with."""
    for n in range(min(len(words), LONGEST_PHRASE), 0, -1):
        phrase = joined(words[:n])
        if phrase in PHRASES and n <= words_in(phrase) and not _is_sign(words[n - 1]):
            verb, language = PHRASES[phrase]
            return _Opening(verb, language, " ".join(words[n:]))
    return None


def _is_sign(word: str) -> bool:
    """Whether there is neither letter nor digit in it."""
    return not joined([word])


def _read(opening: _Opening) -> Understood | Misunderstood:
    language = opening.language
    if opening.verb is Verb.HELP:
        return _read_help(opening)
    result: Command | Flaw = READERS[opening.verb](rest_of(opening.rest))
    if isinstance(result, Flaw):
        return Misunderstood(result.fault, language, opening.verb, result.word, result.nearest)
    return Understood(result, language)


def _read_help(opening: _Opening) -> Understood | Misunderstood:
    if not bare(opening.rest):
        return Understood(AskHelp(None), opening.language)
    named = verbs_named(opening.rest)
    if named:
        return Understood(AskHelp(named[0][0]), opening.language)
    return Misunderstood(Fault.UNKNOWN, opening.language, None, opening.rest)


def _heard(result: Understood | Misunderstood, addressed: bool, words: int) -> Understood | Misunderstood | None:
    """What is long, not addressed, and not surely understood, is talk that happens to begin with our word."""
    if isinstance(result, Misunderstood):
        limit = None if result.fault is Fault.BAD_REFERENCE else _TALK_FROM
    else:
        limit = _TALK_WITHOUT_REFERENCE_FROM if _takes_anything(result) else None
    return result if addressed or limit is None or words < limit else None


def _takes_anything(result: Understood) -> bool:
    """Whether any words would have done in the place of what was said."""
    match result.command:
        case HandOver(None) | Reassign(None) | ReadText(str()) | Propose(_, None, str()) | FindUnits(_, None, str()):
            return True
    return False


def _slip(words: list[str], addressed: bool) -> Misunderstood | None:
    """Whether it begins with something like a verb."""
    found: dict[str, Language] = {}
    for n in range(min(len(words), LONGEST_PHRASE), 0, -1):
        for phrase in nearest(joined(words[:n]), PHRASES):
            verb, language = PHRASES[phrase]
            meant = _read(_Opening(verb, language, " ".join(words[n:])))
            if n <= words_in(phrase) + 1 and (addressed or _could_be(meant, len(words), n)):
                found.setdefault(WRITTEN[phrase], language)
    if found:
        return Misunderstood(Fault.UNKNOWN, next(iter(found.values())), None, words[0], tuple(found)[:3])
    return Misunderstood(Fault.UNKNOWN, "fr", None, words[0]) if addressed else None


def _could_be(meant: Understood | Misunderstood, words: int, of_verb: int) -> bool:
    """With the verb put right it is a command, or it is nothing but the verb."""
    return words == of_verb or isinstance(meant, Understood) or meant.fault is Fault.BAD_REFERENCE
