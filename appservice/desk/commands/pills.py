"""What a person typed, out of what their client made of it: people who are named by a pill become their Matrix ids.

Element for the web writes a pill's name into the text and its link into the HTML alone; Element X writes Markdown into
the text. Whoever is replied to is mentioned by both, without having been named.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

_TO = r"https://matrix\.to/#/"
_MARKDOWN = re.compile(rf"\[((?:\\.|[^\]\\\n]){{0,200}})\]\(<?{_TO}([^)\s>]+)>?\)")
_ANCHOR = re.compile(rf'<a\s[^>]*?href="{_TO}([^"]+)"[^>]*>(.*?)</a>', re.IGNORECASE | re.DOTALL)
_REPLIED_TO = re.compile(r"<mx-reply>.*?</mx-reply>", re.IGNORECASE | re.DOTALL)
_MARK = re.compile(r"<[^>]*>")
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Typed:
    """`mentions`: those of the client's mentions whom the words themselves name."""

    text: str
    mentions: frozenset[str] = frozenset()


def typed(body: str, html: str, mentioned: Collection[str]) -> Typed:
    """`html` is empty where there is none; `mentioned` are the Matrix ids that the client says are meant."""
    text = _MARKDOWN.sub(_in_markdown, without_quote(body[:_LONGEST]))
    pills = _pills(html[:_LONGEST])
    from_here = 0
    for user, name in pills:
        found = re.compile(rf"(?<!\w)@?{re.escape(name)}(?!\w)").search(text, from_here) if name else None
        if found is not None and user not in text:
            text = f"{text[: found.start()]}{user}{text[found.end() :]}"
            from_here = found.start() + len(user)
    named = {user for user, _ in pills}
    return Typed(text, frozenset(user for user in mentioned if user in named or user in text))


def without_quote(text: str) -> str:
    """Older clients put what they reply to before the reply, quoted."""
    lines = text.splitlines()
    while lines and lines[0].startswith(">"):
        lines.pop(0)
    return "\n".join(lines).strip()


def _in_markdown(link: re.Match[str]) -> str:
    """A person's id; of a room, the words that lead there: a reference, in the announcement."""
    target = unquote(link[2].partition("?")[0])
    return target if target.startswith("@") else re.sub(r"\\(.)", r"\1", link[1])


def _pills(html: str) -> list[tuple[str, str]]:
    """Who is linked to, and by which name, in order."""
    found = _ANCHOR.findall(_REPLIED_TO.sub("", html))
    linked = [(unquote(target.partition("?")[0]), unescape(_MARK.sub("", name)).strip()) for target, name in found]
    return [(target, name) for target, name in linked if target.startswith("@")]
