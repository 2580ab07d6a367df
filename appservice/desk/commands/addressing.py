"""Whom words are said to: the bot, where `!`, its name or its pill says so, and else whoever is in the room."""

import re
from collections.abc import Collection
from itertools import dropwhile

from appservice.desk.commands.plain_words import bare, joined
from appservice.desk.commands.references import REFERENCE

NAME = "veilleuse"
_LONGEST = 500
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_GLUED_NAME = re.compile(rf"^(\s*[@!]?{NAME}\s*[:,;.!])(?=\S)", re.IGNORECASE)
_GLUED_VERB = re.compile(rf"(?<![\w@.:/-])(\w+[:,;])(?={REFERENCE})", re.IGNORECASE)
"""What people leave no space after: `veilleuse:liste`, `prendre:K7QM-42`."""


def said_to(text: str, names: Collection[str]) -> tuple[list[str], bool]:
    """The words without the address, and whether there was one. `names` are those of the bot, beside its first: its
    Matrix id counts anywhere, the others before all else, or behind it with an `@`."""
    apart = _GLUED_VERB.sub(r"\1 ", _GLUED_NAME.sub(r"\1 ", _UNSEEN.sub("", text)[:_LONGEST]))
    words = apart.split()
    ids = {bare(name) for name in names if name.startswith("@")}
    left = [word for word in words if bare(word) not in ids]
    called = {bare(form) for name in (NAME, *names) for form in _forms(name)}
    without, addressed = _without_name(_from_first_word(left), called)
    return without, addressed or len(left) < len(words)


def is_sign(word: str) -> bool:
    """Whether there is neither letter nor digit in it."""
    return not joined([word])


def _forms(name: str) -> set[str]:
    """Of a Matrix id also what is before the colon; each with an `@` too, as people type where they find no pill."""
    forms = {name, name.removeprefix("@").partition(":")[0]} if name.startswith("@") else {name}
    return forms | {f"@{form.removeprefix('@')}" for form in forms}


def _without_name(words: list[str], called: Collection[str]) -> tuple[list[str], bool]:
    if words and words[0].startswith("!"):
        return _from_first_word([words[0].lstrip("!"), *words[1:]]), True
    for n in range(min(len(words), max(len(name.split()) for name in called)), 0, -1):
        if bare(" ".join(words[:n])) in called:
            return _from_first_word(words[n:], "!"), True
        last = bare(" ".join(words[-n:]))
        if last.startswith("@") and last in called:
            return words[:-n], True
    return words, False


def _from_first_word(words: list[str], also: str = "") -> list[str]:
    """Without signs before it; `!` is none, unless it is meant `also`."""
    kept = list(dropwhile(lambda word: is_sign(word) and (not word.startswith("!") or bool(also)), words))
    return [kept[0].lstrip(also), *kept[1:]] if kept and also else kept
