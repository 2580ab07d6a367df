"""Help, and what the bot answers to what it did not understand: each says what to type instead."""

from collections.abc import Collection

from appservice.desk.commands.arguments import OUTCOMES, outcome_name
from appservice.desk.commands.command import Fault, Language, Misunderstood, Verb
from appservice.desk.commands.plain_words import joined
from appservice.desk.commands.vocabulary import ENTRIES, OF_LEADERS, ORDINARY, usage
from appservice.desk.console.marked import listed, marked, quoted
from appservice.desk.words import Words

OF_AGENTS = frozenset(Verb) - OF_LEADERS


def outcome_names(language: Language) -> str:
    """As they can be typed."""
    return ", ".join(f"`{outcome_name(outcome, language)}`" for outcome in OUTCOMES)


def help_for(verb: Verb | None, language: Language, verbs: Collection[Verb] = OF_AGENTS) -> Words:
    """On one command, or on all that can be said in the room."""
    return help_on_all(language, verbs) if verb is None else help_on(verb, language)


def help_on_all(language: Language, verbs: Collection[Verb]) -> Words:
    title = {
        "fr": "**Ce que vous pouvez écrire ici** (REF : la référence, comme K7QM-42, inutile s'il n'y en a qu'une)",
        "en": "**What you can type here** (REF: the reference, like K7QM-42; not needed if there is only one)",
    }[language]
    lines = [f"`{usage(verb, language)}` {ENTRIES[verb].explained[language]}" for verb in Verb if verb in verbs]
    return marked(listed(title, lines))


def help_on(verb: Verb, language: Language) -> Words:
    """One command, with every word that does the same."""
    entry = ENTRIES[verb]
    others = (*entry.words[language][1:], *_others(verb, language))
    ordinary = [word for word in others if joined([word]) in ORDINARY]
    also = ", ".join(f"`{word}`" for word in others if word not in ordinary)
    lines = [f"`{usage(verb, language)}` : {entry.explained[language]}."]
    if verb in (Verb.CLOSE, Verb.FORCE_CLOSE):
        lines.append(f"{'Issues' if language == 'fr' else 'Outcomes'} : {outcome_names(language)}.")
    lines.append(f"{'Aussi' if language == 'fr' else 'Also'} : {also}.")
    if ordinary:
        told = "Après `!`, ou avec la référence" if language == "fr" else "After `!`, or with the reference"
        lines.append(f"{told} : {', '.join(f'`{word}`' for word in ordinary)}.")
    return marked("\n".join(lines))


def _others(verb: Verb, language: Language) -> list[str]:
    """The words of the other language."""
    other: Language = "en" if language == "fr" else "fr"
    known = ENTRIES[verb].words[language]
    return [word for word in ENTRIES[verb].words[other] if word not in known]


def told(fault: Misunderstood) -> Words:
    """What was not understood, and how it is typed."""
    if fault.verb is None:
        return marked(_unknown(fault))
    return marked(f"{_wrong(fault)} {_TYPE[fault.language].format(usage(fault.verb, fault.language))}")


_TYPE: dict[Language, str] = {"fr": "On écrit : `{}`.", "en": "It is typed: `{}`."}
_OR: dict[Language, str] = {"fr": " ou ", "en": " or "}


def _unknown(fault: Misunderstood) -> str:
    if fault.nearest:
        nearest = _OR[fault.language].join(f"`{each}`" for each in fault.nearest)
        return f"Vouliez-vous dire {nearest} ?" if fault.language == "fr" else f"Did you mean {nearest}?"
    word = quoted(fault.word)
    if fault.language == "fr":
        return f"Je ne connais pas « {word} ». `aide` dit ce que je comprends."
    return f'I do not know "{word}". `help` tells what I understand.'


def _wrong(fault: Misunderstood) -> str:
    word, french = quoted(fault.word), fault.language == "fr"
    nearest = _OR[fault.language].join(f"`{each}`" for each in fault.nearest)
    match fault.fault:
        case Fault.BAD_REFERENCE if french:
            return f"« {word} » ne peut pas être une référence : quatre signes sans voyelle, deux chiffres."
        case Fault.BAD_REFERENCE:
            return f'"{word}" cannot be a reference: four signs without vowels, two digits.'
        case Fault.WANTS_RECIPIENT:
            return "À qui ? Un agent, ou un guichet." if french else "To whom? An agent, or a desk."
        case Fault.WANTS_OUTCOME:
            names = outcome_names(fault.language)
            return f"Avec quelle issue ? {names}." if french else f"With which outcome? {names}."
        case Fault.BAD_OUTCOME if nearest:
            return f"Vouliez-vous dire {nearest} ?" if french else f"Did you mean {nearest}?"
        case Fault.BAD_OUTCOME:
            names = outcome_names(fault.language)
            return f"« {word} » n'est pas une issue : {names}." if french else f'"{word}" is no outcome: {names}.'
        case Fault.BAD_DURATION:
            return _no_duration(word, fault.language)
        case Fault.BAD_SWITCH:
            return f"« {word} » : `on` ou `off`." if french else f'"{word}": `on` or `off`.'
        case Fault.QUESTION:
            return "Est-ce une question ? Sans « ? », je le fais." if french else 'A question? Without "?" I do it.'
    return f"« {word} » est de trop." if french else f'"{word}" is too much.'


def _no_duration(word: str, language: Language) -> str:
    if language == "fr":
        return f"« {word} » n'est pas une durée : 15, 20 min ou 1 h, quatre heures au plus."
    return f'"{word}" is no duration: 15, 20 min or 1 h, four hours at most.'
