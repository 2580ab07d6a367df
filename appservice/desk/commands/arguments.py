"""How each command reads what follows its verb. Each function returns the command, or a `Flaw`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from appservice.desk.commands.command import (
    BecomeAvailable,
    Close,
    Command,
    EndShift,
    Fault,
    FindUnits,
    ForceClose,
    HandOver,
    Language,
    ListConversations,
    ListenIn,
    MarkHard,
    Propose,
    ReadText,
    Reassign,
    SetDanger,
    ShowBoard,
    StopListening,
    Take,
    TakePause,
    TextLanguage,
    Verb,
    Withdraw,
)
from appservice.desk.commands.plain_words import bare, joined, nearest, plain
from appservice.desk.commands.references import Rest
from appservice.domain.signalement import Outcome

LONGEST_PAUSE = timedelta(hours=4)

OUTCOMES: dict[Outcome, tuple[str, ...]] = {
    Outcome.COMPLAINT: ("plainte", "complaint"),
    Outcome.ASSOCIATION: ("association",),
    Outcome.INFORMED: ("informé", "informed", "informée", "information", "renseigné"),
    Outcome.WITNESS_HEARD: ("témoin", "witness", "témoignage", "témoin entendu", "witness heard"),
    Outcome.NOT_COMPETENT: ("incompétent", "not competent", "pas compétent", "hors champ", "out of scope"),
    Outcome.ABUSE: ("abus", "abuse", "malveillant"),
    Outcome.NO_NEED: ("sans suite", "no need", "sans besoin", "rien"),
    Outcome.OTHER: ("autre", "other"),
}
"""The words for each outcome: the French one that is shown, the English one that is shown, and others that do too."""


def outcome_name(outcome: Outcome, language: Language) -> str:
    """As it is shown, and can be typed."""
    words = OUTCOMES[outcome]
    return words[1] if language == "en" and len(words) > 1 else words[0]


_OUTCOME_OF = {joined([word]): outcome for outcome, words in OUTCOMES.items() for word in words}

_WRITTEN = {joined([word]): word for words in OUTCOMES.values() for word in words}

_SWITCH = {
    True: ("on", "oui", "yes", "vrai", "true", "actif", "active"),
    False: ("off", "non", "no", "faux", "false", "fin", "end", "leve", "levee", "passe"),
}
_LANGUAGES: dict[TextLanguage, tuple[str, ...]] = {
    "fr": ("fr", "francais", "french"),
    "en": ("en", "anglais", "english"),
    "es": ("es", "espagnol", "spanish", "espanol"),
    "ar": ("ar", "arabe", "arabic"),
}
_FILLERS = frozenset(
    "svp stp s'il s’il s il te vous plait please pls merci thanks thank you now maintenant "  # noqa: RUF001 - as typed
    "le la les l un une the a an my ma mon conversation signalement ref reference".split()
)
_BESIDE_REFERENCE = _FILLERS | frozenset("de du d of to in into au dans en sur pour for with avec charge".split())
_NEXT = frozenset("suivant suivante prochain prochaine next one".split())
_AS = _FILLERS | frozenset("as comme pour for en with avec".split())
_TO = frozenset("a au aux to vers for pour".split())
_NEAR_TO = frozenset("pres de du d des near of to a around autour proches proche pour for in dans".split())


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why the arguments are none; `word` is what was not understood."""

    fault: Fault
    word: str = ""
    nearest: tuple[str, ...] = ()


Reader = Callable[[Rest], Command | Flaw]


def without_fillers(text: str, fillers: frozenset[str] = _FILLERS) -> str:
    """The words that mean something."""
    return " ".join(word for word in text.split() if bare(word) and bare(word) not in fillers)


def without_leading(text: str, these: frozenset[str]) -> str:
    """What follows `these`; also what is left of an elision: `d'Évry`."""
    words = text.split()
    while words and bare(words[0]) in these:
        words.pop(0)
    rest = " ".join(words)
    elided = re.match(r"[dl]['’](?=\w)", rest, re.IGNORECASE)  # noqa: RUF001 - the typographic apostrophe
    return rest[elided.end() :] if elided else rest


def nothing(command: Callable[[], Command]) -> Reader:
    """For commands without arguments."""

    def read(rest: Rest) -> Command | Flaw:
        left = without_fillers(rest.text)
        if left or rest.reference:
            return Flaw(Fault.TOO_MUCH, left or str(rest.reference))
        return command()

    return read


def about(command: Callable[[Rest], Command], beside: frozenset[str] = frozenset()) -> Reader:
    """For commands with a reference and nothing else, but for what may be said `beside` it."""

    def read(rest: Rest) -> Command | Flaw:
        left = without_fillers(rest.text, _BESIDE_REFERENCE | beside)
        if flaw := _flaw_of_reference(rest):
            return flaw
        return Flaw(Fault.TOO_MUCH, left) if left else command(rest)

    return read


def recipient(command: Callable[[Rest, str], Command]) -> Reader:
    def read(rest: Rest) -> Command | Flaw:
        to = without_leading(rest.text, _TO)
        if flaw := _flaw_of_reference(rest):
            return flaw
        return command(rest, to) if without_fillers(to) else Flaw(Fault.WANTS_RECIPIENT)

    return read


def outcome(command: Callable[[Rest, Outcome], Command]) -> Reader:
    def read(rest: Rest) -> Command | Flaw:
        if flaw := _flaw_of_reference(rest):
            return flaw
        word = joined(without_leading(without_fillers(rest.text), _AS).split())
        if not word:
            return Flaw(Fault.WANTS_OUTCOME)
        if word in _OUTCOME_OF:
            return command(rest, _OUTCOME_OF[word])
        near = {_OUTCOME_OF[each]: _WRITTEN[each] for each in reversed(nearest(word, _OUTCOME_OF))}
        return Flaw(Fault.BAD_OUTCOME, rest.text, tuple(reversed(near.values())))

    return read


def _flaw_of_reference(rest: Rest) -> Flaw | None:
    return Flaw(Fault.BAD_REFERENCE, rest.alike) if rest.alike else None


def switch(command: Callable[[Rest, bool], Command]) -> Reader:
    """Without a word it is on: of danger, that is the mistake that harms less."""

    def read(rest: Rest) -> Command | Flaw:
        left = bare(without_fillers(rest.text, _BESIDE_REFERENCE))
        for on, words in _SWITCH.items():
            if left in words or (not left and on):
                return _flaw_of_reference(rest) or command(rest, on)
        return _flaw_of_reference(rest) or Flaw(Fault.BAD_SWITCH, rest.text)

    return read


_NUMBER = re.compile(r"(?:n[°o]?|num|numero|number)?[\s.°#:]*(\d{1,2})[\s.)]*")


def _unit(verb: Literal[Verb.COMPLAINT, Verb.ASSOCIATION]) -> Reader:
    def read(rest: Rest) -> Command | Flaw:
        unit = without_leading(rest.text, _NEAR_TO)
        numbered = _NUMBER.fullmatch(plain(without_fillers(unit)))
        return _flaw_of_reference(rest) or Propose(verb, rest.reference, numbered[1] if numbered else unit or None)

    return read


def _place(verb: Literal[Verb.UNITS, Verb.ASSOCIATIONS]) -> Reader:
    def read(rest: Rest) -> Command | Flaw:
        place = without_leading(rest.text, _NEAR_TO)
        return _flaw_of_reference(rest) or FindUnits(verb, rest.reference, place or None)

    return read


_DURATION = re.compile(
    r"(?:(?P<hours>\d{1,3})\s*(?:h|hr|hrs|heures?|hours?)\s*)?"
    r"(?:(?P<minutes>\d{1,4})\s*(?:m|mn|min|mins|minutes?)?)?"
)


def _pause(rest: Rest) -> Command | Flaw:
    text = without_leading(without_fillers(rest.text), frozenset({"de", "of", "for", "pour"}))
    if not text:
        return TakePause(None)
    written = _DURATION.fullmatch(" ".join(map(bare, text.split())))
    if written is None:
        return Flaw(Fault.BAD_DURATION, text)
    lasts_for = timedelta(hours=int(written["hours"] or 0), minutes=int(written["minutes"] or 0))
    if not timedelta(0) < lasts_for <= LONGEST_PAUSE:
        return Flaw(Fault.BAD_DURATION, text)
    return TakePause(lasts_for)


def _text(rest: Rest) -> Command | Flaw:
    """The last word may be a language; the guest's is French unless said."""
    words = without_fillers(rest.text).split()
    language: TextLanguage = "fr"
    for each, names in _LANGUAGES.items():
        if words and bare(words[-1]) in names:
            language = each
            words.pop()
            break
    words = [word for word in words if bare(word) not in ("en", "in")]
    return ReadText(" ".join(words) or None, language)


READERS: dict[Verb, Reader] = {
    Verb.LIST: nothing(ListConversations),
    Verb.TAKE: about(lambda rest: Take(rest.reference), _NEXT),
    Verb.HAND_OVER: recipient(lambda rest, to: HandOver(rest.reference, to)),
    Verb.COMPLAINT: _unit(Verb.COMPLAINT),
    Verb.ASSOCIATION: _unit(Verb.ASSOCIATION),
    Verb.WITHDRAW: about(lambda rest: Withdraw(rest.reference)),
    Verb.LISTEN_IN: about(lambda rest: ListenIn(rest.reference)),
    Verb.STOP_LISTENING: about(lambda rest: StopListening(rest.reference)),
    Verb.CLOSE: outcome(lambda rest, how: Close(rest.reference, how)),
    Verb.DANGER: switch(lambda rest, on: SetDanger(rest.reference, on)),
    Verb.HARD: switch(lambda rest, on: MarkHard(rest.reference, on)),
    Verb.AVAILABLE: nothing(BecomeAvailable),
    Verb.PAUSE: _pause,
    Verb.END_OF_SHIFT: nothing(EndShift),
    Verb.UNITS: _place(Verb.UNITS),
    Verb.ASSOCIATIONS: _place(Verb.ASSOCIATIONS),
    Verb.TEXTS: _text,
    Verb.BOARD: nothing(ShowBoard),
    Verb.REASSIGN: recipient(lambda rest, to: Reassign(rest.reference, to)),
    Verb.FORCE_CLOSE: outcome(lambda rest, how: ForceClose(rest.reference, how)),
}
"""Of every verb but help, which reads verbs."""
