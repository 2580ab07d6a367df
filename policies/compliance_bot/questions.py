"""What auditors ask: words to questions, in French and in English."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Literal

from appservice.domain.errors import InvalidInput
from policies.compliance_bot.periods import Period, parse_period

Language = Literal["fr", "en"]


class Topic(StrEnum):
    """Values go into the audit record: append, never rename."""

    STATUS = "status"
    VERIFY = "verify"
    LIFE = "life"
    PURGES = "purges"
    TIMES = "times"
    VIOLATIONS = "violations"
    ACCESS = "access"
    MEMBERS = "members"
    DUE = "due"
    EXPORT = "export"
    REPORT = "report"
    CHECKPOINT = "checkpoint"
    HELP = "help"


WORDS: dict[Topic, tuple[str, str]] = {
    Topic.STATUS: ("etat", "status"),
    Topic.VERIFY: ("verifier", "verify"),
    Topic.LIFE: ("vie", "life"),
    Topic.PURGES: ("effacements", "purges"),
    Topic.TIMES: ("delais", "times"),
    Topic.VIOLATIONS: ("infractions", "violations"),
    Topic.ACCESS: ("acces", "access"),
    Topic.MEMBERS: ("membres", "members"),
    Topic.DUE: ("echeances", "due"),
    Topic.EXPORT: ("exporter", "export"),
    Topic.REPORT: ("rapport", "report"),
    Topic.CHECKPOINT: ("repere", "checkpoint"),
    Topic.HELP: ("aide", "help"),
}
"""For each topic its French word, without accents, and its English one."""

_BY_WORD: dict[str, tuple[Topic, Language]] = {
    **{french: (topic, "fr") for topic, (french, _) in WORDS.items()},
    **{english: (topic, "en") for topic, (_, english) in WORDS.items()},
}
_ABOUT_SOMETHING = {Topic.LIFE, Topic.ACCESS, Topic.MEMBERS}
_OF_A_PERIOD = {Topic.PURGES, Topic.TIMES, Topic.VIOLATIONS, Topic.EXPORT, Topic.REPORT}
FORMATS = ("csv", "jsonl")
_FILLER = re.compile(r"^(?:(?:de|du|of|à|a|to) |[:#] ?)+", re.IGNORECASE)
_AT = re.compile(r"^(?:au|le|at|on|du) ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """`about`: a reference, pseudonym, account or desk, as it was written; `form`: of an export."""

    topic: Topic
    language: Language
    about: str = ""
    period: Period | None = None
    at: datetime | None = None
    form: str = "csv"


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """`nearest`: the command that may have been meant. `topic`: the command whose other words were not understood."""

    language: Language
    nearest: str | None = None
    topic: Topic | None = None


def ask(text: str, now: datetime) -> Question | NotUnderstood:
    """Case, accents, a leading `!` and the kind of spaces do not count."""
    first, _, rest = " ".join(text.strip().removeprefix("!").split()).partition(" ")
    word = _plain(first)
    if word not in _BY_WORD:
        near = get_close_matches(word, _BY_WORD, n=1, cutoff=0.6)
        return NotUnderstood(_BY_WORD[near[0]][1] if near else "fr", near[0] if near else None)
    topic, language = _BY_WORD[word]
    try:
        return _question(topic, language, rest.strip(), now)
    except InvalidInput:
        return NotUnderstood(language, topic=topic)


def _question(topic: Topic, language: Language, rest: str, now: datetime) -> Question:
    if topic in _ABOUT_SOMETHING:
        about, _, when = _FILLER.sub("", rest).partition(" ")
        if not about:
            raise InvalidInput("something to ask about is missing")
        if topic is Topic.MEMBERS:
            at = parse_period(_AT.sub("", when), now).until if when else now
            return Question(topic, language, about, at=at)
        period = parse_period(when, now) if when.strip() else None
        return Question(topic, language, about, period=period)
    if topic in _OF_A_PERIOD:
        forms = [form for form in FORMATS if re.search(rf"\b{form}\b", rest, re.IGNORECASE)]
        for form in forms:
            rest = re.sub(rf"\b{form}\b", "", rest, flags=re.IGNORECASE)
        period = parse_period(rest, now) if rest.strip() else None
        return Question(topic, language, period=period, form=forms[0] if forms else "csv")
    return Question(topic, language, about=rest)


def _plain(word: str) -> str:
    """Lower case, without accents or punctuation."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
