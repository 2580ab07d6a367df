"""Text → command, fault, or nothing at all.

Agents also talk among themselves in the desk room. What is addressed to the bot, by `!`, its name or its pill, always
gets an answer, and so does a command's word with a reference. Of all else, `talk` decides.
"""

from collections.abc import Callable, Collection

from appservice.desk.commands.addressing import is_sign, said_to
from appservice.desk.commands.arguments import READERS, Flaw, without_fillers
from appservice.desk.commands.command import (
    AskHelp,
    Command,
    Fault,
    Language,
    Misunderstood,
    Understood,
    Verb,
)
from appservice.desk.commands.pills import without_quote
from appservice.desk.commands.plain_words import joined, language_of, nearest
from appservice.desk.commands.references import rest_of
from appservice.desk.commands.talk import Opening, Said, meant
from appservice.desk.commands.vocabulary import LONGEST_PHRASE, ORDINARY, PHRASES, WRITTEN, words_in


def _nothing(_: Command) -> bool:
    return False


def read(
    text: str,
    *,
    mentioned: bool = False,
    pointed: bool = False,
    names: Collection[str] = (),
    known: Callable[[Command], bool] = _nothing,
) -> Understood | Misunderstood | None:
    """What an agent wants; None: nothing, of us. `names` are those of the bot, beside its first.

    `mentioned`: the client says that the bot is meant. `pointed`: it is a reply to what tells of one conversation.
    `known`: whether what a command names, an agent, a desk, a town, exists.
    """
    words, addressed = said_to(without_quote(text), names)
    said = Said(words, addressed or mentioned, pointed)
    if not words:
        return Understood(AskHelp(None), "fr") if said.addressed else None
    opening = _opening(words)
    if opening is None:
        return _slip(said, known)
    # What is talk with the verb it has may be a slip of a longer one: `hard over`.
    return meant(_read(opening), opening, said, known) or _slip(said, known, opening.words)


def verbs_named(text: str) -> list[tuple[Verb, Language]]:
    """The verbs that a text names, as help is asked about one; the best first, none where it is like no verb."""
    opening = _opening(text.split())
    if opening is not None:
        return [PHRASES[opening.phrase]]
    return [PHRASES[phrase] for phrase in nearest(joined(text.split()[:LONGEST_PHRASE]), PHRASES)]


def _opening(words: list[str]) -> Opening | None:
    """The longest phrase that the words begin with."""
    for n in range(min(len(words), LONGEST_PHRASE), 0, -1):
        phrase = joined(words[:n])
        if phrase in PHRASES and n <= words_in(phrase) and not is_sign(words[n - 1]):
            return Opening(phrase, n, rest_of(" ".join(words[n:])))
    return None


def _read(opening: Opening) -> Understood | Misunderstood:
    verb, language = PHRASES[opening.phrase]
    if verb is Verb.HELP:
        return _read_help(without_fillers(opening.rest.text) or opening.rest.reference or "", language)
    result: Command | Flaw = READERS[verb](opening.rest)
    if isinstance(result, Flaw):
        return Misunderstood(result.fault, language, verb, result.word, result.nearest)
    return Understood(result, language)


def _read_help(about: str, language: Language) -> Understood | Misunderstood:
    if not about:
        return Understood(AskHelp(None), language)
    named = verbs_named(about)
    return Understood(AskHelp(named[0][0]), language) if named else Misunderstood(Fault.UNKNOWN, language, None, about)


def _slip(said: Said, known: Callable[[Command], bool], longer_than: int = 0) -> Misunderstood | None:
    """Whether it begins with something like a verb, of more words than so many."""
    words, found = said.words, dict[str, Language]()
    for n in range(min(len(words), LONGEST_PHRASE), longer_than, -1):
        rest = rest_of(" ".join(words[n:]))
        surely = said.addressed or rest.reference is not None
        for phrase in nearest(joined(words[:n]), PHRASES, surely=surely):
            opening = Opening(phrase, n, rest)
            if n <= words_in(phrase) + 1 and (said.addressed or _could_be(opening, said, n, known)):
                found.setdefault(WRITTEN[phrase], PHRASES[phrase][1])
    if found:
        return Misunderstood(Fault.UNKNOWN, next(iter(found.values())), None, words[0], tuple(found)[:3])
    return Misunderstood(Fault.UNKNOWN, language_of(words), None, words[0]) if said.addressed else None


def _could_be(opening: Opening, said: Said, of_verb: int, known: Callable[[Command], bool]) -> bool:
    """With the verb put right it is a command, or it is nothing but the verb."""
    result = meant(_read(opening), opening, said, known)
    referred = opening.rest.reference is not None or opening.rest.alike is not None
    alone = len(said.words) == of_verb and opening.phrase not in ORDINARY
    return result is not None and (referred or alone or isinstance(result, Understood))
