"""Words with a little emphasis, in both forms that Matrix carries: `code` to be typed, **strong** to be seen first."""

import re
from html import escape

from appservice.desk.words import Words

_LONGEST_QUOTE = 60


def marked(text: str) -> Words:
    """`text` is ours; what others have typed is put into it by `quoted`."""
    html = escape(text, quote=False)
    html = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html)
    html = re.sub(r"\*\*([^*\n]+)\*\*", r"<strong>\1</strong>", html)
    return Words(re.sub(r"`|\*\*", "", text), html.replace("\n", "<br>"))


def quoted(typed: str) -> str:
    """What somebody typed, on one line, short, and without meaning as a mark or a mention."""
    bare = " ".join(re.sub(r"[`*<>@\x00-\x1f\u202a-\u202e\u2066-\u2069]", " ", typed).split())
    return bare if len(bare) <= _LONGEST_QUOTE else f"{bare[: _LONGEST_QUOTE - 1]}…"


def listed(title: str, lines: list[str]) -> str:
    """A title and what is under it, each on a line of its own."""
    return "\n".join([title, *(f"• {line}" for line in lines)])
